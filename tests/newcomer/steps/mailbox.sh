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
runuser -u bounced -- bounced scan --dry-run imap:bounces
systemctl enable --now bounced
sendmail -f bounces@news.test gone@customers.test <<'END'
From: News <news@news.test>
To: gone@customers.test
Subject: News
Message-ID: <1@news.test>

Hello
END
timeout 60 sh -c 'journalctl -u bounced -f -n all | grep -m 1 "suppressed address=gone@customers.test"'
bounced explain gone@customers.test
