"""Reads the history of one address from the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from heapq import merge
from itertools import groupby
from typing import Any

from sqlite_utils import Database

from bounced import times
from bounced.ledger import event_rows
from bounced.model import Verdict
from bounced.policy import Entry, Policy, Suppression, ordered

#: Of all events the verdict that they have.
NONE: Mapping[int, Verdict] = {}

#: When an event counts as having happened: see bounced.policy.doubts.dated, which says the last word.
COUNTS_AT = """
CASE WHEN :migrated OR accepted.event IS NOT NULL OR stored_at IS NULL
    OR strftime('%s', stored_at) - strftime('%s', happened_at) <= 86400 THEN happened_at ELSE stored_at END
"""

EVENT = f"""
SELECT {{columns}}, {COUNTS_AT} AS counts_at FROM {{tables}}
LEFT JOIN accepted ON accepted.event = id
LEFT JOIN crowded ON crowded.event = id
WHERE {{condition}}
"""  # noqa: S608

#: An event that named nobody belongs to the address to which it was attributed later.
CHARGED_IN = (
    ("events", "events"),
    ("attributions", "attributions JOIN events ON id = attributions.event AND events.address = ''"),
)


def _events(condition: str) -> str:
    """The statement that selects entries by ``condition``."""
    return " UNION ALL ".join(
        EVENT.format(
            columns=event_rows.entry_columns(charged_in),
            tables=tables,
            condition=condition.format(charged_in=charged_in),
        )
        for charged_in, tables in CHARGED_IN
    )


#: CAST, because SQLite prepares a statement again for each value that it compares with a column of which a partial
#: index asks something (events_unattributed), and that takes ten times as long as the search.
OF_ADDRESS = _events("{charged_in}.address = CAST(:address AS TEXT) AND counts_at > :after")
OF_NUMBERS = _events("id IN (SELECT value FROM json_each(:numbers)) AND +{charged_in}.address <> ''")

DECISIONS = (
    "SELECT id, decided_at, what, scope, cause, why FROM decisions WHERE address = ? AND decided_at > ? "
    "ORDER BY decided_at"
)

SUPPRESSIONS = """
SELECT scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at, detail
FROM suppressions WHERE address = ?
"""


def entries(
    db: Database, address: str, rule: Policy, after: datetime | None = None, verdicts: Mapping[int, Verdict] = NONE
) -> Iterator[Entry]:
    """Every event and decision about ``address`` after a time, as and in the order in which ``rule`` judges them.

    ``verdicts`` are in place of those of the events with these numbers. SQLite sorts them by time, so that not all are
    in memory at once, and those of a second are put in order here.
    """
    since = times.iso(after) if after else ""
    parameters = {"address": address, "after": since, "migrated": rule.migrated}
    rows = db.execute(f"{OF_ADDRESS} ORDER BY counts_at", parameters)
    events = (_judged(dated, verdicts) for dated in map(_entry, rows)) if verdicts else map(_entry, rows)
    dated = merge(events, _decisions(db, address, since), key=_counts_at)
    for _, same in groupby(dated, key=_counts_at):
        yield from ordered((entry for _, entry in same), rule)


def events(db: Database, numbers: Iterable[int], rule: Policy) -> list[Entry]:
    """The events of an address with these numbers, as and in the order in which ``rule`` judges them."""
    parameters = {"numbers": json.dumps(list(numbers)), "migrated": rule.migrated}
    return ordered((entry for _, entry in map(_entry, db.execute(OF_NUMBERS, parameters))), rule)


def _entry(row: tuple[Any, ...]) -> tuple[str, Entry]:
    """When it counts, and the entry."""
    return row[-1], event_rows.entry(row[:-1])


def _judged(dated: tuple[str, Entry], verdicts: Mapping[int, Verdict]) -> tuple[str, Entry]:
    at, entry = dated
    verdict = verdicts.get(entry.id)
    return (at, replace(entry, class_=verdict.class_, reason=verdict.reason)) if verdict else dated


def _decisions(db: Database, address: str, after: str) -> Iterator[tuple[str, Entry]]:
    for id_, decided_at, decision, scope, cause, why in db.execute(DECISIONS, [address, after]):
        yield decided_at, Entry(id_, times.parse(decided_at), decision, scope=scope, cause=cause, detail=why)


def _counts_at(dated: tuple[str, Entry]) -> str:
    return dated[0]


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
