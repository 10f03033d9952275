# The first bounce, and what is known of the address then.
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
