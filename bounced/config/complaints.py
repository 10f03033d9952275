"""[complaints]: what a complaint suppresses. [streams]: the kinds of mail that the sender has."""

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
        raise ValueError('must be a stream as your mail names it, but not "all" or "marketing"')
    return value


StreamName = Annotated[str, BeforeValidator(_stream)]


class ComplaintsSection(Section):
    """[complaints]"""

    abuse: ComplaintScope = Field(default=COMPLAINTS["abuse"], description="what a spam complaint suppresses")
    fraud: ComplaintScope = Field(default=COMPLAINTS["fraud"], description="what a phishing complaint suppresses")
    virus: ComplaintScope = Field(default=COMPLAINTS["virus"], description="what a malware complaint suppresses")
    other: ComplaintScope = Field(default=COMPLAINTS["other"], description="what any other complaint suppresses")
    opt_out: ComplaintScope = Field(default=COMPLAINTS["opt-out"], description="what an unsubscribe request suppresses")

    def scopes(self) -> Mapping[str, ComplaintScope]:
        """What each feedback type (RFC 5965) suppresses."""
        return {
            "abuse": self.abuse,
            "fraud": self.fraud,
            "virus": self.virus,
            "other": self.other,
            "opt-out": self.opt_out,
        }
