"""[complaints]: what a complaint forbids. [streams]: which kinds of mail there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from bounced.config.section import Section
from bounced.policy import COMPLAINTS, ComplaintScope

#: Scopes that are no stream.
RESERVED = ("all", "marketing")


def _stream(value: object) -> object:
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= 200 or value in RESERVED:
        raise ValueError('must be the name of a stream, as your mails have it, and neither "all" nor "marketing"')
    return value


StreamName = Annotated[str, BeforeValidator(_stream)]
StreamKind = Literal["marketing", "transactional"]


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


def forbidding(scope: str, streams: Mapping[str, StreamKind]) -> tuple[str, ...]:
    """The scopes whose suppressions forbid mail of ``scope``; a stream that ``streams`` does not name is marketing."""
    if scope in RESERVED:
        return tuple(dict.fromkeys(("all", scope)))
    if streams.get(scope) == "transactional":
        return "all", scope
    return "all", "marketing", scope
