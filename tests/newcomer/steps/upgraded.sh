systemctl is-active bounced
dpkg-query --show bounced | grep now
if bounced check gone@customers.test; then exit 1; fi
sqlite3 -readonly /var/lib/bounced/bounced.db 'SELECT address, reason FROM suppressed' | grep gone@customers.test
journalctl -b -q -u bounced -n 1 -g "started database"
