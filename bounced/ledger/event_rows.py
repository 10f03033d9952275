"""Events as rows of ``event_rows`` and of the view ``events``, and as records again: the one list of their columns.

The columns are those fields of bounced.model.Event that are not headers, and what the history of an address needs of
them are the fields of bounced.policy.Entry. So a fact that is added to either needs a column (a migration), and nothing
in here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from bounced import times
from bounced.address import by_tenant
from bounced.ledger.schema.views import ADDRESS_MARK, PARTS
from bounced.ledger.shared_rows import LAST, SharedRows, SharedTable
from bounced.model import Event
from bounced.policy import Entry, entry_kind

#: Fields of an event, and the columns that hold them; headers have a table of their own.
COLUMNS: Mapping[str, str] = {
    field.name: field.name.removesuffix("_") for field in fields(Event) if field.name != "headers"
}

#: Columns that ``attributions`` has too, for its own values instead of those of the event.
ATTRIBUTED = (
    *("address", "campaign", "campaign_by", "stream", "stream_by", "sending_domain", "sending_domain_by"),
    *("trust", "evidence", "proved"),
)

#: The columns of ``event_rows`` that ``EventParts`` fills.
SHARED = (
    *("address", "campaign", "diagnostic_code", "final_recipient", "original_recipient"),
    *PARTS.values(),
)

WHY_UNDONE = "(SELECT 'undone by decision ' || min(undo) FROM undone WHERE undone.event = id)"

WHY_OF_CROWD = "(SELECT text FROM texts WHERE texts.id = crowd_rows.why)"

#: Why an incident holds an event; nothing in it that somebody else has written.
WHY_OF_INCIDENT = """(
    SELECT 'incident of one ' || min(dimension)
    FROM incident_rows CROSS JOIN incident_spans ON incident_spans.id = incident
    CROSS JOIN failure_units USING (unit) WHERE incident_rows.event = events.id
)"""

#: Fields of an entry that are not the column of their name, or made of what is selected for them (see ``entry``).
_DERIVED = {
    "reason": "CASE kind WHEN 'complaint' THEN feedback_type ELSE reason END",
    "scope": "''",  # only decisions have one
    "cause": "''",  # the same
    "detail": "diagnostic_code",
    "accepted": "accepted.event IS NOT NULL",
    "held": f"coalesce(nullif(held, ''), {WHY_OF_CROWD})",
    "stored_at": "stored",
    "excused": WHY_OF_INCIDENT,
}

#: The fields of an entry behind its id, time and kind, but for the last one, which no column has.
_FACTS = Entry._fields[3:-1]
_ACCEPTED, _HELD, _EXCUSED = map(_FACTS.index, ("accepted", "held", "excused"))
_REASON, _STORED_AT = _FACTS.index("reason"), _FACTS.index("stored_at")


class EventParts:
    """What of events is in tables that they share: the columns of ``event_rows`` that refer to these."""

    def __init__(self, shared: SharedRows) -> None:
        self._shared = shared
        self._verdict, self._route, self._original = (shared.tables[table] for table in PARTS)
        self._verdict_of, self._route_of, self._original_of = (_facts_of(shared.tables[table]) for table in PARTS)

    def row(self, event: Event, held: str) -> tuple[Any, ...]:
        """The columns SHARED of ``event``; ``held`` is why it is."""
        shared, address = self._shared, by_tenant(event.address)[1]
        return (
            shared.text(event.address),
            shared.text(event.campaign),
            shared.passage(_without_address(event.diagnostic_code, address)),
            _unless(address, event.final_recipient),
            _unless(address, event.original_recipient),
            self._verdict.id((*self._verdict_of(event), held)),
            self._route.id(self._route_of(event)),
            self._original.id((*self._original_of(event), shared.passage(_json(event.headers)))),
        )


def _facts_of(table: SharedTable) -> Callable[[Event], tuple[Any, ...]]:
    """What returns the fields of an event that ``table`` has columns for, in their order."""
    fields = {column: name for name, column in COLUMNS.items()}
    return attrgetter(*(fields[column] for column in table.columns if column not in LAST))


def _without_address(text: str, address: str) -> str:
    """``text`` with a mark for the address of its event: much the same is said about many."""
    plain = text.replace(ADDRESS_MARK, " ")
    return plain.replace(address, ADDRESS_MARK) if address else plain


def _json(headers: Iterable[tuple[str, str]]) -> str:
    """``headers`` as events_view shows them, the first of each name; ``""`` for none."""
    first = dict(reversed(tuple(headers)))
    return json.dumps(first, ensure_ascii=False, separators=(",", ":"), sort_keys=True) if first else ""


def _unless(address: str, recipient: str) -> str | None:
    """``recipient``, ``None`` where it is ``address``."""
    return None if recipient == address else recipient


def event(row: Mapping[str, Any]) -> Event:
    """The event that COLUMNS of a row hold, without its headers."""
    return Event(**{name: row[column] for name, column in COLUMNS.items()})


def new_entry(id_: int, event: Event, happened_at: int, stored_at: int | None, sent: int, held: str) -> Entry:
    """The entry that a new event is: what ``entry`` makes of its row, as long as nothing else is written about it."""
    at = times.from_seconds(happened_at)
    return Entry(
        id_,
        at,
        entry_kind(event.kind, event.action, event.reason),
        event.class_,
        event.feedback_type if event.kind == "complaint" else event.reason,
        event.original_message_id,
        event.proved,
        detail=event.diagnostic_code.replace(ADDRESS_MARK, " "),
        trust=event.trust,
        held=held,
        source=event.source,
        stream=event.stream,
        stream_by=event.stream_by,
        stored_at=_stored_at(stored_at, happened_at, at),
        sent=sent,
        final_recipient=event.final_recipient,
        remote_mta=event.remote_mta,
    )


def entry_columns(charged_in: str) -> str:
    """What to select for ``entry``; ``charged_in`` is the table that says who is charged: events or attributions."""
    facts = (_DERIVED.get(name) or COLUMNS.get(name, name) for name in _FACTS)
    columns = (f"{charged_in}.{name}" if name in (*ATTRIBUTED, "sent") else name for name in facts)
    return ", ".join(("id", "happened", "kind", "action", WHY_UNDONE, *columns))


def entry(row: tuple[Any, ...]) -> Entry:
    """The entry that a row of ``entry_columns`` holds."""
    id_, happened_at, kind, action, undone, *facts = row
    why, incident = facts[_HELD], facts[_EXCUSED]
    facts[_ACCEPTED] = bool(facts[_ACCEPTED]) and undone is None
    facts[_HELD] = undone or why or incident or ""
    facts[_EXCUSED] = why is None and (undone or incident) is not None
    at = times.from_seconds(happened_at)
    facts[_STORED_AT] = _stored_at(facts[_STORED_AT], happened_at, at)
    return Entry(id_, at, entry_kind(kind, action, facts[_REASON]), *facts)


def _stored_at(stored_at: int | None, happened_at: int, at: datetime) -> datetime | None:
    """The datetime of ``stored_at``; most often the ``at`` of ``happened_at``."""
    if stored_at is None:
        return None
    return at if stored_at == happened_at else times.from_seconds(stored_at)
