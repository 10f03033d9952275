"""Gives each message its fingerprint, and those without a body their result: nobody has to parse them."""

from __future__ import annotations

from bounced.ledger.fingerprint import fingerprint, unfetched
from bounced.model import Item, Parsed, RawMessage


def item_of(message: RawMessage) -> Item:
    """``message`` on its way into the ledger, yet to be parsed unless it was not fetched."""
    return Item(message, fingerprint_of(message), _unfetched(message))


def fingerprint_of(message: RawMessage) -> str:
    """That of its content, or of where it is when it was not fetched."""
    if _unfetched(message):
        origin = message.origin
        return unfetched(f"{origin.mailbox} {origin.uidvalidity} {origin.uid}", message.size)
    return fingerprint(message.content)


def _unfetched(message: RawMessage) -> Parsed | None:
    if message.withheld:
        return Parsed("unreadable", problem="the server does not give it out")
    if message.too_large:
        return Parsed("unreadable", problem=f"too large to fetch: {message.size} octets")
    return None
