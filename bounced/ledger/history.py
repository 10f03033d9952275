"""Reads what the ledger knows of one address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlite_utils import Database

from bounced import times
from bounced.policy import Entry, Suppression, entry_kind

#: CAST, because SQLite prepares a statement anew for each value that it compares with a column of which a partial
#: index asks something (events_unattributed), and that takes ten times as long as the search.
EVENT = """
SELECT id, happened_at, stored_at, kind, action, class, reason, feedback_type, original_message_id,
    diagnostic_code, {who}.trust, source, {who}.stream, held, accepted.event IS NOT NULL AS accepted,
    coalesce(originals.addresses, 0) AS crowd
FROM {tables}
LEFT JOIN accepted ON accepted.event = id
LEFT JOIN originals ON originals.message_id = original_message_id
WHERE {who}.address = CAST(:address AS TEXT)
"""

#: An event that named nobody belongs to whom it was attributed to later.
EVENTS = " UNION ALL ".join(
    EVENT.format(who=who, tables=tables)
    for who, tables in (
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
    yield from map(_event, db.execute(EVENTS, {"address": address}))
    for id_, decided_at, decided, scope, why in db.execute(DECISIONS, [address]):
        yield Entry(id_, times.parse(decided_at), decided, scope=scope, detail=why)


def sent(db: Database, address: str) -> int:
    """How many messages went to ``address``, as far as the sender's table knows."""
    number: int = db.execute("SELECT count(*) FROM sends WHERE address = ?", [address]).fetchone()[0]
    return number


def suppressions(db: Database, address: str) -> list[Suppression]:
    """What stands in the ledger against ``address``, expired or not."""
    return [suppression(row) for row in db.query(SUPPRESSIONS, [address])]


def suppression(row: dict[str, Any]) -> Suppression:
    """The record that a row of ``suppressions`` or of the view ``suppressed`` stands for."""
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


def _event(row: tuple[Any, ...]) -> Entry:
    id_, happened_at, stored_at, kind, action, class_, reason, feedback_type, message_id, detail, *says_who = row
    trust, source, stream, held, accepted, crowd = says_who
    return Entry(
        id_,
        times.parse(happened_at),
        entry_kind(kind, action),
        class_,
        feedback_type if kind == "complaint" else reason,
        message_id,
        detail=detail,
        trust=trust,
        held=held,
        accepted=bool(accepted),
        source=source,
        stream=stream,
        stored_at=times.parse_or_none(stored_at),
        crowd=crowd,
    )
