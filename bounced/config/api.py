"""[api]: the HTTP interface for programs on other machines (`bounced api`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from bounced.config.section import Section
from bounced.config.values import Text
from bounced.peer import is_loopback

AccessLog = Literal["off", "errors", "requests", "addresses"]

#: The name of the file of the tokens, where none is configured.
TOKENS_NAME = "api.tokens"


class ApiSection(Section):
    """[api]"""

    listen: Text = Field(
        default="127.0.0.1:9719",
        description='where programs ask, "HOST:PORT" or "unix:PATH"; the sockets that systemd passes replace it',
    )
    tokens_file: Text = Field(
        default="", description=f'file that `bounced api token` writes; "": `{TOKENS_NAME}` beside the database'
    )
    certificate_file: Text = Field(
        default="", description="PEM file with the certificate of the server and its chain, for HTTPS"
    )
    key_file: Text = Field(default="", description="PEM file with its private key")
    requests_per_second: int = Field(
        default=5000,
        description="for each token; a request about many addresses counts as one more for each hundred of them",
        ge=1,
        le=1_000_000,
    )
    access_log: AccessLog = Field(
        default="errors",
        description="lines for none, for refused ones, for each, or for each with the address that it is about",
    )

    @property
    def endpoint(self) -> str:
        """``listen`` as bounced.daemon.listen has it."""
        return self.listen if self.listen.startswith("unix:") else f"inet:{self.listen}"

    @property
    def is_exposed(self) -> bool:
        """True when tokens would cross a network in clear text."""
        host = self.listen.rpartition(":")[0].removeprefix("[").removesuffix("]")
        return not (self.certificate_file or self.listen.startswith("unix:") or is_loopback(host))

    def _problems(self) -> Iterator[str]:
        if bool(self.certificate_file) != bool(self.key_file):
            yield "certificate_file and key_file: one needs the other"
