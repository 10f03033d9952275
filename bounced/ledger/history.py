"""Reads the history of one address from the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlite_utils import Database

from bounced import times
from bounced.ledger import event_rows
from bounced.policy import Entry, Suppression

#: CAST, because SQLite prepares a statement again for each value that it compares with a column of which a partial
#: index asks something (events_unattributed), and that takes ten times as long as the search.
EVENT = """
SELECT {columns} FROM {tables}
LEFT JOIN accepted ON accepted.event = id
LEFT JOIN crowded ON crowded.event = id
WHERE {charged_in}.address = CAST(:address AS TEXT)
"""

#: An event that named nobody belongs to the address to which it was attributed later.
EVENTS = " UNION ALL ".join(
    EVENT.format(columns=event_rows.entry_columns(charged_in), tables=tables, charged_in=charged_in)
    for charged_in, tables in (
        ("events", "events"),
        ("attributions", "attributions JOIN events ON id = attributions.event AND events.address = ''"),
    )
)

DECISIONS = "SELECT id, decided_at, what, scope, why FROM decisions WHERE address = ?"

SUPPRESSIONS = """
SELECT scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at, detail
FROM suppressions WHERE address = ?
"""


def entries(db: Database, address: str) -> Iterator[Entry]:
    """Every event and decision about ``address``, in no particular order."""
    yield from map(event_rows.entry, db.execute(EVENTS, {"address": address}))
    for id_, decided_at, decision, scope, why in db.execute(DECISIONS, [address]):
        yield Entry(id_, times.parse(decided_at), decision, scope=scope, detail=why)


def suppressions(db: Database, address: str) -> list[Suppression]:
    """The suppressions of ``address`` in the ledger, expired or not."""
    return [suppression(row) for row in db.query(SUPPRESSIONS, [address])]


def suppression(row: dict[str, Any]) -> Suppression:
    """The record of a row of ``suppressions`` or of the view ``suppressed``."""
    return Suppression(
        row["scope"],
        row["cause"],
        row["reason"],
        row["class"],
        since=times.parse(row["since"]),
        until=times.parse_or_none(row["until"]),
        bounces=row["bounces"],
        first_bounce_at=times.parse_or_none(row["first_bounce_at"]),
        last_bounce_at=times.parse_or_none(row["last_bounce_at"]),
        detail=row["detail"],
    )
