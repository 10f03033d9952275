"""[mailbox.NAME.proxy]: the proxy through which the server of a mailbox is reached."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Literal

from pydantic import Field

from bounced.config.secrets import Secret, keys, keys_set, secret
from bounced.config.section import Section
from bounced.config.values import Text

#: SOCKS5 (RFC 1928), which also resolves the name of the server; CONNECT (RFC 9110 9.3.6).
ProxyType = Literal["socks5", "http"]


class ProxySection(Section):
    """[mailbox.NAME.proxy]"""

    type: ProxyType = Field(description='"socks5", or "http" for one with CONNECT', examples=["socks5"])
    host: Text = Field(description="the proxy", examples=["proxy.example.org"], min_length=1)
    port: int = Field(description="its port", examples=[1080], ge=1, le=65535)
    user: Text = Field(default="", description="the user name at the proxy")
    password_file: Text = Field(default="", description="file whose first line is the password at the proxy")
    password_env: Text = Field(default="", description="environment variable with the password at the proxy")
    password_credential: Text = Field(default="", description="systemd credential with the password at the proxy")

    def _problems(self) -> Iterator[str]:
        if len(set_ := keys_set(self, "password")) > 1:
            yield f"set at most one of {', '.join(keys('password'))}; {' and '.join(set_)} are set"
        if bool(self.user) != bool(set_):
            yield "user and a password are set together or not at all"

    @property
    def missing_package(self) -> str:
        """The Python package that is needed and not installed, ``""`` for none."""
        return "" if find_spec("python_socks") else "python-socks"

    @property
    def password(self) -> Secret:
        """Where the password is, if there is one."""
        return secret(self, "password")
