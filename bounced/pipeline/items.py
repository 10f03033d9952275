"""Gives each message its fingerprint, and its result where there is nothing to parse: no body, or parsed already."""

from __future__ import annotations

from collections.abc import Sequence

from bounced.ledger.fingerprint import unfetched
from bounced.ledger.ledger import Ledger
from bounced.model import Item, Parsed, RawMessage


def items_of(messages: Sequence[RawMessage], ledger: Ledger) -> list[Item]:
    """``messages`` on their way into the ledger, yet to be parsed unless they were, or not fetched.

    Raises LedgerError.
    """
    return [
        Item(message, fingerprint, message.parsed or _unfetched(message))
        for message, fingerprint in zip(messages, fingerprints_of(messages, ledger), strict=True)
    ]


def fingerprints_of(messages: Sequence[RawMessage], ledger: Ledger) -> list[str]:
    """The fingerprints of their content, or of their places where they were not fetched. Raises LedgerError."""
    fetched = iter(ledger.fingerprints.of([message.content for message in messages if not _unfetched(message)]))
    return [_place(message) if _unfetched(message) else next(fetched) for message in messages]


def _place(message: RawMessage) -> str:
    origin = message.origin
    return unfetched(f"{origin.mailbox} {origin.uidvalidity} {origin.uid}", message.size)


def _unfetched(message: RawMessage) -> Parsed | None:
    if message.withheld:
        return Parsed("unreadable", problem="the server returned no body")
    if message.too_large:
        return Parsed("unreadable", problem=f"too large to fetch: {message.size} bytes")
    return None
