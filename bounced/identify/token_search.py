"""Looks for the signed token of the mail that a report is about, in every place that may hold one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bounced import tokens
from bounced.identify.envelope import envelope_recipients
from bounced.identify.sender import Marks
from bounced.model import Decoded
from bounced.tokens import Token

#: Headers of the original that may hold a token, besides the one for it.
_ORIGINAL = ("Return-Path", "Message-ID", "List-Unsubscribe", "CFBL-Address", "CFBL-Feedback-ID", "Feedback-ID")
#: Of the report: what it answers, by Message-ID.
_ANSWERED = ("In-Reply-To", "References")


@dataclass(frozen=True, slots=True)
class FoundToken:
    """The token that was found and verified; else why the one that was found does not hold, ``""`` for none."""

    token: Token | None = None
    problem: str = ""


def find(decoded: Decoded, marks: Marks, arrived_at: datetime) -> FoundToken:
    """What the first place that holds a token says. Tokens that disagree about the recipient there say nothing."""
    reasons: list[str] = []
    for place in _places(decoded, marks) if marks.keys else ():
        found = [tokens.verify(text, marks.keys, arrived_at) for text in tokens.candidates(place, marks.keys)]
        valid = {(token.recipient, token.recipient_id): token for token in found if isinstance(token, Token)}
        if len(valid) == 1:
            return FoundToken(next(iter(valid.values())))
        if valid:
            return FoundToken(problem="tokens of several recipients")
        reasons += [reason for reason in found if isinstance(reason, str)]
    # In encoded text the same token often stands a second time, cut by the ends of lines.
    telling = [reason for reason in reasons if reason != tokens.DAMAGED] or reasons
    return FoundToken(problem=telling[0] if telling else _unsigned(decoded, marks, arrived_at))


def _places(decoded: Decoded, marks: Marks) -> Iterator[str]:
    """Texts that may hold a token of the original, the most telling first."""
    original = decoded.original
    for name in (marks.token_header, *_ORIGINAL):
        yield from original.all(name)
    yield from envelope_recipients(decoded, marks)
    for name in _ANSWERED:
        yield from decoded.header.all(name)
    yield decoded.text


def _unsigned(decoded: Decoded, marks: Marks, arrived_at: datetime) -> str:
    """Why what stands in the header for tokens is none of ours, ``""`` when nothing does."""
    stated = decoded.original.get(marks.token_header).strip() if marks.keys else ""
    return str(tokens.verify(stated, marks.keys, arrived_at)) if stated else ""
