# A mailbox that works, and a rule that needs one failure only.
bounced setup --host 127.0.0.1 --tls none --user bounces --own-domains news.test --mta postfix <<< secret
ls -l /etc/bounced
printf '\n[policy]\nhard = { bounces = 1, days = 0 }\nexpire = { hard = ["30d", "never"] }\n' >> /etc/bounced/bounced.toml
bounced check-config --connect
