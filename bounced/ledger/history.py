"""Reads the history of one address from the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from heapq import merge
from itertools import groupby
from typing import Any, Literal, NamedTuple

from sqlite_utils import Database

from bounced import times
from bounced.ledger import event_rows, sent_records, spelled
from bounced.ledger.suppression_rows import suppression
from bounced.policy import Entry, Policy, State, Suppression, ordered, with_deliveries

#: Whether the brake withholds an address: until a person approves it, which has been done and is to be judged, or until
#: a failure of it is verified.
Withheld = Literal["", "withheld", "approved", "unproved"]

#: What another verdict, or taking a failure back, makes of an entry.
Changed = Callable[[Entry], Entry]

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
    EXISTS (SELECT 1 FROM doubt_rows WHERE doubt_rows.address = texts.id),
    EXISTS (SELECT 1 FROM closed_addresses WHERE closed_addresses.address = value),
    EXISTS (SELECT 1 FROM sends WHERE sends.address = value)
        OR EXISTS (SELECT 1 FROM deliveries WHERE deliveries.address = texts.id),
    coalesce((
        SELECT CASE WHEN resumed THEN 'approved' WHEN unproved THEN 'unproved' ELSE 'withheld' END
        FROM withheld WHERE withheld.address = value
    ), '')
FROM json_each(:addresses) LEFT JOIN texts ON texts.text = value
"""

#: Before the first entry.
NEVER = -(2**62)

#: What was decided about an address, and about what covers it on the allow list.
DECISIONS = """
SELECT id, decided_at, what, scope, cause, why, class, reason, iif(what IN ('allow', 'disallow'), address, origin)
FROM decisions WHERE address = :address AND decided_at > :after
UNION ALL
SELECT decisions.id, decided_at, what, scope, cause, why, class, reason, address
FROM json_each(:covering) AS covering CROSS JOIN decisions ON address = covering.value
WHERE what IN ('allow', 'disallow') AND decided_at > :after
ORDER BY decided_at
"""

#: Which entries are, or were, on the allow list.
ALLOWED = """
SELECT value FROM json_each(?) WHERE EXISTS (
    SELECT 1 FROM decisions WHERE address = value AND what IN ('allow', 'disallow')
)
"""
HAS_ALLOWED = "SELECT 1 FROM decisions WHERE what IN ('allow', 'disallow') LIMIT 1"

SUPPRESSIONS = """
SELECT scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at, detail
FROM suppressions WHERE address = ?
"""
SUPPRESSIONS_OF = """
SELECT suppressions.* FROM json_each(?) AS asked CROSS JOIN suppressions ON suppressions.address = asked.value
"""


NOTHING_NEW: Mapping[str, list[Entry]] = {}


class About(NamedTuple):
    """What there is about an address. ``short`` is its history in order, ``None`` where that may be long."""

    address: str
    short: Sequence[Entry] | None
    kept: bytes | None  # see bounced.ledger.states
    has_decisions: bool
    has_suppressions: bool
    has_doubts: bool
    is_closed: bool = False  # proof of delivery changed nothing so far
    is_recorded: bool = False  # there are records of what was sent
    withheld: Withheld = ""  # by the brake (bounced.ledger.brake)


def about(
    db: Database,
    addresses: Sequence[str],
    rule: Policy,
    limit: int,
    changed: Changed | None = None,
    new: Mapping[str, list[Entry]] = NOTHING_NEW,
) -> dict[str, About]:
    """What there is about each of ``addresses``; the events of those that have at most ``limit``, as ``changed``.

    An address without others than its ``new`` ones needs no reading.
    """
    rows = db.conn.execute(ABOUT, {"addresses": json.dumps(addresses), "limit": limit + 1}).fetchall()
    by_address = {row[0]: new[row[0]] for row in rows if row[0] in new and row[2] + row[3] == len(new[row[0]])}
    short = [row[:4] for row in rows if row[2] + row[3] <= limit and row[0] not in by_address]
    by_address.update((address, []) for address, *_ in short)
    for statement, column in zip(OF_ADDRESSES, (2, 3), strict=True):
        asked = [row[1] for row in short if row[column]]
        parameters = {"addresses": json.dumps(asked), "migrated": rule.migrated}
        for row in db.conn.execute(statement, parameters) if asked else ():
            entry = event_rows.entry(row[:-2])
            by_address[row[-1]].append(changed(entry) if changed else entry)
    in_order = {address: ordered(entries, rule) for address, entries in by_address.items()}
    recorded = [row[0] for row in rows if row[9] and row[0] in in_order]
    for address, sent in (sent_records.records(db, recorded) if recorded else {}).items():
        in_order[address] = list(with_deliveries(partial(iter, in_order[address]), sent, State(), rule))
    about = {row[0]: About(row[0], in_order.get(row[0]), *row[4:]) for row in rows}
    allowed = {address: about[address]._replace(has_decisions=True) for address in _allowed(db, addresses, rule)}
    return {**about, **allowed}


def _allowed(db: Database, addresses: Sequence[str], rule: Policy) -> set[str]:
    """Those of ``addresses`` that are, or were, covered by an entry of the allow list other than themselves."""
    if not db.conn.execute(HAS_ALLOWED).fetchone():
        return set()
    covering = spelled.covering(db.conn, addresses, rule)
    asked = json.dumps(sorted({entry for entries in covering.values() for entry in entries}))
    entries = {entry for (entry,) in db.conn.execute(ALLOWED, [asked])}
    return {address for address, several in covering.items() if not entries.isdisjoint(several)}


def entries(
    db: Database, address: str, rule: Policy, start: State | None = None, changed: Changed | None = None
) -> Iterator[Entry]:
    """Every event, decision and delivery of ``address`` after ``start``, as and in the order in which they are judged.

    What events are is ``changed``.
    """
    state = start or State()
    sent = sent_records.records(db, [address]).get(address, ())
    yield from with_deliveries(partial(_entries, db, address, rule, state.at, changed), sent, state, rule)


def _entries(
    db: Database, address: str, rule: Policy, after: datetime | None, changed: Changed | None
) -> Iterator[Entry]:
    """Every event and decision after a time.

    SQLite sorts them by time, so that not all are in memory at once, and those of a second are put in order here.
    """
    since = times.seconds(after) if after else NEVER
    parameters = {"address": address, "after": since, "migrated": rule.migrated}
    rows = db.execute(f"{OF_ADDRESS} ORDER BY counts_at", parameters)
    events = ((at, changed(entry) if changed else entry) for at, entry in map(_entry, rows))
    dated = merge(events, _decisions(db, address, times.iso_or_none(after) or "", rule), key=_counts_at)
    for _, same in groupby(dated, key=_counts_at):
        yield from ordered((entry for _, entry in same), rule)


def events(db: Database, numbers: Iterable[int], rule: Policy) -> list[Entry]:
    """The events of an address with these numbers, as and in the order in which ``rule`` judges them."""
    parameters = {"numbers": json.dumps(list(numbers)), "migrated": rule.migrated}
    return ordered((entry for _, entry in map(_entry, db.execute(OF_NUMBERS, parameters))), rule)


def _entry(row: tuple[Any, ...]) -> tuple[int, Entry]:
    """When it counts, and the entry."""
    return row[-2], event_rows.entry(row[:-2])


def _decisions(db: Database, address: str, after: str, rule: Policy) -> Iterator[tuple[int, Entry]]:
    covering = json.dumps(spelled.covering(db.conn, [address], rule)[address])
    parameters = {"address": address, "after": after, "covering": covering}
    for id_, decided_at, decision, scope, cause, why, class_, reason, source in db.execute(DECISIONS, parameters):
        at = times.parse(decided_at)
        entry = Entry(id_, at, decision, class_, reason, scope=scope, cause=cause, detail=why, source=source)
        yield times.seconds(at), entry


def _counts_at(dated: tuple[int, Entry]) -> int:
    return dated[0]


def suppressions(db: Database, address: str) -> list[Suppression]:
    """The suppressions of ``address`` in the ledger, expired or not."""
    return [suppression(row) for row in db.query(SUPPRESSIONS, [address])]


def suppressions_of(db: Database, addresses: Iterable[str]) -> dict[str, list[Suppression]]:
    """The same of each of ``addresses``; those without are left out."""
    by_address: dict[str, list[Suppression]] = {}
    for row in db.query(SUPPRESSIONS_OF, [json.dumps(list(addresses))]):
        by_address.setdefault(row["address"], []).append(suppression(row))
    return by_address
