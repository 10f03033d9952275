"""Withholds suppressions for bounces that begin on a day on which far too many do, until a person approves them.

1. Whom it withholds is recorded as always, and in ``withheld``: his history, and what is judged by it, is the same with
   and without the brake. Which addresses come before the limit and which after depends on the order of arrival; who is
   suppressed or withheld does not.
2. Who is withheld stays so, whatever else is reported, until he would not be suppressed any more or until ``resume``.
3. ``resume`` approves all in one transaction; each is suppressed in the one that judges him, which a kill may delay.
4. What a person decides is not limited: it was asked for. Whom there is no time to judge is approved, whoever judges
   him then: a process that runs beside this one, or the next one after a kill.
5. It is told once a day at most, when the first one is withheld.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlite_utils import Database

from bounced import times
from bounced.ledger import outbox
from bounced.ledger.history import About
from bounced.policy import BrakeLimits, Suppression
from bounced.policy.brake import PAST_DAYS, Past, changed_limit, reported_limit

#: Because of what suppressions begin: reports, other numbers or tables, or a person's decision.
Origin = Literal["reports", "change", "decision"]

HOURS_OF_DAY = 24
SECONDS_OF_HOUR = 3600

#: Of the last 24 hours, and of each week before them the largest of its rolling days. Hours to come are of a clock that
#: was wrong.
PAST = """
SELECT (day + 6) / 7 AS week, max(addresses), max(left) FROM (
    SELECT max(0, :hour - hour) / 24 AS day, sum(addresses) AS addresses, sum(addresses - resumed) AS left
    FROM suppressions_begun WHERE hour > :hour - :hours AND hour <= :hour + 24 GROUP BY day
) GROUP BY week ORDER BY week
"""
FIRST = "SELECT min(hour) FROM suppressions_begun"

COUNT = """
INSERT INTO suppressions_begun (hour, addresses) VALUES (?, ?)
ON CONFLICT DO UPDATE SET addresses = addresses + excluded.addresses
"""
#: The first one stays: it says since when there are any.
FORGET = """
DELETE FROM suppressions_begun WHERE hour < ? AND hour > (SELECT min(hour) FROM suppressions_begun)
"""

SUPPRESSED = "SELECT number FROM totals WHERE name = 'suppressed'"

WITHHOLD = "INSERT INTO withheld (address, since, reason) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
END = "DELETE FROM withheld WHERE address = ?"
IS_KNOWN = "SELECT 1 FROM withheld WHERE since > ? AND NOT resumed LIMIT 1"
RESUME = "UPDATE withheld SET resumed = 1 WHERE NOT resumed RETURNING address"
APPROVE = "UPDATE suppressions_begun SET resumed = addresses WHERE hour > ?"

#: Until he is judged, an address is approved by the row that a withheld one has.
APPROVED = "INSERT INTO withheld (address, since, reason, resumed)"
APPROVE_ONE = f"{APPROVED} VALUES (?, ?, '', 1) ON CONFLICT DO UPDATE SET resumed = 1"
APPROVE_MARKED = f"""
{APPROVED} SELECT DISTINCT address, ?, '', 1 FROM unjudged WHERE address <> '' ON CONFLICT DO UPDATE SET resumed = 1
"""  # noqa: S608

#: Between two alarms.
ALARM_INTERVAL = timedelta(days=1)


class Brake:
    """What one transaction may let begin because of ``origin``, of which ``used`` have begun before."""

    def __init__(self, db: Database, limits: BrakeLimits, now: datetime, origin: Origin, used: int = 0) -> None:
        self._db, self._limits, self._now, self._origin = db, limits, now, origin
        self._begun, self._limit, self._used = 0, math.nan, used
        #: Addresses withheld by this, and the limit where that is to be told, else 0.
        self.withheld, self.alarm = 0, 0

    def withholds(self, about: About, beginning: Sequence[Suppression]) -> bool:
        """True when the suppressions of an address that are ``beginning`` have to wait for a person."""
        if about.withheld == 0 and beginning:
            return True
        if about.withheld is not None:
            self._db.execute(END, [about.address])
            return False
        if not beginning:
            return False
        limit = self._limited()
        self._begun += 1
        if self._used + self._begun <= limit:
            return False
        self.note([(about.address, beginning[0].reason)], limit)
        return True

    def note(self, addresses: Iterable[tuple[str, str]], limit: float) -> None:
        """Withholds ``addresses``, each with the reason of its suppression: they are more than ``limit``."""
        rows = [(address, times.iso(self._now), reason) for address, reason in addresses]
        if rows and not self.withheld and not self._is_told():
            self.alarm = math.floor(limit)
            outbox.tell_brake(self._db, "brake.applied", {"limit": self.alarm}, self._now)
        self._db.conn.executemany(WITHHOLD, rows)
        self.withheld += len(rows)

    def approve(self, addresses: Iterable[str]) -> None:
        """Approves ``addresses``, which others will judge, where a person has decided."""
        if self._origin == "decision":
            rows = [(address, times.iso(self._now)) for address in addresses if address]
            self._db.conn.executemany(APPROVE_ONE, rows)

    def write(self) -> None:
        """Counts what began, for the days to come."""
        if self._begun and self._origin == "reports":
            self._db.execute(COUNT, [_hour(self._now), self._begun])

    def _limited(self) -> float:
        if math.isnan(self._limit):
            known = past(self._db, self._now)
            self._limit = limit(self._db, self._limits, known, self._origin)
            self._used += known.today if self._origin == "reports" else 0
        return self._limit

    def _is_told(self) -> bool:
        return self._db.execute(IS_KNOWN, [times.iso(self._now - ALARM_INTERVAL)]).fetchone() is not None


def limit(db: Database, limits: BrakeLimits, past: Past, origin: Origin) -> float:
    """How many addresses may be suppressed because of ``origin``: in 24 hours, or by one change."""
    if origin == "decision":
        return math.inf
    if origin == "reports":
        return reported_limit(limits, past)
    [(suppressed,)] = db.execute(SUPPRESSED).fetchall()
    return changed_limit(limits, past, int(suppressed))


def past(db: Database, now: datetime) -> Past:
    """What began until ``now``."""
    hour = _hour(now)
    rows = db.execute(PAST, {"hour": hour, "hours": (PAST_DAYS + 1) * HOURS_OF_DAY}).fetchall()
    [(first,)] = db.execute(FIRST).fetchall()
    today = sum(left for week, _, left in rows if not week)
    days = tuple(addresses for week, addresses, _ in rows if week)
    return Past(today, days, timedelta(hours=hour - first) if first is not None else timedelta())


def resume(db: Database, now: datetime) -> list[str]:
    """Approves all that is withheld, and what began today; returns the addresses, which are to be judged."""
    addresses = [address for (address,) in db.execute(RESUME).fetchall()]
    db.execute(APPROVE, [_hour(now) - HOURS_OF_DAY])
    if addresses:
        outbox.tell_brake(db, "brake.released", {"addresses": len(addresses)}, now)
    return sorted(addresses)


def approve_marked(db: Database, now: datetime) -> None:
    """Approves all that are marked to be judged: they are to be judged without the brake, by whomever."""
    db.execute(APPROVE_MARKED, [times.iso(now)])


def forget(db: Database, now: datetime) -> None:
    """Drops the counts of days that nothing is compared with any more."""
    db.execute(FORGET, [_hour(now) - (PAST_DAYS + 1) * HOURS_OF_DAY])


def _hour(now: datetime) -> int:
    return times.seconds(now) // SECONDS_OF_HOUR
