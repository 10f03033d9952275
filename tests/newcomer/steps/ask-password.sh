# Whoever asks for a password (systemd-ask-password) gets this one.
cat > /usr/local/bin/type-password <<'END'
#!/bin/bash -e
for question in /run/systemd/ask-password/ask.*; do
  printf secret | /usr/lib/systemd/systemd-reply-password 1 "$(sed -n s/^Socket=//p "$question")"
done
END
chmod 755 /usr/local/bin/type-password
systemd-run --quiet --unit=type-password --path-property=PathExistsGlob=/run/systemd/ask-password/ask.* type-password
