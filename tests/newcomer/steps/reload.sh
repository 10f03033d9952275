# A configuration with a mistake: the reload fails, and the daemon goes on with the one before.
cp -p /etc/bounced/bounced.toml /root/bounced.toml
sed -i 's/^hard = .*/hard = "often"/' /etc/bounced/bounced.toml
if systemctl reload bounced; then exit 1; fi
systemctl is-active bounced
journalctl -b -q -u bounced -n 1 -g 'policy.hard'
cp -p /root/bounced.toml /etc/bounced/bounced.toml
systemctl reload bounced
# However often a program that installs restarts it.
for _ in 1 2 3 4 5 6; do systemctl restart bounced; done
