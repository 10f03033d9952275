"""A row of the phrase tables."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

#: Whom a sentence is about: the mailbox we wrote to, us (From, envelope, our domain), our host, the message, a domain,
#: or a thing that is none of these: what is said of it is said of nobody.
Subject = Literal["", "recipient", "sender", "host", "message", "domain", "thing"]


class Rank(IntEnum):
    """How specific evidence is: the lowest decides."""

    PROVIDER = 0  # words or a code of one provider
    CAUSE = 1  # a phrase that names a cause
    CLAUSE = 2  # a word that says something of its subject
    STATUS = 3  # a precise enhanced status code
    HINT = 4  # a word that names a cause, without a sentence around it
    ADDRESS = 5  # a status that says that the address is bad, and nothing else does
    VAGUE = 6  # words that are used for anything
    SUBJECT = 7  # a status that only names a subject
    WEAK = 8  # words that say "no" and no more
    CODE = 9  # a reply code
    NOTHING = 10


@dataclass(frozen=True, slots=True)
class Phrase:
    """One row: ``text`` means ``reason``, where ``at``, ``codes``, ``of`` and ``ends`` (if given) hold as well.

    Without a reason the words mean nothing: where they stand, shorter phrases are not looked for.
    """

    reason: str  # a key of bounced.reasons.REASONS, or ""
    text: str  # as bounced.classify.replies.fold would leave it
    at: tuple[str, ...] = ()  # domains: the recipient's, or that of an MTA in the report, is in one of them
    codes: tuple[str, ...] = ()  # the reply code or an enhanced status is one of them
    rank: Rank = Rank.CAUSE
    of: Subject = ""  # whom the sentence is about
    ends: bool = False  # the sentence ends there
    retry: bool = False  # the server asks to try again: nothing is final

    @property
    def rule(self) -> str:
        """Its name for people: "text: is closed, of the recipient"."""
        return f"text: {self.text}, of the {self.of}" if self.of else f"text: {self.text}"


def rows(
    reason: str,
    texts: str,
    at: tuple[str, ...] = (),
    codes: tuple[str, ...] = (),
    rank: Rank = Rank.CAUSE,
    of: Subject = "",
    retry: bool = False,
) -> tuple[Phrase, ...]:
    """One Phrase for each line of ``texts``; ``$`` at the end of a line: the sentence ends there."""
    lines = filter(None, (line.strip() for line in texts.splitlines()))
    return tuple(Phrase(reason, line.rstrip("$"), at, codes, rank, of, line.endswith("$"), retry) for line in lines)
