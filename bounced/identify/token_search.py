"""Looks for the signed token of the message that a report is about, in every place that may hold one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bounced import tokens
from bounced.identify.envelope import envelope_recipients
from bounced.identify.sender import Sender
from bounced.model import Decoded
from bounced.tokens import Token

#: Headers of the original that may hold a token, besides the one for it.
_ORIGINAL = ("Return-Path", "Message-ID", "List-Unsubscribe", "CFBL-Address", "CFBL-Feedback-ID", "Feedback-ID")
#: Of the report: what it answers, by Message-ID.
_ANSWERED = ("In-Reply-To", "References")


@dataclass(frozen=True, slots=True)
class TokenFinding:
    """The token that was found and verified; else why the one that was found is not valid, ``""`` for none."""

    token: Token | None = None
    problem: str = ""


def find(decoded: Decoded, sender: Sender, arrived_at: datetime) -> TokenFinding:
    """The token in the first place that holds one, unless tokens there disagree about the recipient."""
    reasons: list[str] = []
    for place in _places(decoded, sender) if sender.keys else ():
        results = [tokens.verify(text, sender.keys, arrived_at) for text in tokens.candidates(place, sender.keys)]
        valid = {(token.recipient, token.recipient_id): token for token in results if isinstance(token, Token)}
        if len(valid) == 1:
            return TokenFinding(next(iter(valid.values())))
        if valid:
            return TokenFinding(problem="tokens of several recipients")
        reasons += [reason for reason in results if isinstance(reason, str)]
    # In encoded text the same token is often there a second time, cut by line ends.
    specific = [reason for reason in reasons if reason != tokens.DAMAGED] or reasons
    return TokenFinding(problem=specific[0] if specific else _unsigned(decoded, sender, arrived_at))


def _places(decoded: Decoded, sender: Sender) -> Iterator[str]:
    """Texts that may hold a token of the original, the most reliable first."""
    original = decoded.original
    for name in (sender.token_header, *_ORIGINAL):
        yield from original.all(name)
    yield from envelope_recipients(decoded, sender)
    for name in _ANSWERED:
        yield from decoded.header.all(name)
    yield decoded.text


def _unsigned(decoded: Decoded, sender: Sender, arrived_at: datetime) -> str:
    """Why the text in the header for tokens is not one of our tokens, ``""`` when it is empty."""
    text = decoded.original.get(sender.token_header).strip() if sender.keys else ""
    return str(tokens.verify(text, sender.keys, arrived_at)) if text else ""
