"""Appends a message and its events to the facts. Call inside a transaction of the ledger."""

from __future__ import annotations

import zlib

from sqlite_utils import Database

from bounced import address as addresses
from bounced import times
from bounced.ledger import database, event_rows, floods
from bounced.model import Event, Item, Outcome, Parsed, RawMessage, Role

RECORDED = "SELECT id, recognized FROM messages WHERE fingerprint = ?"
RECORDED_AS_NUMBER = "SELECT id, recognized FROM numbers JOIN messages ON messages.id = message WHERE number = ?"


def recorded(db: Database, item: Item) -> tuple[int, bool] | None:
    """The id of the message, or of the one that it is a copy of, and whether that was recognized; None if it is new."""
    row = db.execute(RECORDED, [item.fingerprint]).fetchone()
    if not row and item.parsed and item.parsed.number:
        row = db.execute(RECORDED_AS_NUMBER, [item.parsed.number]).fetchone()
    return (row[0], bool(row[1])) if row else None


def message(db: Database, item: Item, parsed: Parsed, stored: int, recorded_at: str) -> int:
    """Appends a message without its events, of which ``stored`` will follow; returns its id.

    Its content is kept when it was not recognized, unless its events are too many of one day to be stored.
    """
    message = item.message
    row = {
        "fingerprint": item.fingerprint,
        "arrived_at": times.iso(message.arrived_at),
        "recorded_at": recorded_at,
        "source": f"{message.origin.mailbox} {message.origin.name}".strip(),
        "size": message.size,
        "kind": parsed.kind,
        "decoder": parsed.decoder,
        "subject": parsed.subject,
        "recognized": int(parsed.recognized),
        "problem": parsed.problem,
        "events_dropped": parsed.events_dropped + len(parsed.events) - stored,
    }
    message_id = database.insert(db, "messages", row)
    if parsed.number:
        database.insert(db, "numbers", {"number": parsed.number, "message": message_id})
    if not parsed.recognized and message.content and (stored or not parsed.events):
        database.insert(db, "unrecognized", {"message": message_id, "content": zlib.compress(message.content)})
    return message_id


def event(db: Database, message_id: int, message: RawMessage, event: Event) -> tuple[int, str]:
    """Appends an event; returns its id, and why it is held, ``""`` when it is not."""
    held = _why_held(message.role, event)
    dates = {"happened_at": times.iso(message.arrived_at), "stored_at": times.iso_or_none(message.stored_at)}
    row = {"message": message_id, **dates, "held": held, "sent": floods.sent(db, event), **event_rows.row(event)}
    event_id = database.insert(db, "events", row)
    in_unicode(db, event.address)
    for name, value in event.headers:
        database.insert(db, "event_headers", {"event": event_id, "name": name, "value": value})
    return event_id, held


def in_unicode(db: Database, address: str) -> None:
    """Notes how an address of an event looks with U-labels, if it has any."""
    if (shown := addresses.in_unicode(address)) != address:
        row = {"address": address, "address_unicode": shown}
        database.insert(db, "unicode_addresses", row, "ON CONFLICT DO NOTHING")


def outcome(message: RawMessage, parsed: Parsed) -> Outcome:
    """The outcome of a message that the ledger did not know."""
    if message.too_large:
        return "too-large"
    if parsed.events:
        return "counted"
    return "not-a-report" if parsed.kind == "other" else "unreadable"


def _why_held(role: Role, event: Event) -> str:
    """Why an event is held: its mailbox is for the other kind."""
    if role == "auto" or (role == "complaints") == (event.kind == "complaint"):
        return ""
    return f"its mailbox is for {role}"
