"""Appends messages and their events to the facts. Call inside a transaction of the ledger.

What is added is inserted by ``write``, all at once: before a transaction ends, before its addresses are judged, and
before anything asks the tables for what may be among it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from sqlite_utils import Database

from bounced import address as addresses
from bounced import times
from bounced.ledger import event_rows, floods, recorded, uids
from bounced.ledger.event_rows import SHARED, EventParts
from bounced.ledger.new_rows import NewRows, NumberedRows
from bounced.ledger.sender_tables import SenderTables
from bounced.ledger.shared_rows import SharedRows
from bounced.model import Event, Item, Origin, Outcome, Parsed, RawMessage, Role
from bounced.policy import Entry

RECORDED_AS_NUMBER = "SELECT id, recognized FROM numbers JOIN message_rows ON id = message WHERE number = ?"

MESSAGE = (
    *("fingerprint", "arrived_at", "recorded_at", "message_kind", "name", "size", "recognized", "events_dropped"),
)
EVENT = ("message", "happened_at", "stored_at", "sent", *SHARED)

#: The columns of ``message_kinds`` behind its first, the mailbox.
KIND_OF = attrgetter("kind", "decoder", "subject", "problem")

#: The id of a message, and whether it was recognized.
Recorded = tuple[int, bool]


class Additions:
    """What a transaction adds to the facts."""

    def __init__(self, db: Database, shared: SharedRows, sender_tables: SenderTables) -> None:
        self._db, self._shared, self._sender_tables = db, shared, sender_tables
        self._kinds, self._parts = shared.tables["message_kinds"], EventParts(shared)
        self._messages = NumberedRows(db, "message_rows", MESSAGE)
        self._events = NumberedRows(db, "event_rows", EVENT)
        self._numbers = NewRows(db, "numbers", ("number", "message"))
        self._unrecognized = NewRows(db, "unrecognized", ("message", "content"))
        self._unnamed = NewRows(db, "unnamed", ("event", "original_message_id", "recipient_id"))
        self._unicode = NewRows(db, "unicode_addresses", ("address", "address_unicode"), "ON CONFLICT DO NOTHING")
        self._stale = NewRows(db, "stale", ("event", "removed"))
        self._recent = NewRows(db, "recent", ("kind", "happened_at", "event"))
        self._crowds = NewRows(db, "crowd_rows", ("event", "why"))
        self._doubts = NewRows(db, "doubt_rows", ("address", "event", "why"))
        self._places = uids.NewPlaces(db, shared)
        self._known: dict[str, Recorded] = {}  # by fingerprint, and by number
        self._charged: set[str] = set()  # addresses of events that are not written yet

    def begin(self, items: Sequence[Item]) -> None:
        """Finds what is known of ``items``, all at once."""
        self._known = dict(recorded.messages(self._db, [item.fingerprint for item in items]))
        self._shared.texts.look_up(_texts(items))

    def recorded(self, item: Item) -> Recorded | None:
        """Of the message, or of the one that it is a copy of; None if it is new."""
        number = item.parsed.number if item.parsed else ""
        known = self._known.get(item.fingerprint)
        return known or (self._recorded_as(number) if number else None)

    def _recorded_as(self, number: str) -> Recorded | None:
        if row := self._db.execute(RECORDED_AS_NUMBER, [number]).fetchone():
            return row[0], bool(row[1])
        return self._known.get(number)

    def message(self, item: Item, parsed: Parsed, stored: int, recorded_at: int) -> Recorded:
        """Appends a message without its events, of which ``stored`` will follow.

        Its content is kept when it was not recognized, unless its events are too many of one day to be stored.
        """
        message, recognized = item.message, parsed.recognized
        row = (
            recorded.key(item.fingerprint),
            times.seconds(message.arrived_at),
            recorded_at,
            self._kinds.id((message.origin.mailbox, *KIND_OF(parsed))),
            message.origin.name,
            message.size,
            int(recognized),
            parsed.events_dropped + len(parsed.events) - stored,
        )
        message_id = self._messages.number(row)
        self._known[item.fingerprint] = new = message_id, recognized
        if parsed.number:
            self._known[parsed.number] = new
            self._numbers.add(parsed.number, message_id)
        if not recognized and message.content and (stored or not parsed.events):
            self._unrecognized.add(message_id, zlib.compress(message.content))
        return new

    def event(self, message_id: int, message: RawMessage, event: Event) -> Entry:
        """Appends an event; returns it as an entry of the history of its address."""
        held = why_held_by_role(message.role, event)
        happened_at = times.seconds(message.arrived_at)
        stored_at = times.seconds(message.stored_at) if message.stored_at else None
        sent = floods.sent(self._sender_tables, event)
        event_id = self._events.number((message_id, happened_at, stored_at, sent, *self._parts.row(event, held)))
        if event.action == "failed" or event.kind == "complaint":
            self._stale.add(event_id, 0)
        if event.class_ == "block" and event.action == "failed":
            self._recent.add("blocked", happened_at, event_id)
        if not event.address:
            self._note_unnamed(event_id, event)
        elif (shown := addresses.in_unicode(event.address)) != event.address:
            self._unicode.add(event.address, shown)
        self._charged.add(event.address)
        return event_rows.new_entry(event_id, event, happened_at, stored_at, sent, held)

    def _note_unnamed(self, event_id: int, event: Event) -> None:
        """Notes what may name, some day, whom an event is about."""
        ids = self._shared.text(event.original_message_id), self._shared.text(event.recipient_id)
        if any(ids):
            self._unnamed.add(event_id, *ids)

    def crowded(self, event_id: int, why: str) -> None:
        """Notes that a guard holds a new event."""
        self._crowds.add(event_id, self._shared.text(why))

    def hold(self, event_id: int, event: Event, why: str) -> None:
        """Writes that a new event is held, as judging it would."""
        self._doubts.add(self._shared.text(event.address), event_id, self._shared.text(why))

    def place(self, origin: Origin, message_id: int, outcome: Outcome) -> None:
        """Records the outcome of a UID."""
        self._places.add(origin, message_id, outcome)

    def write_about(self, address: str) -> None:
        """Inserts what was added, if there are events of ``address`` among it."""
        if address in self._charged:
            self.write()

    def write(self) -> None:
        """Inserts what was added."""
        self._shared.write()
        for rows in self._rows():
            rows.write()
        self._places.write()
        self._charged.clear()

    def forget(self) -> None:
        """Drops what was added: its transaction has failed."""
        for rows in self._rows():
            rows.forget()
        self._places.forget()
        self._charged.clear()

    def _rows(self) -> tuple[NewRows, ...]:
        """In the order in which they refer to each other."""
        of_messages = (self._messages, self._numbers, self._unrecognized)
        of_events = (self._events, self._unnamed, self._unicode, self._stale, self._recent, self._crowds, self._doubts)
        return of_messages + of_events


def _texts(items: Iterable[Item]) -> Iterator[str]:
    """The addresses of the events in ``items``."""
    return (event.address for item in items if item.parsed for event in item.parsed.events if event.address)


def outcome(message: RawMessage, parsed: Parsed) -> Outcome:
    """The outcome of a message that the ledger did not know."""
    if message.too_large:
        return "too-large"
    if parsed.events or parsed.erased or parsed.canary:
        return "counted"
    return "not-a-report" if parsed.kind == "other" else "unreadable"


def why_held_by_role(role: Role, event: Event) -> str:
    """Why an event is held because its mailbox is for the other kind; ``""`` when it is not."""
    if role == "auto" or (role == "complaints") == (event.kind == "complaint"):
        return ""
    return f"its mailbox is for {role}"
