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
