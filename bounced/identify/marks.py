"""What the sender puts into their mail so that it can be told whose it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from bounced.model import Original
from bounced.ours import Ours, is_own
from bounced.tokens import Key

#: What a header can tell; ``store`` is only kept with the event.
Gives = Literal["recipient", "recipient_id", "campaign", "stream", "store"]

#: Characters of a header's value that a regular expression is shown.
REGEX_REACH = 1000


@dataclass(frozen=True, slots=True)
class HeaderMark:
    """A header of the returned original that tells something: what the first group of ``regex`` holds, or all of it."""

    name: str
    gives: Gives
    regex: str = ""

    def values(self, original: Original) -> Iterator[str]:
        """What the headers of this name tell, in order; those that the expression does not fit tell nothing."""
        for value in original.all(self.name):
            if not self.regex:
                yield value.strip()
            elif found := re.search(self.regex, value[:REGEX_REACH]):
                yield (found[found.re.groups and 1] or "").strip()


@dataclass(frozen=True, slots=True)
class Marks:
    """What the sender puts into their mail (names of headers of the original, VERP patterns), and what is theirs."""

    campaign: str = ""
    recipient: str = ""
    headers: tuple[str, ...] = ()
    verp: tuple[str, ...] = ()  # like "bounces-{user}={domain}@news.example.org"; see bounced.identify.envelope
    ours: Ours = field(default_factory=Ours)
    recipient_id: str = ""
    stream: str = ""
    header_marks: tuple[HeaderMark, ...] = ()
    own_addresses: tuple[str, ...] = ()  # normalised
    envelope_header: str = ""  # in which our delivery agent writes the envelope recipient; "" for the usual ones
    token_header: str = "X-Bounced-Token"  # noqa: S105  no secret
    keys: tuple[Key, ...] = field(default=(), repr=False)  # of tokens; none: nobody looks for tokens

    def told(self, what: Gives, original: Original) -> str:
        """The first thing that a header of ``original`` tells of ``what``, ``""`` when none does."""
        return next((value for mark in self._giving(what) for value in mark.values(original) if value), "")

    def kept(self) -> tuple[str, ...]:
        """The names of the headers to be kept with an event."""
        named = (self.campaign, self.recipient, self.recipient_id, self.stream, *self.headers)
        return tuple(filter(None, dict.fromkeys((*named, *(mark.name for mark in self.header_marks)))))

    def owns(self, who: str) -> bool:
        """True for an address of ours, by which nobody may be charged."""
        return is_own(who, self.own())

    def own(self) -> tuple[str, ...]:
        """Our addresses and domains."""
        return (*self.own_addresses, *self.ours.own_domains)

    def _giving(self, what: Gives) -> Iterator[HeaderMark]:
        simple = {
            "recipient": self.recipient,
            "recipient_id": self.recipient_id,
            "campaign": self.campaign,
            "stream": self.stream,
        }
        if name := simple.get(what, ""):
            yield HeaderMark(name, what)
        yield from (mark for mark in self.header_marks if mark.gives == what)
