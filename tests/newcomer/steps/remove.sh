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
