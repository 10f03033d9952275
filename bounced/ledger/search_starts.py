"""Where searches for incidents begin: what was known at an hour before which everything was over.

1. So a report of today reads the counts of days, however old the database is.
2. Of each unit the last one of a quarter is kept: for what changes longer ago.
3. What changes at an hour takes away all that come after it.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from bounced.policy.incidents import HOURS_OF_DAY
from bounced.policy.past import BEGINNING, PAST, Known, Start

#: A start is so long before the last hour: most of what comes late is of these days.
LATE_HOURS = 7 * HOURS_OF_DAY

QUARTER_HOURS = PAST * HOURS_OF_DAY

LATEST = "SELECT at, hours, days FROM search_starts WHERE unit = ? ORDER BY quarter DESC LIMIT 1"
KEEP = "REPLACE INTO search_starts (unit, quarter, at, hours, days) VALUES (?, ?, ?, ?, ?)"

FORGET = "DELETE FROM search_starts WHERE at >= ? AND unit IN (SELECT value FROM json_each(?))"
FORGET_LEVELS = """
DELETE FROM search_starts WHERE at >= ? AND EXISTS (
    SELECT 1 FROM failure_units WHERE failure_units.unit = search_starts.unit
        AND level IN (SELECT value FROM json_each(?))
)
"""
FORGET_ALL = "DELETE FROM search_starts"


def latest(db: Database, unit: int) -> Start:
    """The last one of a unit."""
    for at, hours, days in db.execute(LATEST, [unit]).fetchall():
        return Start(at, _known(hours), _known(days))
    return BEGINNING


def keep(db: Database, unit: int, starts: Sequence[Start], hours: Iterable[int]) -> None:
    """Keeps the last one of ``starts``, which are in order, before each of ``hours``."""
    for hour in sorted(hours):
        for start in [start for start in starts if start.at < hour][-1:]:
            row = [unit, start.at // QUARTER_HOURS, start.at, json.dumps(start.hours), json.dumps(start.days)]
            db.execute(KEEP, row)


def forget(db: Database, units: Iterable[int], hour: int) -> None:
    """Takes away those of ``units`` that may depend on what changed at ``hour``."""
    db.execute(FORGET, [hour, json.dumps(list(units))])


def forget_levels(db: Database, levels: Iterable[int], hour: int) -> None:
    """Takes away those that may depend on what was counted with these levels at ``hour``."""
    db.execute(FORGET_LEVELS, [hour, json.dumps(list(levels))])


def forget_all(db: Database) -> None:
    """Takes away all."""
    db.execute(FORGET_ALL)


def _known(text: str) -> Known:
    days, outages = json.loads(text)
    return Known(tuple(map(tuple, days)), tuple(map(tuple, outages)))
