"""The events that incidents hold: the failures of their hours; none where a person released one.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from sqlite_utils import Database

from bounced.errors import UserError
from bounced.ledger import failure_counts
from bounced.policy import Policy
from bounced.policy.incidents import Incident
from bounced.policy.past import NEVER
from bounced.policy.units import Failure, unit_number

DECIDED = "SELECT hour, decision FROM incident_decisions WHERE unit = ? ORDER BY id"

STORED = "SELECT unit, since, found, latest, until FROM incident_spans WHERE id = ?"

STANDING = """
SELECT unit, incident_spans.id, since, found, latest, until
FROM json_each(?) CROSS JOIN incident_spans ON unit = value
"""

ALL = "SELECT unit, id, since, found, latest, until FROM incident_spans"

OF_INCIDENT = "SELECT event FROM incident_rows WHERE incident = ?"

#: The events of some hours that an incident holds.
HELD = """
SELECT event FROM incident_rows CROSS JOIN event_rows ON event_rows.id = event
WHERE incident = :incident AND happened_at >= :since * 3600 AND happened_at < min(:until, :never / 3600) * 3600
"""

HOLD = "INSERT INTO incident_rows (event, incident) VALUES (?, ?) ON CONFLICT DO NOTHING"
LEAVE = "DELETE FROM incident_rows WHERE event = ? AND incident = ?"


def is_released(db: Database, unit: int, incident: Incident) -> bool:
    """True when the latest decision about it says so."""
    decisions = [decision for hour, decision in db.execute(DECIDED, [unit]) if hour in incident]
    return decisions[-1:] == ["release"]


def holding(db: Database, unit: int, incident: Incident | None) -> Incident | None:
    """The incident, if it holds what fails in its hours."""
    return incident if incident and not is_released(db, unit, incident) else None


def stored(db: Database, number: int) -> tuple[int, Incident]:
    """The unit of the incident of that number, and the incident. Raises UserError when there is none."""
    row = db.execute(STORED, [number]).fetchone()
    if row is None:
        raise UserError(f"{number}: no incident has this number; see `bounced incidents`")
    return row[0], Incident(*row[1:])


def failures(db: Database, number: int, rule: Policy) -> int:
    """How many events of its hours an incident holds, or would hold if no person had released it. Raises UserError."""
    unit, incident = stored(db, number)
    return len(set(_failures(db, unit, incident, None, rule)))


def move(db: Database, unit: int, number: int, old: Incident | None, new: Incident | None, rule: Policy) -> set[int]:
    """Has the incident ``number`` hold what ``new`` does instead of ``old``; returns the events that changed."""
    return _change(db, number, set(_held(db, number, old, new)), set(_failures(db, unit, new, old, rule)))


def hold_all(db: Database, rule: Policy) -> set[int]:
    """Has each incident hold what counts by ``rule``, not by the one before; returns the events that changed."""
    changed: set[int] = set()
    for unit, number, *row in db.execute(ALL).fetchall():
        before = {event for (event,) in db.execute(OF_INCIDENT, [number])}
        after = set(_failures(db, unit, holding(db, unit, Incident(*row)), None, rule))
        changed |= _change(db, number, before - after, after - before)
    return changed


def _change(db: Database, number: int, left: set[int], entered: set[int]) -> set[int]:
    """Has the incident hold the events that have ``left`` no more, and those that have ``entered``; returns both."""
    db.conn.executemany(LEAVE, _pairs(left, number))
    db.conn.executemany(HOLD, _pairs(entered, number))
    return left | entered


def hold_new(db: Database, failures: Sequence[Failure], rule: Policy) -> set[int]:
    """Holds new failures where there is an incident of their units; returns their events."""
    if not db.execute("SELECT 1 FROM incident_spans LIMIT 1").fetchone():
        return set()
    units = [(failure, unit) for failure in failures for unit in _units(failure, rule)]
    standing: dict[int, list[tuple[int, Incident]]] = {}
    for unit, number, *row in db.execute(STANDING, [json.dumps(list({unit for _, unit in units}))]).fetchall():
        if holding(db, unit, Incident(*row)):
            standing.setdefault(unit, []).append((number, Incident(*row)))
    held = {
        (failure.event, number)
        for failure, unit in units
        for number, incident in standing.get(unit, ())
        if failure.hour in incident
    }
    db.conn.executemany(HOLD, held)
    return {event for event, _ in held}


def _held(db: Database, number: int, old: Incident | None, new: Incident | None) -> Iterator[int]:
    """The events that ``old`` holds and ``new`` does not."""
    for since, until in old.hours_without(new) if old else ():
        hours = {"since": since, "until": until, "never": NEVER}
        yield from (event for (event,) in db.execute(HELD, {"incident": number, **hours}))


def _failures(db: Database, unit: int, new: Incident | None, old: Incident | None, rule: Policy) -> Iterator[int]:
    """The events that ``new`` holds and ``old`` does not."""
    for since, until in new.hours_without(old) if new else ():
        failures = failure_counts.of_time(db, since, until, rule)
        yield from (failure.event for failure in failures if unit in _units(failure, rule))


def _units(failure: Failure, rule: Policy) -> set[int]:
    """The numbers of the units whose incidents hold a failure."""
    return {unit_number(unit) for level in failure_counts.levels(failure, rule) for unit in failure.units(level)}


def _pairs(events: Iterable[int], number: int) -> list[tuple[int, int]]:
    return [(event, number) for event in events]
