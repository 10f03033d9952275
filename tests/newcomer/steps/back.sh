# Back to the version before, which refuses a database that this one has written to.
systemctl stop bounced
bounced restore /var/lib/bounced/before-upgrade.db
apt-get install --yes --allow-downgrades /packages/before/bounced_*.deb
systemctl is-active bounced
if bounced check gone@customers.test; then exit 1; fi
