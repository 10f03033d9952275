apt-get install --yes --no-install-recommends /packages/before/bounced_*.deb
bounced --version
