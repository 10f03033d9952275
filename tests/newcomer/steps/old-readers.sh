# As a build before 0.1.0 wanted it.
usermod -aG bounced postfix
chmod 440 /etc/bounced/bounces.password
