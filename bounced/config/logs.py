"""[logs.NAME]: a mail log that is read for what was delivered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from bounced import address
from bounced.config.section import Section
from bounced.config.values import Text

LogKind = Literal["postfix", "exim"]

#: The path of what is in systemd's journal.
JOURNAL = "journal"


def _sender(value: object) -> object:
    """An address, or a domain, as the ledger writes it."""
    text = value if isinstance(value, str) else ""
    try:
        return address.key(text) if "@" in text else address.domain_key(text)
    except ValueError:
        raise ValueError('must be an address, or a domain (with all below it), like "news.example.org"') from None


class LogsSection(Section):
    """[logs.NAME]"""

    kind: LogKind = Field(description='"postfix" or "exim"', examples=["postfix"])
    path: Text = Field(
        description='file, which may be rotated; "journal": the mail log in systemd\'s journal',
        examples=["/var/log/mail.log"],
    )
    senders: list[Annotated[str, BeforeValidator(_sender)]] = Field(
        description="envelope senders, or their domains, whose bounces come to a mailbox that is read: no other mail "
        "counts",
        min_length=1,
        examples=[["news.example.org"]],
    )

    tenant: Text = Field(default="", description="whose mail that is (`[tenant.NAME]`); empty: nobody's")

    @property
    def is_journal(self) -> bool:
        """True when it is not a file."""
        return self.path == JOURNAL

    def _problems(self) -> Iterator[str]:
        if not self.is_journal and not Path(self.path).is_absolute():
            yield 'path: must be absolute, or "journal"'
