"""Looks for the signed token of the message that a report is about, in every place that may hold one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice

from bounced import tokens
from bounced.identify.envelope import envelope_recipients
from bounced.identify.sender import Sender
from bounced.model import Decoded, proof, proved, record
from bounced.tokens import Token

#: Headers of the original that may hold a token, besides the one for it.
_ORIGINAL = ("Return-Path", "Message-ID", "List-Unsubscribe", "CFBL-Address", "CFBL-Feedback-ID", "Feedback-ID")
#: Of the report: what it answers, by Message-ID.
_ANSWERED = ("In-Reply-To", "References")

#: Places of a message in which further tokens are looked for when one was found.
PLACES_LIMIT = 20


@record(frozen=True, slots=True)
class TokenFinding:
    """The token that was found and verified; else why the one that was found is not valid, ``""`` for none."""

    token: Token | None = None
    problem: str = ""
    proved: str = ""  # which message it is, by that token and by those of the same recipient in other places

    @property
    def canary(self) -> str:
        """The number of the canary that the message returns, "" for none."""
        named = self.token.recipient_id if self.token else ""
        return named.removeprefix(tokens.CANARY_PREFIX) if named.startswith(tokens.CANARY_PREFIX) else ""


def find(decoded: Decoded, sender: Sender, arrived_at: datetime) -> TokenFinding:
    """The token in the first place that holds one, unless tokens there disagree about the recipient."""
    reasons: list[str] = []
    for place in _places(decoded, sender) if sender.keys else ():
        results = list(_verified(place, sender, arrived_at))
        valid = {_whose(token): token for token in results if isinstance(token, Token)}
        if len(valid) == 1:
            [token] = valid.values()
            return TokenFinding(token, proved=_proved(token, decoded, sender, arrived_at))
        if valid:
            return TokenFinding(problem="tokens of several recipients")
        reasons += [reason for reason in results if isinstance(reason, str)]
    # In encoded text the same token is often there a second time, cut by line ends.
    specific = [reason for reason in reasons if reason != tokens.DAMAGED] or reasons
    return TokenFinding(problem=specific[0] if specific else _unsigned(decoded, sender, arrived_at))


def _verified(text: str, sender: Sender, arrived_at: datetime) -> Iterator[Token | str]:
    """The tokens in ``text``; for each that is not valid the reason."""
    return (tokens.verify(candidate, sender.keys, arrived_at) for candidate in tokens.candidates(text, sender.keys))


def _whose(token: Token) -> tuple[str, str]:
    return token.recipient, token.recipient_id


def _proved(first: Token, decoded: Decoded, sender: Sender, arrived_at: datetime) -> str:
    """What ``first`` and the other tokens of its recipient prove: what one server returns, the next may cut off."""
    places = islice(_own_places(decoded, sender), PLACES_LIMIT)
    results = chain.from_iterable(_verified(place, sender, arrived_at) for place in places)
    others = (token for token in results if isinstance(token, Token) and _whose(token) == _whose(first))
    return proved(*map(_proof, chain([first], others)))


def _proof(token: Token) -> str:
    """Which message ``token`` is of; a new key does not make it another one."""
    fields = {"-campaign": token.campaign, "-stream": token.stream}
    kind = "token-address" if token.recipient else "token-id"
    kind += "".join(name for name, value in fields.items() if value)
    return proof(kind, token.expires.isoformat(), *fields.values())


def _places(decoded: Decoded, sender: Sender) -> Iterator[str]:
    """Texts that may hold a token of the original, the most reliable first."""
    yield from _own_places(decoded, sender)
    for name in _ANSWERED:
        yield from decoded.header.all(name)
    yield decoded.text


def _own_places(decoded: Decoded, sender: Sender) -> Iterator[str]:
    """Those that hold tokens of no other message."""
    for name in (sender.token_header, *_ORIGINAL):
        yield from decoded.original.all(name)
    yield from envelope_recipients(decoded, sender)


def _unsigned(decoded: Decoded, sender: Sender, arrived_at: datetime) -> str:
    """Why the text in the header for tokens is not one of our tokens, ``""`` when it is empty."""
    text = decoded.original.get(sender.token_header).strip() if sender.keys else ""
    return str(tokens.verify(text, sender.keys, arrived_at)) if text else ""
