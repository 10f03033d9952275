"""Finds incidents in what was counted, and the events that they hold.

1. What there is depends on the counts, thus on the events, and on what people decided: a replay comes to the same. An
   incident keeps its number as long as it has an hour in common with what it was before.
2. Providers and domains come first. What they explain is no incident of a campaign, and then none of a text.
3. Whenever counts change, units are looked at that may come to something else: those that changed, those that may have
   an incident near (``suspected_spans``), and what depends on others that fail at the same time; all of their level
   when the change was of the past. The search begins where the last one knew that everything was over
   (bounced.ledger.search_starts).
4. An incident holds the failures of its hours (bounced.ledger.incident_holds).

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Literal

from sqlite_utils import Database

from bounced.ledger import answers, campaign_sizes, failure_counts, incident_holds, search_starts
from bounced.ledger.failure_counts import SPANS, Changes, Moved
from bounced.policy import Policy
from bounced.policy.incidents import (
    DIMENSIONS,
    DOMAIN_SILENCE_HOURS,
    HOURS_OF_DAY,
    Dimension,
    Incident,
    search,
    without,
)
from bounced.policy.past import NEVER, Count

IncidentDecision = Literal["discard", "release"]

UNITS = "SELECT unit FROM failure_units"
UNITS_OF_LEVELS = "SELECT unit FROM failure_units WHERE level IN (SELECT value FROM json_each(?))"
UNITS_OF_DIMENSION = """
SELECT unit, level FROM failure_units WHERE dimension = ? AND unit IN (SELECT value FROM json_each(?))
"""

#: Units that may have an incident at an hour or not long before it, and those of which one is open.
NEAR = """
SELECT DISTINCT unit FROM suspected_spans
WHERE until IS NULL OR (since <= :last + :day AND until + :silence >= :first)
"""

#: Units of which enough addresses failed at some times for what others explain, or failed besides, to tell. As a join,
#: SQLite would read all counts for a Bloom filter.
LARGE = """
SELECT unit FROM failure_units
WHERE level IN (SELECT value FROM json_each(:levels)) AND dimension IN ('campaign', 'text')
    AND EXISTS (
        SELECT 1 FROM json_each(:times) CROSS JOIN failure_counts ON failure_counts.unit = failure_units.unit
            AND span = value ->> 0 AND at = value ->> 1
        WHERE addresses >= :minimum
    )
"""

SUSPECT = "INSERT INTO suspected_spans (unit, since, until) VALUES (?, ?, ?)"
SUSPECT_NO_MORE = "DELETE FROM suspected_spans WHERE unit = ? AND since >= ?"

COUNTS = """
SELECT everything.at, coalesce(own.addresses, 0), everything.addresses - coalesce(own.addresses, 0)
FROM failure_counts AS everything
LEFT JOIN failure_counts AS own ON own.unit = :unit AND own.span = everything.span AND own.at = everything.at
WHERE everything.unit = :level AND everything.span = :span AND everything.at >= :first / :span
ORDER BY everything.at
"""

#: The incidents of some dimensions that were not over at an hour, and what was counted in their hours: two statements,
#: for the same reason.
EXPLAINING = """
SELECT unit, since, coalesce(until, :never) FROM failure_units CROSS JOIN incident_spans USING (unit)
WHERE level = :level AND dimension IN (SELECT value FROM json_each(:dimensions)) AND coalesce(until, :never) > :first
"""
EXPLAINED = """
SELECT at, addresses FROM failure_counts WHERE unit = :unit AND span = :span
    AND at >= max(:first, :since) / :span AND at < (:until + :span - 1) / :span
"""

#: The dimensions that come before one, and explain its failures; and the other way round.
BEFORE: dict[Dimension, str] = {"campaign": '["provider"]', "text": '["provider", "campaign"]'}
AFTER: dict[Dimension, str] = {"provider": '["campaign", "text"]', "domain": "[]", "campaign": '["text"]', "text": "[]"}
EXPLAINS = "SELECT unit FROM failure_units WHERE level = ? AND dimension IN (SELECT value FROM json_each(?))"

BEGAN = "SELECT min(at) FROM failure_counts WHERE unit = ? AND span = 1"

#: The first and the last hour of everything, at some levels.
LEVELS = """
SELECT * FROM (
    SELECT (SELECT min(at) FROM failure_counts WHERE unit = value AND span = 1) AS began,
        (SELECT max(at) FROM failure_counts WHERE unit = value AND span = 1) AS latest
    FROM json_each(?)
) WHERE began IS NOT NULL
"""

STORED = "SELECT id, since, found, latest, until FROM incident_spans WHERE unit = ? ORDER BY since"

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
    if changes.hours:
        search_starts.forget_levels(db, changes.levels, min(changes.hours))
        _search(db, _concerned(db, changes, rule), rule, findings, min(changes.hours))
    findings.events |= incident_holds.hold_new(db, changes.failures, rule)
    return findings


def rebuild(db: Database, rule: Policy) -> Findings:
    """Counts everything again, and finds all incidents by it, and what those hold that are as they were."""
    findings = Findings()
    failure_counts.recount(db, rule)
    answers.note_all(db)
    search_starts.forget_all(db)
    _search(db, {unit for (unit,) in db.execute(UNITS)}, rule, findings)
    findings.events |= incident_holds.hold_all(db, rule)
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
        _search_from(db, resized, rule, findings)
    while rule.incidents.addresses and (changed := answers.count(db, day, rule)):
        _search_from(db, changed, rule, findings)
    answers.close(db, day)
    return findings


def decide(db: Database, number: int, decision: IncidentDecision, decided_at: str, why: str, rule: Policy) -> Findings:
    """Records what a person decided about an incident. Raises UserError where there is none of that number."""
    unit, incident = incident_holds.stored(db, number)
    before = incident_holds.holding(db, unit, incident)
    sql = "INSERT INTO incident_decisions (decided_at, incident, unit, hour, decision, why) VALUES (?, ?, ?, ?, ?, ?)"
    db.execute(sql, [decided_at, number, unit, incident.found, decision, why])
    after = incident_holds.holding(db, unit, incident)
    return Findings(incident_holds.move(db, unit, number, before, after, rule))


def addresses(db: Database, events: Iterable[int]) -> list[str]:
    """Whom ``events`` charge."""
    charged = list(events)
    return [address for (address,) in db.execute(ADDRESSES, [_json(charged)])] if charged else []


def _of_levels(db: Database, levels: Iterable[int]) -> set[int]:
    """The units that are counted with these."""
    return {unit for (unit,) in db.execute(UNITS_OF_LEVELS, [_json(levels)])}


def _concerned(db: Database, changes: Changes, rule: Policy) -> set[int]:
    """The units that may come to something else."""
    levels = db.execute(LEVELS, [_json(changes.levels)]).fetchall()
    learn = rule.incidents.learn // timedelta(hours=1)
    if all(latest < began + learn for began, latest in levels):
        return set()  # nothing can be an incident yet
    first, last = min(changes.hours), max(changes.hours)
    hours = {"first": first, "last": last, "day": HOURS_OF_DAY, "silence": DOMAIN_SILENCE_HOURS}
    near = changes.units | {unit for (unit,) in db.execute(NEAR, hours)}
    is_past = first // HOURS_OF_DAY < max(latest for _, latest in levels) // HOURS_OF_DAY
    return near | (_of_levels(db, changes.levels) if is_past else _large(db, changes, rule))


def _large(db: Database, changes: Changes, rule: Policy) -> set[int]:
    """The campaigns and texts that what else was counted at the same times may make an incident."""
    times = [(span, hour // span) for hour in changes.hours for span in SPANS]
    asked = {"times": json.dumps(times), "levels": _json(changes.levels), "minimum": rule.incidents.minimum("text")}
    return {unit for (unit,) in db.execute(LARGE, asked)}


def _search_from(db: Database, days: Mapping[int, int], rule: Policy, findings: Findings) -> None:
    """Finds the incidents of units anew of which something else is known about these days."""
    for unit, day in days.items():
        search_starts.forget(db, [unit], day * HOURS_OF_DAY)
    _search(db, set(days), rule, findings)


def _search(db: Database, concerned: set[int], rule: Policy, findings: Findings, first: int = NEVER) -> None:
    """Finds the incidents of units anew, by what changed from the hour ``first`` on; and of those that they explain."""
    for dimension in DIMENSIONS:
        rows = db.execute(UNITS_OF_DIMENSION, [dimension, _json(concerned)]).fetchall()
        for unit, level in rows:
            changed = _search_one(db, unit, level, dimension, rule, findings, first)
            if changed is not None:
                later = {unit for (unit,) in db.execute(EXPLAINS, [level, AFTER[dimension]])}
                search_starts.forget(db, later, changed)
                concerned = concerned | later


def _search_one(
    db: Database, unit: int, level: int, dimension: Dimension, rule: Policy, findings: Findings, first: int
) -> int | None:
    """Finds the incidents of a unit anew; returns what ``_replace`` does."""
    [(began,)] = db.execute(BEGAN, [level]).fetchall()
    start = search_starts.latest(db, unit)
    hours, days = (_counts(db, unit, level, dimension, span, start.at - HOURS_OF_DAY) for span in SPANS)
    answered = answers.days(db, unit, rule.incidents.answers(dimension))
    size = partial(campaign_sizes.size, db, unit)
    result = search(dimension, hours, days, began or 0, rule.incidents, answered, size, start)
    late = hours[-1].at - search_starts.LATE_HOURS if hours else start.at
    new = [later for later in result.starts if later.at > start.at]
    search_starts.keep(db, unit, new, (min(first, late), late))
    db.execute(SUSPECT_NO_MORE, [unit, start.at])
    db.conn.executemany(SUSPECT, [(unit, *suspicion) for suspicion in result.suspected])
    return _replace(db, unit, start.at, result.incidents, rule, findings)


def _counts(db: Database, unit: int, level: int, dimension: Dimension, span: int, first: int) -> list[Count]:
    """The counts of a unit from the hour ``first`` on, without what other incidents explain."""
    times: dict[str, object] = {"level": level, "span": span, "first": first, "never": NEVER}
    counts = [Count(*row) for row in db.execute(COUNTS, {"unit": unit, **times})]
    if dimension not in BEFORE:
        return counts
    return without(counts, _explained(db, times, BEFORE[dimension]))


def _explained(db: Database, times: Mapping[str, object], dimensions: str) -> Counter[int]:
    """How many addresses failed at the times of the incidents that come before."""
    failed: dict[tuple[int, int], int] = {}  # of a unit at a time: two of its incidents may have a day in common
    for unit, since, until in db.execute(EXPLAINING, {**times, "dimensions": dimensions}).fetchall():
        span = {**times, "unit": unit, "since": since, "until": until}
        failed.update(((unit, at), addresses) for at, addresses in db.execute(EXPLAINED, span))
    explained: Counter[int] = Counter()
    for (_, at), addresses in failed.items():
        explained[at] += addresses
    return explained


def _replace(
    db: Database, unit: int, first: int, later: Sequence[Incident], rule: Policy, findings: Findings
) -> int | None:
    """Makes ``later`` the incidents of a unit after those that were over before ``first``.

    Each keeps the number of the one that it was. Returns the first hour that may be of others, NEVER if all have
    the same hours, and None if they are the same.
    """
    before = {number: Incident(*row) for number, *row in db.execute(STORED, [unit]).fetchall()}
    over = [incident for incident in before.values() if incident.until is not None and incident.until < first]
    after = [*over, *later]
    if list(before.values()) == after:
        return None
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
    changed = {(incident.since, incident.until) for incident in before.values()} ^ {
        (it.since, it.until) for it in after
    }
    return min((since for since, _ in changed), default=NEVER)


def _next_number(db: Database, taken: Iterable[int]) -> int:
    [(number,)] = db.execute(NUMBER).fetchall()
    return max(int(number), max(taken, default=0) + 1)


def _follow(
    db: Database, unit: int, number: int, old: Incident | None, new: Incident | None, rule: Policy, findings: Findings
) -> None:
    """Holds what the incident ``number`` holds, and notes whether it was opened or closed."""
    were, are = old is not None and old.until is None, new is not None and new.until is None
    if not (old and new and (old.since, old.until) == (new.since, new.until)):
        before, after = incident_holds.holding(db, unit, old), incident_holds.holding(db, unit, new)
        findings.events |= incident_holds.move(db, unit, number, before, after, rule)
    if were != are or (old is None) != (new is None):
        [(dimension, name)] = db.execute("SELECT dimension, name FROM failure_units WHERE unit = ?", [unit]).fetchall()
        findings.changes.append(IncidentChange(number, are, dimension, name))


def _json(numbers: Iterable[int]) -> str:
    return f"[{','.join(map(str, numbers))}]"
