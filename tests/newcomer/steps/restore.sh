# The database is lost, and a copy of it is restored; mail is accepted all the time.
bounced backup
systemctl stop bounced
rm /var/lib/bounced/bounced.db*
rcpt bounces@news.test | grep -w 250
journalctl -b -q -t bounced-policy -n 1 -g lookup-failed
bounced restore "$(ls /var/lib/bounced/backups/*.db | tail -n 1)"
systemctl start bounced
rcpt gone@customers.test | grep suppressed
journalctl -b -q -t bounced-policy -n 1 -g lookup-recovered
ls -l /var/lib/bounced /var/lib/bounced/backups
systemctl reload bounced
