"""[canary]: test messages whose reports have to come back. Secrets are not in this file, as in [mailbox.NAME]."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from pydantic import Field

from bounced import address
from bounced.config.smtp import SmtpSection
from bounced.config.values import Text, Wait


class CanarySection(SmtpSection):
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

    def _problems(self) -> Iterator[str]:
        for key in ("to", "sender"):
            if not _is_plain(getattr(self, key)):
                yield f"{key}: must be one email address in ASCII"
        if self.within >= self.every:
            yield "within: must be shorter than every"
        yield from super()._problems()


def _is_plain(text: str) -> bool:
    """True for an address that needs no quotes, and stands in a header as it is."""
    with suppress(ValueError):
        return text.isascii() and not set(text) & set(' "(),:;<>[]\\') and bool(address.provable(text))
    return False
