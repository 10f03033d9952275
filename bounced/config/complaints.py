"""[complaints]: what a complaint forbids. [streams]: which kinds of mail there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from bounced.config.section import Section
from bounced.peer import is_printable
from bounced.policy import COMPLAINTS, ComplaintScope
from bounced.policy.scopes import RESERVED


def _stream(value: object) -> object:
    if not isinstance(value, str) or not value or not is_printable(value, 200) or value in RESERVED:
        raise ValueError('must be the name of a stream, as your mails have it, and neither "all" nor "marketing"')
    return value


StreamName = Annotated[str, BeforeValidator(_stream)]


class ComplaintsSection(Section):
    """[complaints]"""

    abuse: ComplaintScope = Field(default=COMPLAINTS["abuse"], description="what it forbids: somebody called it spam")
    fraud: ComplaintScope = Field(default=COMPLAINTS["fraud"], description="the same for: somebody called it phishing")
    virus: ComplaintScope = Field(default=COMPLAINTS["virus"], description="the same for: it was taken for malware")
    other: ComplaintScope = Field(default=COMPLAINTS["other"], description="the same for every other complaint")
    opt_out: ComplaintScope = Field(default=COMPLAINTS["opt-out"], description="the same for: somebody unsubscribed")

    def scopes(self) -> Mapping[str, ComplaintScope]:
        """By RFC 5965 feedback type."""
        return {
            "abuse": self.abuse,
            "fraud": self.fraud,
            "virus": self.virus,
            "other": self.other,
            "opt-out": self.opt_out,
        }
