"""Gives each message its fingerprint, and those without a body their result: nobody has to parse them."""

from __future__ import annotations

from collections.abc import Iterable

from bounced.ledger.fingerprint import unfetched
from bounced.ledger.ledger import Ledger
from bounced.model import Item, Parsed, RawMessage


def items_of(messages: Iterable[RawMessage], ledger: Ledger) -> list[Item]:
    """``messages`` on their way into the ledger, yet to be parsed unless they were not fetched. Raises LedgerError."""
    found = list(messages)
    return [
        Item(message, fingerprint, _unfetched(message))
        for message, fingerprint in zip(found, fingerprints_of(found, ledger), strict=True)
    ]


def fingerprints_of(messages: Iterable[RawMessage], ledger: Ledger) -> list[str]:
    """Those of their content, or of where they are when they were not fetched. Raises LedgerError."""
    found = list(messages)
    fetched = iter(ledger.fingerprints.of([message.content for message in found if not _unfetched(message)]))
    return [_place(message) if _unfetched(message) else next(fetched) for message in found]


def _place(message: RawMessage) -> str:
    origin = message.origin
    return unfetched(f"{origin.mailbox} {origin.uidvalidity} {origin.uid}", message.size)


def _unfetched(message: RawMessage) -> Parsed | None:
    if message.withheld:
        return Parsed("unreadable", problem="the server does not give it out")
    if message.too_large:
        return Parsed("unreadable", problem=f"too large to fetch: {message.size} octets")
    return None
