"""A soak: the real daemon, a real Dovecot, mails whose outcome is known, and everything that can go wrong meanwhile."""
