# The database is lost, and a copy of it is restored; mail is accepted all the time.
runuser -u bounced -- sqlite3 /var/lib/bounced/bounced.db ".backup /var/lib/bounced/backups/by-hand.db"
systemctl stop bounced
mkdir /var/lib/bounced/damaged
mv /var/lib/bounced/bounced.db* /var/lib/bounced/damaged/
rcpt bounces@news.test | grep -w 250
journalctl -b -t bounced-policy | grep -m 1 lookup-failed
install -o bounced -g bounced-read -m 640 /var/lib/bounced/backups/by-hand.db /var/lib/bounced/bounced.db
systemctl start bounced
rcpt gone@customers.test | grep suppressed
journalctl -b -t bounced-policy | grep -m 1 lookup-recovered
