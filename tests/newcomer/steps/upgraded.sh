systemctl is-active bounced
dpkg-query --show bounced | grep now
bounced check gone@customers.test && exit 1
sqlite3 -readonly /var/lib/bounced/bounced.db 'SELECT address, reason FROM suppressed' | grep gone@customers.test
test "$(journalctl -b -u bounced | grep -c migrated)" -le 1
