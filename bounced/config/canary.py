"""[canary]: test messages whose reports have to come back. Secrets are not in this file, as in [mailbox.NAME]."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pydantic import Field

from bounced.config.smtp import SmtpSection
from bounced.config.values import Address, Text, Wait


class CanarySection(SmtpSection):
    """[canary]"""

    to: Address = Field(
        description="an address that the server takes mail for, and that bounces", examples=["canary@example.org"]
    )
    sender: Address = Field(
        description="the address that your reports go to: envelope sender of the test messages",
        examples=["bounces@example.org"],
    )
    every: Wait = Field(default=timedelta(hours=1), description="how often one is sent")
    within: Wait = Field(
        default=timedelta(minutes=15), description="how soon its report must be taken; shorter than `every`"
    )
    host: Text = Field(default="localhost", description="the SMTP server that sends your mail", min_length=1)

    def _problems(self) -> Iterator[str]:
        if self.within >= self.every:
            yield "within: must be shorter than every"
        yield from super()._problems()
