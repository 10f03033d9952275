"""Appends a message and its events to the facts. To be called inside a transaction of the ledger."""

from __future__ import annotations

import dataclasses
import zlib

from sqlite_utils import Database

from bounced import times
from bounced.ledger import database
from bounced.model import Event, Item, Outcome, Parsed, RawMessage, Role

#: What of an event is a column; its headers have a table of their own.
_FACTS = tuple(field.name for field in dataclasses.fields(Event) if field.name != "headers")


def message(db: Database, item: Item, parsed: Parsed, recorded_at: str) -> int:
    """Appends a message without its events, and keeps its content when it was not understood; returns its id."""
    found = item.message
    row = {
        "fingerprint": item.fingerprint,
        "arrived_at": times.iso(found.arrived_at),
        "recorded_at": recorded_at,
        "source": f"{found.origin.mailbox} {found.origin.name}".strip(),
        "size": found.size,
        "kind": parsed.kind,
        "decoder": parsed.decoder,
        "subject": parsed.subject,
        "recognized": int(parsed.recognized),
        "problem": parsed.problem,
    }
    message_id = database.insert(db, "messages", row)
    if not parsed.recognized and found.content:
        database.insert(db, "unrecognized", {"message": message_id, "content": zlib.compress(found.content)})
    return message_id


def event(db: Database, message_id: int, found: RawMessage, event: Event) -> tuple[int, str]:
    """Appends an event; returns its id, and why it is held."""
    row = {name: getattr(event, name) for name in _FACTS}
    row["class"] = row.pop("class_")
    held = _held(found.role, event)
    when = {"happened_at": times.iso(found.arrived_at), "stored_at": times.iso_or_none(found.stored_at)}
    event_id = database.insert(db, "events", {"message": message_id, **when, "held": held, **row})
    for name, value in event.headers:
        database.insert(db, "event_headers", {"event": event_id, "name": name, "value": value})
    return event_id, held


def outcome(found: RawMessage, parsed: Parsed) -> Outcome:
    """What becomes of a message that the ledger did not know."""
    if found.too_large:
        return "too-large"
    if parsed.events:
        return "counted"
    return "not-a-report" if parsed.kind == "other" else "unreadable"


def _held(role: Role, event: Event) -> str:
    """Why an event does not count by itself: it came to a mailbox that is for others."""
    if role == "auto" or (role == "complaints") == (event.kind == "complaint"):
        return ""
    return f"its mailbox is for {role}"
