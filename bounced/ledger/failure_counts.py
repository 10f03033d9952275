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
from typing import Any, Literal

from sqlite_utils import Database

from bounced import times
from bounced.address import by_tenant, of_tenant
from bounced.ledger import new_rows, old_events
from bounced.ledger.schema.views import ADDRESS_MARK
from bounced.policy import Policy
from bounced.policy.doubts import trusted
from bounced.policy.incidents import HOURS_OF_DAY
from bounced.policy.past import NEVER
from bounced.policy.units import Failure, Level, Unit, unit_number

#: The hours of a count.
SPANS = (1, HOURS_OF_DAY)

SECONDS_OF_HOUR = 3600
SECONDS_OF_DAY = 86400

#: What an address is counted for, each once: the address, the number of the unit, the span and the time; and the unit.
Counts = dict[tuple[str, int, int, int], Unit]

#: Addresses whose failures are read together.
ADDRESSES_LIMIT = 500

#: The addresses of failures, each with their days: those of an address that was found later are of this one.
_DAYS_OF_EVENTS = """
SELECT DISTINCT coalesce(attribution_rows.address, event_rows.address) AS address,
    happened_at / 86400 * 86400 AS since, (happened_at / 86400 + 1) * 86400 AS until
FROM json_each(:events) CROSS JOIN event_rows ON event_rows.id = value CROSS JOIN verdicts ON verdicts.id = verdict
LEFT JOIN attribution_rows ON attribution_rows.event = event_rows.id
WHERE action = 'failed' AND coalesce(attribution_rows.address, event_rows.address) <> 0
"""

_FAILURES = """
SELECT event_rows.id, addresses.text, happened_at / 3600, reason, {trust}, routes.source, remote_mta, campaigns.text,
    replace(passages.text, char({mark}), ' ')
FROM {tables}
CROSS JOIN verdicts ON verdicts.id = verdict CROSS JOIN routes ON routes.id = route
LEFT JOIN texts AS addresses ON addresses.id = {charged_in}.address
LEFT JOIN texts AS campaigns ON campaigns.id = {charged_in}.campaign
LEFT JOIN passages ON passages.id = diagnostic_code
WHERE action = 'failed' AND held = '' AND class IN (SELECT value FROM json_each(:classes))
    AND {trust} IN (SELECT value FROM json_each(:trusts))
    AND NOT EXISTS (SELECT 1 FROM crowd_rows WHERE event = event_rows.id)
"""
_NAMED: dict[str, str] = {"trust": "verdicts.trust", "charged_in": "event_rows", "mark": str(ord(ADDRESS_MARK))}
_ATTRIBUTED: dict[str, str] = {
    **_NAMED,
    "trust": "(SELECT text FROM texts WHERE id = attribution_rows.trust)",
    "charged_in": "attribution_rows",
}
_OF_ADDRESS = """({asked}) AS asked CROSS JOIN event_rows ON event_rows.address = asked.address
AND happened_at >= asked.since AND happened_at < asked.until"""
_OF_ATTRIBUTION = """({asked}) AS asked CROSS JOIN attribution_rows ON attribution_rows.address = asked.address
CROSS JOIN event_rows ON event_rows.id = attribution_rows.event AND event_rows.address = 0
AND happened_at >= asked.since AND happened_at < asked.until"""
#: Asked for in each half: of a table that both share SQLite knows the size, and makes a Bloom filter of all events.
_OF_ASKED = f"""
{_FAILURES.format(tables=_OF_ADDRESS, **_NAMED)} UNION ALL {_FAILURES.format(tables=_OF_ATTRIBUTION, **_ATTRIBUTED)}
"""
_ATTRIBUTION = "attribution_rows ON attribution_rows.event = event_rows.id"
_BETWEEN = "AND happened_at >= :since AND happened_at < :until"

#: Of addresses on the days of some of their events; of addresses in a time; and all of a time.
OF_DAYS = _OF_ASKED.format(asked=_DAYS_OF_EVENTS)
OF_ADDRESSES = _OF_ASKED.format(asked="SELECT value AS address, :since AS since, :until AS until FROM json_each(:all)")
OF_TIME = f"""
{_FAILURES.format(tables="event_rows", **_NAMED)} AND event_rows.address <> 0 {_BETWEEN}
UNION ALL
{_FAILURES.format(tables=f"event_rows CROSS JOIN {_ATTRIBUTION}", **_ATTRIBUTED)} AND event_rows.address = 0 {_BETWEEN}
"""

ADD = """
INSERT INTO failure_counts (unit, span, at, addresses) VALUES {rows}
ON CONFLICT DO UPDATE SET addresses = addresses + excluded.addresses RETURNING unit, addresses
"""

FORGET = "DELETE FROM failure_counts WHERE span > 0 AND at * span * ? >= ?"

ADD_ERASED = """
INSERT INTO failure_counts (unit, span, at, addresses)
SELECT unit, -span, at, addresses FROM failure_counts WHERE span < 0 AND at * -span * ? >= ?
ON CONFLICT DO UPDATE SET addresses = addresses + excluded.addresses
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
    return _read(db, OF_TIME, {"since": since * SECONDS_OF_HOUR, "until": end}, rule)


def add(db: Database, events: Iterable[int], rule: Policy, moved: Moved | None = None) -> Changes:
    """Counts new ``events``, those that are failures, and those that ``moved``, at their new dates."""
    changes, new = Changes(), set(events)
    if moved:
        new, changes.hours, changes.levels = new | moved.events, set(moved.hours), set(moved.levels)
    failures = list(_of_days(db, new, rule))
    changes.failures = [failure for failure in failures if failure.event in new]
    before = _counted((failure for failure in failures if failure.event not in new), rule)
    _write(db, _without(_counted(changes.failures, rule), before), 1, rule, changes)
    return changes


def remove(db: Database, events: Sequence[int], rule: Policy, moved: Moved, new: Set[int]) -> None:
    """Uncounts ``events``, whose dates are about to change; those that are ``new`` are not counted yet."""
    leaving = set(events) - moved.events - new
    failures = [it for it in _of_days(db, leaving, rule) if it.event not in new and it.event not in moved.events]
    stay = _counted((failure for failure in failures if failure.event not in leaving), rule)
    leave = _counted((failure for failure in failures if failure.event in leaving), rule)
    changes = Changes()
    _write(db, _without(leave, stay), -1, rule, changes)
    db.execute("DELETE FROM incident_rows WHERE event IN (SELECT value FROM json_each(?))", [json.dumps(list(leaving))])
    moved.events |= leaving
    moved.hours |= changes.hours
    moved.levels |= changes.levels


def _of_days(db: Database, events: Set[int], rule: Policy) -> Iterator[Failure]:
    """The failures of the addresses of ``events`` on the days of these."""
    return _read(db, OF_DAYS, {"events": json.dumps(list(events))}, rule) if events else iter(())


def recount(db: Database, rule: Policy) -> None:
    """Counts everything again from the day on since when events are whole: what is older stays as it was counted."""
    since, last = _whole_since(db), 0
    db.execute(FORGET, [SECONDS_OF_HOUR, since])
    while addresses := [row for (row,) in db.execute(CHARGED, [last, last, ADDRESSES_LIMIT])]:
        last = addresses[-1]
        _write(db, _counted_since(db, addresses, since, rule), 1, rule, Changes())
    db.execute(ADD_ERASED, [SECONDS_OF_HOUR, since])


def note_erased(db: Database, addresses: Sequence[str], rule: Policy) -> None:
    """Notes what was counted of ``addresses``, keys, which are about to be erased."""
    ids = [id_ for (id_,) in db.execute(IDS, [json.dumps(addresses)])]
    counts = Counter(key[1:] for key in _counted_since(db, ids, _whole_since(db), rule))
    new_rows.execute(db, ADD, [(number, -span, at, failed) for (number, span, at), failed in counts.items()])


def _counted_since(db: Database, ids: Sequence[int], since: int, rule: Policy) -> Counts:
    """What the failures of the addresses with these ``ids`` are counted for."""
    asked = {"all": json.dumps(ids), "since": since, "until": NEVER}
    return _counted(_read(db, OF_ADDRESSES, asked, rule), rule)


def _whole_since(db: Database) -> int:
    """The beginning (seconds since 1970) of the first day of which no event has been deleted for its age."""
    whole_since = old_events.whole_since(db)
    return (times.seconds(times.parse(whole_since)) // SECONDS_OF_DAY + 1) * SECONDS_OF_DAY if whole_since else -NEVER


def _counted(failures: Iterable[Failure], rule: Policy) -> Counts:
    """What they are counted for."""
    counts: Counts = {}
    for failure in failures:
        of = level(failure, rule)
        for unit in (Unit("", "", of), *failure.units(of)):
            number = unit_number(unit)
            for span in SPANS:
                counts[failure.address, number, span, failure.hour // span] = unit
    return counts


def _without(counts: Counts, others: Counts) -> Counts:
    return {key: unit for key, unit in counts.items() if key not in others}


def _read(db: Database, statement: str, parameters: dict[str, Any], rule: Policy) -> Iterator[Failure]:
    """The failures that count by themselves."""
    classes = json.dumps([class_ for class_, limit in rule.limits.items() if limit.bounces])
    trusts = json.dumps(trusted(rule.count.get("bounce", "unverified")))
    return map(Failure._make, db.conn.execute(statement, {**parameters, "classes": classes, "trusts": trusts}))


def _write(db: Database, counts: Counts, each: Literal[1, -1], rule: Policy, changes: Changes) -> None:
    """Adds ``each`` for each of ``counts``, and notes in ``changes`` what they are of."""
    numbers = Counter(key[1:] for key in counts)
    units = {key[1]: unit for key, unit in counts.items()}
    now = new_rows.execute(db, ADD, [(*key, each * addresses) for key, addresses in numbers.items()])
    if counts and each < 0:
        db.execute("DELETE FROM failure_counts WHERE addresses = 0")
    changes.hours.update(at * span for _, span, at in numbers)
    changes.levels.update(of.unit() for of in {unit.level for unit in units.values()})
    known: dict[int, tuple[int, int, str, str, str, str]] = {}
    for number, addresses in now:
        unit = units[number]
        if unit.dimension and addresses >= rule.incidents.minimum(unit.dimension):
            tenant, _ = by_tenant(unit.level.source)
            known[number] = (number, unit.level.unit(), unit.dimension, unit.name, unit.level.trust, tenant)
    db.conn.executemany(KNOW, known.values())
    changes.units.update(known)
