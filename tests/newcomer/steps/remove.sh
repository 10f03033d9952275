# A map that queries the database would stop all mail without it, so the package is not removed before the map is.
printf 'dbpath = /var/lib/bounced/bounced.db\nquery = SELECT reason FROM suppressed WHERE address = "%%s"\n' > /etc/postfix/bounced.cf
postconf -e 'smtpd_recipient_restrictions = check_recipient_access proxy:sqlite:/etc/postfix/bounced.cf, permit_mynetworks, reject_unauth_destination'
if apt-get remove --yes bounced; then exit 1; fi
systemctl is-active bounced
postconf -e 'smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination'
postfix reload
apt-get remove --yes bounced
ls /var/lib/bounced /etc/bounced
rcpt bounces@news.test | grep -w 250
apt-get purge --yes bounced
test ! -e /var/lib/bounced
test ! -e /etc/bounced
test ! -e /usr/lib/bounced
test "$(journalctl -b | grep -cF 'Killing process')" = 0
test "$(systemctl --failed --no-legend | grep -c bounced)" = 0
