"""[alarms]: what counts as a problem of the daemon, and who is told of it besides the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from typing import Literal

from pydantic import Field

from bounced.config.secrets import Secret, keys_set, secret
from bounced.config.section import Section
from bounced.config.smtp import SmtpSection
from bounced.config.values import Address, Duration, Text, Wait

#: The kinds of problems: the rows of bounced.daemon.problems.kinds.
ProblemKind = Literal[
    "mailbox",
    "login",
    "silence",
    "canary",
    "backlog",
    "certificate",
    "secret",
    "disk",
    "database",
    "backup",
    "job",
    "sink",
    "log",
    "brake",
    "incident",
    "unrecognized",
]


class AlarmsMailSecondSection(SmtpSection):
    """[alarms.mail.second]"""


class AlarmsMailSection(SmtpSection):
    """[alarms.mail]"""

    sender: Address = Field(description="address that the messages come from", examples=["bounced@example.org"])
    to: list[Address] = Field(
        description="addresses that they go to", examples=[["postmaster@example.org"]], min_length=1, max_length=100
    )
    second: AlarmsMailSecondSection | None = Field(
        default=None, description="another server, asked when the first takes nothing: it may be the trouble"
    )


class AlarmsSection(Section):
    """[alarms]"""

    off: list[ProblemKind] = Field(
        default=[], description="kinds of problems (docs/monitoring.md) that are none, in `bounced status` neither"
    )
    disk: float = Field(default=5.0, description="percent of the disk that must be free; 0: none", ge=0, le=100)
    backlog: int = Field(default=10_000, description="messages of a mailbox that may wait", ge=1)
    unrecognized: int = Field(
        default=100,
        description="unrecognized messages of seven days that may wait for a person",
        ge=1,
        le=10_000,
    )
    expiry: Duration = Field(
        default=timedelta(days=14), description="how long before its end a certificate or a secret is a problem"
    )
    command: list[Text] = Field(
        default=[], description="program and arguments that read an alarm from standard input; run without a shell"
    )
    timeout: Wait = Field(default=timedelta(seconds=30), description="how long the command may take")
    mail: AlarmsMailSection | None = Field(default=None, description="alarms by mail")
    apprise_file: Text = Field(
        default="", description="file with URLs of Apprise, one in a line: Slack, Telegram, SMS … (secrets)"
    )
    apprise_env: Text = Field(default="", description="environment variable with them")
    apprise_credential: Text = Field(default="", description="systemd credential with them")

    @property
    def apprise(self) -> Secret:
        """Where the URLs are; false if there are none."""
        return secret(self, "apprise", whole=True)

    def secrets(self) -> Iterator[tuple[str, Secret]]:
        """Every secret that is needed to tell anybody, by the key of its table."""
        servers = {"mail": self.mail, "mail.second": self.mail and self.mail.second}
        yield from ((name, section.password) for name, section in servers.items() if section and section.password)
        if self.apprise:
            yield "apprise", self.apprise

    def _problems(self) -> Iterator[str]:
        if len(set_ := keys_set(self, "apprise")) > 1:
            yield f"set only one of {', '.join(set_)}"
        if set_ and not find_spec("apprise"):
            yield "apprise: needs the package apprise: pip install 'bounced-daemon[alarms]'"
