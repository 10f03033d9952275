"""Finds incidents in what was counted, and the events that they hold.

1. What there is depends on the counts, thus on the events, and on what people decided: a replay comes to the same. An
   incident keeps its number as long as it has an hour in common with what it was before.
2. Providers and domains come first. What they explain is no incident of a campaign, and then none of a text.
3. Whenever counts change, units are looked at that may come to something else: those that changed, and those that have
   an incident near; all of them when the change was of the past.
4. An incident holds the failures of its hours; one that was released holds none.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Literal

from sqlite_utils import Database

from bounced.errors import UserError
from bounced.ledger import answers, campaign_sizes, failure_counts
from bounced.ledger.failure_counts import SPANS, Changes, Moved
from bounced.policy import Policy
from bounced.policy.incidents import (
    DIMENSIONS,
    DOMAIN_SILENCE_HOURS,
    HOURS_OF_DAY,
    Count,
    Dimension,
    Incident,
    incidents,
    without,
)
from bounced.policy.units import Failure

IncidentDecision = Literal["discard", "release"]

UNITS = "SELECT unit, level, dimension FROM failure_units"

#: Units with an incident at an hour or not long before it, and those of which one is open.
NEAR = """
SELECT DISTINCT unit FROM incident_spans
WHERE until IS NULL OR (since <= :last + :day AND until + :silence >= :first)
"""

COUNTS = """
SELECT everything.at, coalesce(own.addresses, 0), everything.addresses - coalesce(own.addresses, 0)
FROM failure_counts AS everything
LEFT JOIN failure_counts AS own ON own.unit = :unit AND own.span = everything.span AND own.at = everything.at
WHERE everything.unit = :level AND everything.span = :span ORDER BY everything.at
"""

#: What units of some dimensions have counted in the hours of their incidents.
EXPLAINED = """
SELECT failure_counts.at, sum(addresses) FROM failure_units CROSS JOIN incident_spans USING (unit)
CROSS JOIN failure_counts ON failure_counts.unit = failure_units.unit AND span = :span
    AND (at + 1) * :span > since AND (until IS NULL OR at * :span < until)
WHERE level = :level AND dimension IN (SELECT value FROM json_each(:dimensions)) GROUP BY at
"""

#: The dimensions that come before one, and explain its failures.
BEFORE: dict[Dimension, str] = {"campaign": '["provider"]', "text": '["provider", "campaign"]'}

BEGAN = "SELECT min(at) FROM failure_counts WHERE unit = ? AND span = 1"

#: The first and the last hour of everything, at each level of which a unit is known.
LEVELS = """
SELECT (SELECT min(at) FROM failure_counts WHERE unit = level AND span = 1),
    (SELECT max(at) FROM failure_counts WHERE unit = level AND span = 1)
FROM (SELECT DISTINCT level FROM failure_units)
"""

STORED = "SELECT id, since, found, latest, until FROM incident_spans WHERE unit = ? ORDER BY since"

STANDING = """
SELECT unit, incident_spans.id, since, found, latest, until
FROM json_each(?) CROSS JOIN incident_spans ON unit = value
"""

DECIDED = "SELECT hour, decision FROM incident_decisions WHERE unit = ? ORDER BY id"

NUMBER = """
SELECT max(coalesce((SELECT max(id) FROM incident_spans), 0),
    coalesce((SELECT max(incident) FROM incident_decisions), 0)) + 1
"""

ADDRESSES = """
SELECT DISTINCT text FROM json_each(?) CROSS JOIN event_rows ON event_rows.id = value
LEFT JOIN attribution_rows ON attribution_rows.event = event_rows.id
CROSS JOIN texts ON texts.id = coalesce(attribution_rows.address, event_rows.address)
"""


@dataclass(frozen=True, slots=True)
class IncidentChange:
    """An incident that was opened, or is over, for people. ``dimension`` and ``name`` say of what."""

    number: int
    is_open: bool
    dimension: str
    name: str


@dataclass(slots=True)
class Findings:
    """The events that are held now and were not, or the other way round, and the incidents that changed."""

    events: set[int] = field(default_factory=set)
    changes: list[IncidentChange] = field(default_factory=list)


def follow(db: Database, events: Sequence[int], rule: Policy, moved: Moved | None = None) -> Findings:
    """Counts new ``events`` and those that ``moved``, and finds what incidents come of it."""
    findings = Findings()
    if not rule.incidents.addresses:
        return findings
    changes = failure_counts.add(db, events, rule, moved)
    if concerned := _concerned(db, changes, rule):
        _search(db, concerned, rule, findings)
    _hold_new(db, changes.failures, rule, findings)
    return findings


def rebuild(db: Database, rule: Policy) -> Findings:
    """Counts everything again, and finds all incidents by it."""
    findings = Findings()
    failure_counts.recount(db, rule)
    answers.note_all(db)
    _search(db, {unit for unit, *_ in db.execute(UNITS)}, rule, findings)
    return findings


def is_due(db: Database, day: int) -> bool:
    """True when ``answer`` has something to do: something is to be counted, or another day to be asked for volumes."""
    return bool(answers.asked(db, day)) or (answers.counted_until(db) < day and campaign_sizes.is_asked(db))


def answer(db: Database, day: int, rule: Policy) -> Findings:
    """Finds which incidents are over, or are none, by what is known of sent mail by now.

    Mail that was taken before ``day`` (bounced.ledger.answers), and how large campaigns were.
    """
    findings = Findings()
    if rule.incidents.addresses and (resized := campaign_sizes.ask_again(db)):
        _search(db, resized, rule, findings)
    while rule.incidents.addresses and (changed := answers.count(db, day, rule)):
        _search(db, changed, rule, findings)
    answers.close(db, day)
    return findings


def decide(db: Database, number: int, decision: IncidentDecision, decided_at: str, why: str, rule: Policy) -> Findings:
    """Records what a person decided about an incident. Raises UserError where there is none of that number."""
    row = db.execute("SELECT unit, found FROM incident_spans WHERE id = ?", [number]).fetchone()
    if row is None:
        raise UserError(f"{number}: no incident has this number; see `bounced incidents`")
    sql = "INSERT INTO incident_decisions (decided_at, incident, unit, hour, decision, why) VALUES (?, ?, ?, ?, ?, ?)"
    db.execute(sql, [decided_at, number, *row, decision, why])
    findings = Findings()
    _hold(db, row[0], number, rule, findings)
    return findings


def addresses(db: Database, events: Iterable[int]) -> list[str]:
    """Whom ``events`` charge."""
    charged = list(events)
    return [address for (address,) in db.execute(ADDRESSES, [_json(charged)])] if charged else []


def _concerned(db: Database, changes: Changes, rule: Policy) -> set[int]:
    """The units that may come to something else."""
    levels = db.execute(LEVELS).fetchall() if changes.hours else []
    learn = rule.incidents.learn // timedelta(hours=1)
    if all(latest < began + learn for began, latest in levels):
        return set()  # nothing can be an incident yet
    first, last = min(changes.hours), max(changes.hours)
    if first // HOURS_OF_DAY < max(latest for _, latest in levels) // HOURS_OF_DAY:
        return {unit for unit, *_ in db.execute(UNITS)}
    near = {"first": first, "last": last, "day": HOURS_OF_DAY, "silence": DOMAIN_SILENCE_HOURS}
    return changes.units | {unit for (unit,) in db.execute(NEAR, near)}


def _search(db: Database, concerned: set[int], rule: Policy, findings: Findings) -> None:
    """Finds the incidents of units anew; of all units of the next dimensions, where those explain something else."""
    units = db.execute(UNITS).fetchall()
    for dimension in DIMENSIONS:
        rows = [(unit, level) for unit, level, of in units if of == dimension and unit in concerned]
        is_changed = [_search_one(db, unit, level, dimension, rule, findings) for unit, level in rows]
        if any(is_changed):
            concerned = {unit for unit, *_ in units}


def _search_one(db: Database, unit: int, level: int, dimension: Dimension, rule: Policy, findings: Findings) -> bool:
    """Finds the incidents of a unit anew; true when these are others than before."""
    [(began,)] = db.execute(BEGAN, [level]).fetchall()
    hours, days = (_counts(db, unit, level, dimension, span) for span in SPANS)
    answered = answers.days(db, unit, rule.incidents.answers(dimension))
    size = partial(campaign_sizes.size, db, unit)
    after = incidents(dimension, hours, days, began or 0, rule.incidents, answered, size)
    return _replace(db, unit, after, rule, findings)


def _counts(db: Database, unit: int, level: int, dimension: Dimension, span: int) -> list[Count]:
    """The counts of a unit, without what other incidents explain."""
    counts = [Count(*row) for row in db.execute(COUNTS, {"unit": unit, "level": level, "span": span})]
    if dimension not in BEFORE:
        return counts
    explained = db.execute(EXPLAINED, {"level": level, "span": span, "dimensions": BEFORE[dimension]})
    return without(counts, Counter(dict(explained.fetchall())))


def _replace(db: Database, unit: int, after: Sequence[Incident], rule: Policy, findings: Findings) -> bool:
    """Makes ``after`` the incidents of a unit, each with the number of the one that it was; true if it has others."""
    before = {number: Incident(*row) for number, *row in db.execute(STORED, [unit]).fetchall()}
    if list(before.values()) == list(after):
        return False
    numbered: dict[int, Incident] = {}
    for incident in after:
        known = (number for number, old in before.items() if number not in numbered and old.overlaps(incident))
        numbered[next(known, 0) or _next_number(db, numbered)] = incident
    db.execute("DELETE FROM incident_spans WHERE unit = ?", [unit])
    sql = "INSERT INTO incident_spans (id, unit, since, found, latest, until) VALUES (?, ?, ?, ?, ?, ?)"
    for number, new in numbered.items():
        db.execute(sql, [number, unit, new.since, new.found, new.latest, new.until])
    for number in before.keys() | numbered.keys():
        _follow(db, unit, number, before.get(number), numbered.get(number), rule, findings)
    return True


def _next_number(db: Database, taken: Iterable[int]) -> int:
    [(number,)] = db.execute(NUMBER).fetchall()
    return max(int(number), max(taken, default=0) + 1)


def _follow(
    db: Database, unit: int, number: int, old: Incident | None, new: Incident | None, rule: Policy, findings: Findings
) -> None:
    """Holds what the incident ``number`` holds, and notes whether it was opened or closed."""
    were, are = old is not None and old.until is None, new is not None and new.until is None
    if not (old and new and (old.since, old.until) == (new.since, new.until)):
        _hold(db, unit, number, rule, findings)
    if were != are or (old is None) != (new is None):
        [(dimension, name)] = db.execute("SELECT dimension, name FROM failure_units WHERE unit = ?", [unit]).fetchall()
        findings.changes.append(IncidentChange(number, are, dimension, name))


def _hold(db: Database, unit: int, number: int, rule: Policy, findings: Findings) -> None:
    """Holds the failures of an incident, and no others."""
    held = {event for (event,) in db.execute("SELECT event FROM incident_rows WHERE incident = ?", [number])}
    row = db.execute("SELECT since, found, latest, until FROM incident_spans WHERE id = ?", [number]).fetchone()
    incident = Incident(*row) if row else None
    after: set[int] = set()
    if incident and not _is_released(db, unit, incident):
        failures = failure_counts.of_time(db, incident.since, incident.until, rule)
        after = {failure.event for failure in failures if unit in _units(failure, rule)}
    db.conn.executemany("DELETE FROM incident_rows WHERE event = ? AND incident = ?", _pairs(held - after, number))
    db.conn.executemany("INSERT INTO incident_rows (event, incident) VALUES (?, ?)", _pairs(after - held, number))
    findings.events |= held ^ after


def _hold_new(db: Database, failures: Sequence[Failure], rule: Policy, findings: Findings) -> None:
    """Holds new failures where there is an incident of their units."""
    if not db.execute("SELECT 1 FROM incident_spans LIMIT 1").fetchone():
        return
    units = [(failure, unit) for failure in failures for unit in _units(failure, rule)]
    standing: dict[int, list[tuple[int, Incident]]] = {}
    for unit, number, *row in db.execute(STANDING, [_json({unit for _, unit in units})]).fetchall():
        if not _is_released(db, unit, Incident(*row)):
            standing.setdefault(unit, []).append((number, Incident(*row)))
    held = {
        (failure.event, number)
        for failure, unit in units
        for number, incident in standing.get(unit, ())
        if failure.hour in incident
    }
    db.conn.executemany("INSERT INTO incident_rows (event, incident) VALUES (?, ?) ON CONFLICT DO NOTHING", held)
    findings.events.update(event for event, _ in held)


def _is_released(db: Database, unit: int, incident: Incident) -> bool:
    """True when the latest decision about it says so."""
    decisions = [decision for hour, decision in db.execute(DECIDED, [unit]) if hour in incident]
    return decisions[-1:] == ["release"]


def _units(failure: Failure, rule: Policy) -> set[int]:
    """The numbers of the units whose incidents hold a failure."""
    return {unit.number() for level in failure_counts.levels(failure, rule) for unit in failure.units(level)}


def _pairs(events: Iterable[int], number: int) -> list[tuple[int, int]]:
    return [(event, number) for event in events]


def _json(events: Iterable[int]) -> str:
    return f"[{','.join(map(str, events))}]"
