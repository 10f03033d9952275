# Logcheck mails what no rule matches: nothing of what is ordinary.
journalctl -b -q -t bounced -o short -p notice..info | tail -n 3
test -z "$(journalctl -b -q -t bounced -o short -p notice..info | grep -Evf /etc/logcheck/ignore.d.server/bounced || true)"
