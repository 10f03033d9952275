# The checkout of a new admin; there is no network, so pip takes what was fetched before.
cp -r /checkout /root/bounced
printf '[global]\nno-index = true\nfind-links = /packages/wheels\n' > /etc/pip.conf
