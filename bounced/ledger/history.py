"""Reads the history of one address from the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import merge
from itertools import groupby
from typing import Any

from sqlite_utils import Database

from bounced import times
from bounced.ledger import event_rows
from bounced.ledger.suppression_rows import suppression
from bounced.model import Verdict
from bounced.policy import Entry, Policy, Suppression, ordered

#: Of all events the verdict that they have.
NONE: Mapping[int, Verdict] = {}

#: When an event counts as having happened: see bounced.policy.doubts.dated, which says the last word.
COUNTS_AT = """
iif(:migrated OR accepted.event IS NOT NULL OR stored IS NULL OR stored - happened <= 86400, happened, stored)
"""

EVENT = f"""
SELECT {{columns}}, {COUNTS_AT} AS counts_at, {{charged_in}}.address AS charged FROM {{tables}}
LEFT JOIN accepted ON accepted.event = id
LEFT JOIN crowd_rows ON crowd_rows.event = id
WHERE {{condition}}
"""  # noqa: S608

#: CROSS: from the address to its attributions, and to their events.
ATTRIBUTED = """
attribution_rows CROSS JOIN attributions ON attributions.event = attribution_rows.event
CROSS JOIN events ON id = attribution_rows.event AND address_id = 0
"""

#: An event that named nobody belongs to the address to which it was attributed later.
CHARGED_IN = (
    ("events", "events", "events.address_id"),
    ("attributions", ATTRIBUTED, "attribution_rows.address"),
)


def _events(condition: str, asked: str = "") -> list[str]:
    """The statements that select entries by ``condition``; ``asked`` are tables to begin with."""
    return [
        EVENT.format(
            columns=event_rows.entry_columns(charged_in),
            charged_in=charged_in,
            tables=f"{asked} {tables}",
            condition=condition.format(address_id=address_id),
        )
        for charged_in, tables, address_id in CHARGED_IN
    ]


def _all_events(condition: str) -> str:
    return " UNION ALL ".join(_events(condition))


OF_ADDRESS = _all_events("{address_id} = (SELECT id FROM texts WHERE text = :address) AND counts_at > :after")
OF_NUMBERS = _all_events("id IN (SELECT value FROM json_each(:numbers)) AND +{address_id} <> 0")
OF_ADDRESSES = _events(
    "{address_id} = asked.number", "(SELECT value AS number FROM json_each(:addresses)) AS asked CROSS JOIN"
)

#: What there is about addresses: numbers of events and attributions, up to a limit, and the rest.
ABOUT = """
SELECT value, coalesce(texts.id, 0),
    (SELECT count(*) FROM (SELECT 1 FROM event_rows WHERE event_rows.address = texts.id LIMIT :limit)),
    (SELECT count(*) FROM (SELECT 1 FROM attribution_rows WHERE attribution_rows.address = texts.id LIMIT :limit)),
    (SELECT kept FROM states WHERE states.address = value),
    EXISTS (SELECT 1 FROM decisions WHERE decisions.address = value),
    EXISTS (SELECT 1 FROM suppressions WHERE suppressions.address = value),
    EXISTS (SELECT 1 FROM doubt_rows WHERE doubt_rows.address = texts.id)
FROM json_each(:addresses) LEFT JOIN texts ON texts.text = value
"""

#: Before the first entry.
NEVER = -(2**62)

DECISIONS = (
    "SELECT id, decided_at, what, scope, cause, why FROM decisions WHERE address = ? AND decided_at > ? "
    "ORDER BY decided_at"
)

SUPPRESSIONS = """
SELECT scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at, detail
FROM suppressions WHERE address = ?
"""


@dataclass(frozen=True, slots=True)
class About:
    """What there is about an address. ``short`` are its events in order, ``None`` where they may be many."""

    address: str
    short: Sequence[Entry] | None
    kept: bytes | None  # see bounced.ledger.states
    has_decisions: bool
    has_suppressions: bool
    has_doubts: bool


def about(db: Database, addresses: Sequence[str], rule: Policy, limit: int) -> dict[str, About]:
    """What there is about each of ``addresses``; the events of those that have at most ``limit``."""
    rows = db.conn.execute(ABOUT, {"addresses": json.dumps(addresses), "limit": limit + 1}).fetchall()
    short = [row[:4] for row in rows if row[2] + row[3] <= limit]
    by_address: dict[str, list[Entry]] = {address: [] for address, *_ in short}
    for statement, column in zip(OF_ADDRESSES, (2, 3), strict=True):
        asked = [row[1] for row in short if row[column]]
        parameters = {"addresses": json.dumps(asked), "migrated": rule.migrated}
        for row in db.conn.execute(statement, parameters) if asked else ():
            by_address[row[-1]].append(_entry(row)[1])
    in_order = {address: ordered(entries, rule) for address, entries in by_address.items()}
    return {row[0]: About(row[0], in_order.get(row[0]), row[4], *map(bool, row[5:])) for row in rows}


def entries(
    db: Database, address: str, rule: Policy, after: datetime | None = None, verdicts: Mapping[int, Verdict] = NONE
) -> Iterator[Entry]:
    """Every event and decision about ``address`` after a time, as and in the order in which ``rule`` judges them.

    ``verdicts`` are in place of those of the events with these numbers. SQLite sorts them by time, so that not all are
    in memory at once, and those of a second are put in order here.
    """
    since = times.seconds(after) if after else NEVER
    parameters = {"address": address, "after": since, "migrated": rule.migrated}
    rows = db.execute(f"{OF_ADDRESS} ORDER BY counts_at", parameters)
    events = (_judged(dated, verdicts) for dated in map(_entry, rows)) if verdicts else map(_entry, rows)
    dated = merge(events, _decisions(db, address, times.iso_or_none(after) or ""), key=_counts_at)
    for _, same in groupby(dated, key=_counts_at):
        yield from ordered((entry for _, entry in same), rule)


def events(db: Database, numbers: Iterable[int], rule: Policy) -> list[Entry]:
    """The events of an address with these numbers, as and in the order in which ``rule`` judges them."""
    parameters = {"numbers": json.dumps(list(numbers)), "migrated": rule.migrated}
    return ordered((entry for _, entry in map(_entry, db.execute(OF_NUMBERS, parameters))), rule)


def _entry(row: tuple[Any, ...]) -> tuple[int, Entry]:
    """When it counts, and the entry."""
    return row[-2], event_rows.entry(row[:-2])


def _judged(dated: tuple[int, Entry], verdicts: Mapping[int, Verdict]) -> tuple[int, Entry]:
    at, entry = dated
    verdict = verdicts.get(entry.id)
    return (at, replace(entry, class_=verdict.class_, reason=verdict.reason)) if verdict else dated


def _decisions(db: Database, address: str, after: str) -> Iterator[tuple[int, Entry]]:
    for id_, decided_at, decision, scope, cause, why in db.execute(DECISIONS, [address, after]):
        at = times.parse(decided_at)
        yield times.seconds(at), Entry(id_, at, decision, scope=scope, cause=cause, detail=why)


def _counts_at(dated: tuple[int, Entry]) -> int:
    return dated[0]


def suppressions(db: Database, address: str) -> list[Suppression]:
    """The suppressions of ``address`` in the ledger, expired or not."""
    return [suppression(row) for row in db.query(SUPPRESSIONS, [address])]
