# Where `make deb` was run.
mkdir -p /root/bounced
cp /packages/now/bounced_*.deb /root/bounced/
