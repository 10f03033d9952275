systemctl enable --now bounced-policy.socket
postconf -e 'smtpd_recipient_restrictions = check_policy_service { unix:private/bounced, timeout=10s, default_action=DUNNO }, permit_mynetworks, reject_unauth_destination'
postfix reload
cat > /usr/local/bin/rcpt <<'END'
#!/usr/bin/python3
import smtplib, sys
with smtplib.SMTP("127.0.0.1") as server:
    server.ehlo()
    server.mail("news@news.test")
    print(*server.rcpt(sys.argv[1]))
END
chmod 755 /usr/local/bin/rcpt
rcpt gone@customers.test | grep suppressed
rcpt bounces@news.test | grep -w 250
# A configuration with a mistake: mail is accepted, whoever connects, and once it is mended recipients are refused again.
cp -p /etc/bounced/bounced.toml /root/bounced.toml
sed -i 's/^hard = .*/hard = "often"/' /etc/bounced/bounced.toml
systemctl stop bounced-policy.service
for _ in 1 2 3 4 5 6; do rcpt bounces@news.test | grep -w 250; done
# Postfix asks twice.
test "$(journalctl -b -q -u bounced-policy -g 'policy.hard' | wc -l)" -le 12
cp -p /root/bounced.toml /etc/bounced/bounced.toml
rcpt gone@customers.test | grep suppressed
