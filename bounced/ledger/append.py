"""Appends a message and its events to the facts. Call inside a transaction of the ledger."""

from __future__ import annotations

import zlib
from datetime import datetime

from sqlite_utils import Database

from bounced import address as addresses
from bounced import times
from bounced.ledger import database, event_rows, floods
from bounced.ledger.shared_rows import SharedRows
from bounced.model import Event, Item, Outcome, Parsed, RawMessage, Role

RECORDED = "SELECT id, recognized FROM message_rows WHERE fingerprint = ?"
RECORDED_AS_NUMBER = "SELECT id, recognized FROM numbers JOIN message_rows ON id = message WHERE number = ?"


def recorded(db: Database, item: Item) -> tuple[int, bool] | None:
    """The id of the message, or of the one that it is a copy of, and whether that was recognized; None if it is new."""
    row = db.execute(RECORDED, [bytes.fromhex(item.fingerprint)]).fetchone()
    if not row and item.parsed and item.parsed.number:
        row = db.execute(RECORDED_AS_NUMBER, [item.parsed.number]).fetchone()
    return (row[0], bool(row[1])) if row else None


def message(db: Database, shared: SharedRows, item: Item, parsed: Parsed, stored: int, recorded_at: datetime) -> int:
    """Appends a message without its events, of which ``stored`` will follow; returns its id.

    Its content is kept when it was not recognized, unless its events are too many of one day to be stored.
    """
    message = item.message
    row = {
        "fingerprint": bytes.fromhex(item.fingerprint),
        "arrived_at": times.seconds(message.arrived_at),
        "recorded_at": times.seconds(recorded_at),
        "message_kind": shared.of("message_kinds", {"mailbox": message.origin.mailbox, **_facts(parsed)}),
        "name": message.origin.name,
        "size": message.size,
        "recognized": int(parsed.recognized),
        "events_dropped": parsed.events_dropped + len(parsed.events) - stored,
    }
    message_id = database.insert(db, "message_rows", row)
    if parsed.number:
        database.insert(db, "numbers", {"number": parsed.number, "message": message_id})
    if not parsed.recognized and message.content and (stored or not parsed.events):
        database.insert(db, "unrecognized", {"message": message_id, "content": zlib.compress(message.content)})
    return message_id


def event(db: Database, shared: SharedRows, message_id: int, message: RawMessage, event: Event) -> tuple[int, str]:
    """Appends an event; returns its id, and why it is held, ``""`` when it is not."""
    held = why_held_by_role(message.role, event)
    stored_at = times.seconds(message.stored_at) if message.stored_at else None
    dates = {"happened_at": times.iso(message.arrived_at), "stored_at": stored_at}
    row = {"message": message_id, **dates, "sent": floods.sent(db, event), **event_rows.row(event, held, shared)}
    event_id = database.insert(db, "event_rows", row)
    if not event.address:
        _note_unnamed(db, shared, event_id, event)
    in_unicode(db, event.address)
    return event_id, held


def _note_unnamed(db: Database, shared: SharedRows, event_id: int, event: Event) -> None:
    """Notes what may name, some day, whom an event is about."""
    ids = {name: shared.text(getattr(event, name)) for name in ("original_message_id", "recipient_id")}
    if any(ids.values()):
        database.insert(db, "unnamed", {"event": event_id, **ids})


def in_unicode(db: Database, address: str) -> None:
    """Notes how an address of an event looks with U-labels, if it has any."""
    if (shown := addresses.in_unicode(address)) != address:
        row = {"address": address, "address_unicode": shown}
        database.insert(db, "unicode_addresses", row, "ON CONFLICT DO NOTHING")


def _facts(parsed: Parsed) -> dict[str, str]:
    return {name: getattr(parsed, name) for name in ("kind", "decoder", "subject", "problem")}


def outcome(message: RawMessage, parsed: Parsed) -> Outcome:
    """The outcome of a message that the ledger did not know."""
    if message.too_large:
        return "too-large"
    if parsed.events:
        return "counted"
    return "not-a-report" if parsed.kind == "other" else "unreadable"


def why_held_by_role(role: Role, event: Event) -> str:
    """Why an event is held because its mailbox is for the other kind; ``""`` when it is not."""
    if role == "auto" or (role == "complaints") == (event.kind == "complaint"):
        return ""
    return f"its mailbox is for {role}"
