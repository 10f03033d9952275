"""How mail is submitted to a server: keys of several tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pydantic import Field

from bounced.config.secrets import Secret, keys, keys_set, secret
from bounced.config.section import Section
from bounced.config.values import Text, Wait
from bounced.model import Tls
from bounced.peer import is_loopback

#: Where servers listen (RFC 8314, RFC 6409, RFC 5321), by ``tls``.
PORTS = {"implicit": 465, "starttls": 587, "none": 25}


class SmtpSection(Section):
    """A server that takes our mail."""

    host: Text = Field(description="the mail server", examples=["mail.example.org"], min_length=1)
    port: int = Field(default=0, description="0: 465 for implicit TLS, 587 for STARTTLS, else 25", ge=0, le=65535)
    tls: Tls = Field(default="starttls", description='"none" only for the local machine')
    ca_file: Text = Field(default="", description="PEM file with the CA to trust instead of the system's")
    user: Text = Field(default="", description="the login name; empty: no login")
    password_file: Text = Field(default="", description="file whose first line is the password")
    password_env: Text = Field(default="", description="environment variable with the password")
    password_credential: Text = Field(default="", description="systemd credential (LoadCredential=) with the password")
    timeout: Wait = Field(default=timedelta(seconds=30), description="how long the submission of a message may take")

    @property
    def password(self) -> Secret:
        """Where the password is; false if there is none."""
        return secret(self, "password")

    @property
    def service(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port or PORTS[self.tls]

    def _problems(self) -> Iterator[str]:
        if self.tls == "none" and not is_loopback(self.host):
            yield 'tls = "none" is only for the local machine (127.0.0.1, ::1); use "implicit" or "starttls"'
        if len(set_ := keys_set(self, "password")) > 1:
            yield f"set at most one of {', '.join(keys('password'))}; {' and '.join(set_)} are set"
        if bool(self.user) != bool(set_):
            yield "user and a password are set together or not at all"
