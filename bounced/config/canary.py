"""[canary]: test messages whose reports have to come back. Secrets are not in this file, as in [mailbox.NAME]."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from pydantic import Field

from bounced import address
from bounced.config.secrets import Secret, keys_set, secret
from bounced.config.section import Section
from bounced.config.values import Text, Wait
from bounced.model import Tls
from bounced.peer import is_loopback


class CanarySection(Section):
    """[canary]"""

    to: Text = Field(
        description="an address that the server takes mail for, and that bounces", examples=["canary@example.org"]
    )
    sender: Text = Field(
        description="the address that your reports go to: envelope sender of the test messages",
        examples=["bounces@example.org"],
    )
    every: Wait = Field(default=timedelta(hours=1), description="how often one is sent")
    within: Wait = Field(
        default=timedelta(minutes=15), description="how soon its report must be taken; shorter than `every`"
    )
    host: Text = Field(default="localhost", description="the SMTP server that sends your mail", min_length=1)
    port: int = Field(default=0, description="0: 465 for implicit TLS, else 587; without TLS 25", ge=0, le=65535)
    tls: Tls = Field(default="starttls", description='"none" only for the local machine')
    ca_file: Text = Field(default="", description="PEM file with the CA to trust instead of the system's")
    user: Text = Field(default="", description="the login name; empty: no login")
    password_file: Text = Field(default="", description="file whose first line is the password")
    password_env: Text = Field(default="", description="environment variable with the password")
    password_credential: Text = Field(default="", description="systemd credential with the password")
    timeout: Wait = Field(default=timedelta(seconds=30), description="how long the server may take to answer")

    @property
    def password(self) -> Secret:
        """Where the password is; false if there is none."""
        return secret(self, "password")

    def _problems(self) -> Iterator[str]:
        for key in ("to", "sender"):
            if not _is_plain(getattr(self, key)):
                yield f"{key}: must be one email address in ASCII"
        if self.within >= self.every:
            yield "within: must be shorter than every"
        if self.tls == "none" and not is_loopback(self.host):
            yield 'tls = "none" is only for the local machine (localhost, 127.0.0.1, ::1); use "implicit" or "starttls"'
        if len(secrets := keys_set(self, "password")) > 1:
            yield f"set only one of {', '.join(secrets)}"
        if bool(self.user) != bool(self.password):
            yield "user and password: one needs the other"


def _is_plain(text: str) -> bool:
    """True for an address that needs no quotes, and stands in a header as it is."""
    with suppress(ValueError):
        return text.isascii() and not set(text) & set(' "(),:;<>[]\\') and bool(address.provable(text))
    return False
