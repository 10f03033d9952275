# As before there was `bounced setup`.
install -m 400 -o bounced -g bounced /dev/stdin /etc/bounced/bounces.password <<< secret
install -m 640 -g bounced /dev/stdin /etc/bounced/bounced.toml <<'END'
[mailbox.bounces]
host = "127.0.0.1"
tls = "none"
user = "bounces"
password_file = "/etc/bounced/bounces.password"

[trust]
own_domains = ["news.test"]

[policy]
hard = { bounces = 1, days = 0 }
END
bounced check-config
