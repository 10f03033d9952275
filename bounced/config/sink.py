"""[sink.NAME]: a program that is told of every change. Secrets are not in this file, as in [mailbox.NAME]."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from typing import Literal

from pydantic import Field

from bounced.config.secrets import Secret, keys_set, secret
from bounced.config.section import Section
from bounced.config.values import Text, UrlOrNone, Wait

SinkKind = Literal["webhook", "command", "file"]


class SinkSection(Section):
    """[sink.NAME]"""

    url: UrlOrNone = Field(default="", description="URL that takes each change by POST (Standard Webhooks)")
    secret_file: Text = Field(default="", description="file whose first line is the secret of the URL, `whsec_…`")
    secret_env: Text = Field(default="", description="environment variable with it")
    secret_credential: Text = Field(default="", description="systemd credential with it")
    ca_file: Text = Field(default="", description="PEM file with the CA to trust instead of the system's")
    command: list[Text] = Field(
        default=[], description="program and arguments that read a change from standard input; run without a shell"
    )
    file: Text = Field(default="", description="file to which a line of JSON is added for each change")
    timeout: Wait = Field(default=timedelta(seconds=30), description="how long a request or the command may take")

    @property
    def kind(self) -> SinkKind:
        """Which of the three it is."""
        return "webhook" if self.url else "command" if self.command else "file"

    @property
    def secret(self) -> Secret:
        """Where the secret is; false if there is none."""
        return secret(self, "secret")

    def _problems(self) -> Iterator[str]:
        chosen = [name for name in ("url", "command", "file") if getattr(self, name)]
        if len(chosen) != 1:
            yield f"set exactly one of url, command, file; {' and '.join(chosen) or 'none'} set"
        if len(keys := keys_set(self, "secret")) > 1:
            yield f"set only one of {', '.join(keys)}"
        if (keys or self.ca_file) and not self.url:
            yield "a secret and ca_file are for a url"
        if self.url and not find_spec("urllib3"):
            yield "url: needs the package urllib3: pip install 'bounced-daemon[webhooks]'"
