"""Counts how many addresses fail in each hour, and on each day, for all that may have an incident.

1. An address counts once for a unit in an hour, and once on a day. So the counts depend on the events alone, not on the
   order in which they came.
2. Only failures that count by themselves are counted: trusted enough, for this mailbox, of no crowd, and of a class
   that has a limit.
3. What counts without proof is counted for each source apart: a crowd that somebody makes up shows nothing of what
   others report. Without own domains all count alike.
4. What addresses had that were erased stays, as numbers: rows with a negative ``span``, which a recount adds again.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from bounced import times
from bounced.address import by_tenant, of_tenant
from bounced.ledger import old_events
from bounced.ledger.schema.views import ADDRESS_MARK
from bounced.model import Trust
from bounced.policy import Policy
from bounced.policy.doubts import RANK
from bounced.policy.incidents import HOURS_OF_DAY
from bounced.policy.past import NEVER
from bounced.policy.units import Failure, Level, Unit

#: The hours of a count.
SPANS = (1, HOURS_OF_DAY)

SECONDS_OF_HOUR = 3600
SECONDS_OF_DAY = 86400

#: Addresses whose failures are read together.
ADDRESSES_LIMIT = 500

#: The day and the address of failures: those of an address that was found later are of this one.
DAYS_OF = """
SELECT DISTINCT coalesce(attribution_rows.address, event_rows.address), happened_at / 86400
FROM json_each(?) CROSS JOIN event_rows ON event_rows.id = value CROSS JOIN verdicts ON verdicts.id = verdict
LEFT JOIN attribution_rows ON attribution_rows.event = event_rows.id
WHERE action = 'failed'
"""

_FAILURES = """
SELECT event_rows.id, addresses.text, happened_at / 3600, reason, {trust}, routes.source, remote_mta, campaigns.text,
    passages.text
FROM {tables}
CROSS JOIN verdicts ON verdicts.id = verdict CROSS JOIN routes ON routes.id = route
LEFT JOIN texts AS addresses ON addresses.id = {charged_in}.address
LEFT JOIN texts AS campaigns ON campaigns.id = {charged_in}.campaign
LEFT JOIN passages ON passages.id = diagnostic_code
WHERE action = 'failed' AND held = '' AND class IN (SELECT value FROM json_each(:classes))
    AND NOT EXISTS (SELECT 1 FROM crowd_rows WHERE event = event_rows.id)
"""
_NAMED: dict[str, str] = {"trust": "verdicts.trust", "charged_in": "event_rows"}
_ATTRIBUTED: dict[str, str] = {
    "trust": "(SELECT text FROM texts WHERE id = attribution_rows.trust)",
    "charged_in": "attribution_rows",
}
_ASKED = """
(SELECT value ->> 0 AS address, value ->> 1 AS since, value ->> 2 AS until FROM json_each(:asked)) AS asked
"""
_OF_ADDRESS = """CROSS JOIN event_rows ON event_rows.address = asked.address
AND happened_at >= asked.since AND happened_at < asked.until"""
_OF_ATTRIBUTION = """CROSS JOIN attribution_rows ON attribution_rows.address = asked.address
CROSS JOIN event_rows ON event_rows.id = attribution_rows.event AND event_rows.address = 0
AND happened_at >= asked.since AND happened_at < asked.until"""

#: Of addresses, each within its times; and all of a time.
OF_ADDRESSES = (
    _FAILURES.format(tables=f"{_ASKED} {_OF_ADDRESS}", **_NAMED),
    _FAILURES.format(tables=f"{_ASKED} {_OF_ATTRIBUTION}", **_ATTRIBUTED),
)
_BETWEEN = "AND happened_at >= :since AND happened_at < :until"
OF_TIME = (
    f"{_FAILURES.format(tables='event_rows', **_NAMED)} AND event_rows.address <> 0 {_BETWEEN}",
    _FAILURES.format(
        tables="event_rows CROSS JOIN attribution_rows ON attribution_rows.event = event_rows.id", **_ATTRIBUTED
    )
    + f" AND event_rows.address = 0 {_BETWEEN}",
)

ADD = """
INSERT INTO failure_counts (unit, span, at, addresses)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?) WHERE true
ON CONFLICT DO UPDATE SET addresses = addresses + excluded.addresses
"""

FORGET = "DELETE FROM failure_counts WHERE span > 0 AND at * span * ? >= ?"

ADD_ERASED = """
INSERT INTO failure_counts (unit, span, at, addresses)
SELECT unit, -span, at, addresses FROM failure_counts WHERE span < 0 AND at * -span * ? >= ?
ON CONFLICT DO UPDATE SET addresses = addresses + excluded.addresses
"""

NOW = """
SELECT unit, span, at, addresses FROM json_each(?) CROSS JOIN failure_counts
ON unit = value ->> 0 AND span = value ->> 1 AND at = value ->> 2
"""

KNOW = """
INSERT INTO failure_units (unit, level, dimension, name, trust, tenant) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET tenant = excluded.tenant WHERE tenant <> excluded.tenant
"""

IDS = "SELECT id FROM texts WHERE text IN (SELECT value FROM json_each(?))"

CHARGED = """
SELECT DISTINCT address FROM event_rows WHERE address > ?
UNION SELECT DISTINCT address FROM attribution_rows WHERE address > ? ORDER BY 1 LIMIT ?
"""


@dataclass(slots=True)
class Changes:
    """What was counted: the units that are known by now, the hours and levels that changed, and the new failures."""

    units: set[int] = field(default_factory=set)
    levels: set[int] = field(default_factory=set)
    hours: set[int] = field(default_factory=set)
    failures: list[Failure] = field(default_factory=list)


@dataclass(slots=True)
class Moved:
    """Events that are not counted any more, and the hours and levels at which they were."""

    events: set[int] = field(default_factory=set)
    levels: set[int] = field(default_factory=set)
    hours: set[int] = field(default_factory=set)


def level(failure: Failure, rule: Policy) -> Level:
    """With what a failure is counted."""
    is_open = bool(rule.count) and failure.trust != "verified"
    return Level(failure.trust, _of_tenant(failure, failure.source if is_open else ""))


def levels(failure: Failure, rule: Policy) -> set[Level]:
    """Whose incidents hold a failure: those of its own level, and what is proved."""
    return {level(failure, rule), Level("verified", _of_tenant(failure, ""))}


def _of_tenant(failure: Failure, source: str) -> str:
    """``source`` for the tenant of a failure: one's incident holds nothing of another's."""
    tenant, _ = by_tenant(failure.address)
    return of_tenant(tenant, source)


def of_time(db: Database, since: int, until: int, rule: Policy) -> Iterator[Failure]:
    """The failures of the hours from ``since`` on and before ``until``."""
    end = min(until * SECONDS_OF_HOUR, NEVER)
    yield from _read(db, OF_TIME, {"since": since * SECONDS_OF_HOUR, "until": end}, rule)


def add(db: Database, events: Iterable[int], rule: Policy, moved: Moved | None = None) -> Changes:
    """Counts new ``events``, those that are failures, and those that ``moved``, at their new dates."""
    changes, new = Changes(), set(events)
    if moved:
        new, changes.hours, changes.levels = new | moved.events, set(moved.hours), set(moved.levels)
    failures = list(_of_days(db, new, rule))
    changes.failures = [failure for failure in failures if failure.event in new]
    before = {count for failure in failures if failure.event not in new for count in _counted(failure, rule)}
    after = {count for failure in changes.failures for count in _counted(failure, rule)}
    _write(db, Counter((unit, span, at) for _, unit, span, at in after - before), rule, changes)
    return changes


def remove(db: Database, events: Sequence[int], rule: Policy, moved: Moved, new: Set[int]) -> None:
    """Uncounts ``events``, whose dates are about to change; those that are ``new`` are not counted yet."""
    leaving = set(events) - moved.events - new
    failures = [it for it in _of_days(db, leaving, rule) if it.event not in new and it.event not in moved.events]
    stay = {count for failure in failures if failure.event not in leaving for count in _counted(failure, rule)}
    leave = {count for failure in failures if failure.event in leaving for count in _counted(failure, rule)}
    gone = Counter((unit, span, at) for _, unit, span, at in leave - stay)
    changes = Changes()
    _write(db, Counter({key: -number for key, number in gone.items()}), rule, changes)
    db.execute("DELETE FROM incident_rows WHERE event IN (SELECT value FROM json_each(?))", [json.dumps(list(leaving))])
    moved.events |= leaving
    moved.hours |= changes.hours
    moved.levels |= changes.levels


def _of_days(db: Database, events: Set[int], rule: Policy) -> Iterator[Failure]:
    """The failures of the addresses of ``events`` on the days of these."""
    asked = db.conn.execute(DAYS_OF, [json.dumps(list(events))]).fetchall() if events else ()
    times = [(address, day * SECONDS_OF_DAY, (day + 1) * SECONDS_OF_DAY) for address, day in asked if address]
    if times:
        yield from _read(db, OF_ADDRESSES, {"asked": json.dumps(times)}, rule)


def recount(db: Database, rule: Policy) -> None:
    """Counts everything again from the day on since when events are whole: what is older stays as it was counted."""
    since, last = _whole_since(db), 0
    db.execute(FORGET, [SECONDS_OF_HOUR, since])
    while addresses := [row for (row,) in db.execute(CHARGED, [last, last, ADDRESSES_LIMIT])]:
        last = addresses[-1]
        _write(db, _counts_since(db, addresses, since, rule), rule, Changes())
    db.execute(ADD_ERASED, [SECONDS_OF_HOUR, since])


def note_erased(db: Database, addresses: Sequence[str], rule: Policy) -> None:
    """Notes what was counted of ``addresses``, keys, which are about to be erased."""
    ids = [id_ for (id_,) in db.execute(IDS, [json.dumps(addresses)])]
    counts = _counts_since(db, ids, _whole_since(db), rule)
    rows = [(unit.number(), -span, at, addresses) for (unit, span, at), addresses in counts.items()]
    db.execute(ADD, [json.dumps(rows)])


def _counts_since(db: Database, ids: Iterable[int], since: int, rule: Policy) -> Counter[tuple[Unit, int, int]]:
    """How many of the addresses with these ``ids`` failed: of which unit, in which span, when."""
    asked = json.dumps([(id_, since, NEVER) for id_ in ids])
    failures = _read(db, OF_ADDRESSES, {"asked": asked}, rule)
    counted = {count for failure in failures for count in _counted(failure, rule)}
    return Counter((unit, span, at) for _, unit, span, at in counted)


def _whole_since(db: Database) -> int:
    """The beginning (seconds since 1970) of the first day of which no event has been deleted for its age."""
    whole_since = old_events.whole_since(db)
    return (times.seconds(times.parse(whole_since)) // SECONDS_OF_DAY + 1) * SECONDS_OF_DAY if whole_since else -NEVER


def _counted(failure: Failure, rule: Policy) -> Iterator[tuple[str, Unit, int, int]]:
    """What it is counted for: the address, the unit, and the time."""
    of = level(failure, rule)
    for unit in (Unit("", "", of), *failure.units(of)):
        for span in SPANS:
            yield failure.address, unit, span, failure.hour // span


def _read(db: Database, statements: Iterable[str], parameters: dict[str, Any], rule: Policy) -> Iterator[Failure]:
    """The failures that count by themselves."""
    classes = json.dumps([class_ for class_, limit in rule.limits.items() if limit.bounces])
    required: Trust = rule.count.get("bounce", "unverified")
    for statement in statements:
        for *facts, text in db.conn.execute(statement, {**parameters, "classes": classes}):
            failure = Failure(*[*facts, text.replace(ADDRESS_MARK, " ")])
            if RANK[failure.trust] >= RANK[required]:
                yield failure


def _write(db: Database, counts: Counter[tuple[Unit, int, int]], rule: Policy, changes: Changes) -> None:
    """Adds ``counts``, and notes in ``changes`` what they are of."""
    rows = [(unit.number(), span, at, addresses) for (unit, span, at), addresses in counts.items()]
    if not rows:
        return
    db.execute(ADD, [json.dumps(rows)])
    if any(addresses < 0 for *_, addresses in rows):
        db.execute("DELETE FROM failure_counts WHERE addresses = 0")
    changes.hours.update(at * span for _, span, at, _ in rows)
    changes.levels.update(unit.level.unit() for unit, *_ in counts)
    asked = json.dumps([row[:3] for row in rows])
    numbers = {(unit, span, at): addresses for unit, span, at, addresses in db.execute(NOW, [asked])}
    known: dict[int, tuple[int, int, str, str, str, str]] = {}
    for (unit, span, at), (number, *_) in zip(counts, rows, strict=True):
        if unit.dimension and numbers.get((number, span, at), 0) >= rule.incidents.minimum(unit.dimension):
            tenant, _ = by_tenant(unit.level.source)
            known[number] = (number, unit.level.unit(), unit.dimension, unit.name, unit.level.trust, tenant)
    db.conn.executemany(KNOW, known.values())
    changes.units.update(known)
