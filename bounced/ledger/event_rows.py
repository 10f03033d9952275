"""Events as rows of ``event_rows`` and of the view ``events``, and as records again: the one list of their columns.

The columns are those fields of bounced.model.Event that are not headers, and what the history of an address needs of
them are the fields of bounced.policy.Entry. So a fact that is added to either needs a column (a migration), and nothing
in here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from bounced import times
from bounced.ledger.schema.views import PARTS
from bounced.ledger.shared_rows import SharedRows
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

#: Fields of an entry that are not the column of their name.
_DERIVED = {
    "reason": "CASE kind WHEN 'complaint' THEN feedback_type ELSE reason END",
    "scope": "''",  # only decisions have one
    "cause": "''",  # the same
    "detail": "diagnostic_code",
    "accepted": "accepted.event IS NOT NULL",
    "held": "coalesce(nullif(held, ''), crowded.why, '')",
}

#: The fields of an entry behind its id, time and kind.
_FACTS = Entry.__match_args__[3:]
_ACCEPTED, _STORED_AT = _FACTS.index("accepted"), _FACTS.index("stored_at")


def row(event: Event, held: str, shared: SharedRows) -> dict[str, Any]:
    """The columns of ``event_rows`` that hold ``event`` and why it is held, with the rows that it shares."""
    facts = {"held": held, **{column: getattr(event, name) for name, column in COLUMNS.items()}}
    facts["headers"] = shared.passage(_json(event.headers))
    return {
        **{name: shared.text(facts[name]) for name in ("address", "campaign")},
        "diagnostic_code": shared.passage(event.diagnostic_code),
        **{name: _unless(event.address, facts[name]) for name in ("final_recipient", "original_recipient")},
        **{part: shared.of(table, facts) for table, part in PARTS.items()},
    }


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


def entry_columns(charged_in: str) -> str:
    """What to select for ``entry``; ``charged_in`` is the table that says who is charged: events or attributions."""
    facts = (_DERIVED.get(name) or COLUMNS.get(name, name) for name in _FACTS)
    columns = (f"{charged_in}.{name}" if name in (*ATTRIBUTED, "sent") else name for name in facts)
    return ", ".join(("id", "happened_at", "kind", "action", *columns))


def entry(row: tuple[Any, ...]) -> Entry:
    """The entry that a row of ``entry_columns`` holds."""
    id_, happened_at, kind, action, *facts = row
    facts[_ACCEPTED] = bool(facts[_ACCEPTED])
    facts[_STORED_AT] = times.parse_or_none(facts[_STORED_AT])
    return Entry(id_, times.parse(happened_at), entry_kind(kind, action), *facts)
