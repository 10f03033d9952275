"""Withholds suppressions for bounces that begin on a day on which far too many do, until a person approves them.

1. Whom it withholds is recorded as always, and in ``withheld``: his history, and what is judged by it, is the same with
   and without the brake. Which addresses come before the limit and which after depends on the order of arrival; who is
   suppressed or withheld does not.
2. Who is withheld stays so, whatever else is reported, until he would not be suppressed any more or until ``resume``.
3. ``resume`` approves all in one transaction; each is suppressed in the one that judges him, which a kill may delay.
4. What a person decides is not limited: it was asked for. Whom there is no time to judge is approved, whoever judges
   him then: a process that runs beside this one, or the next one after a kill.
5. What reports begin is limited for each tenant apart, and for those with a verified failure apart from the others:
   anybody can make up addresses, and reports about them. Whom it withholds as one of the others it judges again once a
   failure of his is verified.
6. It is told of each group once a day at most, when the first one is withheld.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlite_utils import Database

from bounced import times
from bounced.address import by_tenant
from bounced.ledger import outbox
from bounced.ledger.history import About
from bounced.policy import BrakeLimits, Suppression
from bounced.policy.brake import PAST_DAYS, Past, changed_limit, reported_limit
from bounced.sent.tenants import IS_OF

#: Because of what suppressions begin: reports, other numbers or tables, or a person's decision.
Origin = Literal["reports", "change", "decision"]

HOURS_OF_DAY = 24
SECONDS_OF_HOUR = 3600

#: Rows of a tenant; of all when :tenant is NULL.
OF_TENANT = "(:tenant IS NULL OR tenant = :tenant)"

#: Of the last 24 hours, and of each week before them the largest of its rolling days. Hours to come are of a clock that
#: was wrong. What is usual of those with a verified failure is what all are.
PAST = f"""
SELECT (day + 6) / 7 AS week, max(addresses), max(left) FROM (
    SELECT max(0, :hour - hour) / 24 AS day, sum(addresses) AS addresses,
        sum(iif(proved = :proved, addresses - resumed, 0)) AS left
    FROM suppressions_begun WHERE {OF_TENANT} AND proved <= :proved AND hour > :hour - :hours AND hour <= :hour + 24
    GROUP BY day
) GROUP BY week ORDER BY week
"""  # noqa: S608
FIRST = f"SELECT min(hour) FROM suppressions_begun WHERE {OF_TENANT}"  # noqa: S608

COUNT = """
INSERT INTO suppressions_begun (tenant, hour, proved, addresses) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET addresses = addresses + excluded.addresses
"""
#: The first one of each tenant stays: it says since when there are any.
FORGET = """
DELETE FROM suppressions_begun WHERE hour < ? AND hour > (
    SELECT min(hour) FROM suppressions_begun AS first WHERE first.tenant = suppressions_begun.tenant
)
"""

SUPPRESSED = "SELECT number FROM totals WHERE name = 'suppressed'"

WITHHOLD = "INSERT INTO withheld (address, since, reason, unproved) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
END = "DELETE FROM withheld WHERE address = ?"
IS_KNOWN = f"""
SELECT 1 FROM withheld
WHERE since > :since AND NOT resumed AND unproved = :unproved AND {IS_OF.format("address")} LIMIT 1
"""  # noqa: S608
RESUME = f"""
UPDATE withheld SET resumed = 1 WHERE NOT resumed AND {IS_OF.format("address")} RETURNING address
"""  # noqa: S608
APPROVE = f"UPDATE suppressions_begun SET resumed = addresses WHERE hour > :hour AND {OF_TENANT}"  # noqa: S608

#: Until he is judged, an address is approved by the row that a withheld one has.
APPROVED = "INSERT INTO withheld (address, since, reason, resumed)"
APPROVE_ONE = f"{APPROVED} VALUES (?, ?, '', 1) ON CONFLICT DO UPDATE SET resumed = 1"
APPROVE_MARKED = f"""
{APPROVED} SELECT DISTINCT address, ?, '', 1 FROM unjudged WHERE address <> '' ON CONFLICT DO UPDATE SET resumed = 1
"""  # noqa: S608

#: Between two alarms.
ALARM_INTERVAL = timedelta(days=1)


class Group(NamedTuple):
    """Addresses that have a limit of their own: those of a tenant, with a verified failure or without."""

    tenant: str | None  # ``None``: of all, which a change of numbers or tables concerns
    proved: bool


EVERY = Group(None, proved=True)


@dataclass(slots=True)
class Count:
    """How many of a group may begin, and how many have: before this transaction, and in it."""

    limit: float
    used: int
    begun: int = 0


class Brake:
    """What one transaction may let begin because of ``origin``; a change has let ``used`` begin before."""

    def __init__(self, db: Database, limits: BrakeLimits, now: datetime, origin: Origin, used: int = 0) -> None:
        self._db, self._limits, self._now, self._origin, self._used = db, limits, now, origin, used
        self._counts: dict[Group, Count] = {}
        self._told: set[Group] = set()
        #: Addresses withheld by this, and the limit where that is to be told, else 0.
        self.withheld, self.alarm = 0, 0

    def withholds(self, about: About, beginning: Sequence[Suppression], *, proved: bool) -> bool:
        """True when the suppressions of an address that are ``beginning`` have to wait for a person.

        ``proved``: a failure that they are about is verified.
        """
        waits = about.withheld == "withheld" or (about.withheld == "unproved" and not proved)
        if waits and beginning:
            return True
        if about.withheld:
            self._db.execute(END, [about.address])
        if not beginning or about.withheld == "approved":
            return False
        group = Group(by_tenant(about.address)[0], proved) if self._origin == "reports" else EVERY
        count = self._count(group)
        count.begun += 1
        if count.used + count.begun <= count.limit:
            return False
        self.note([(about.address, beginning[0].reason)], count.limit, group)
        return True

    def note(self, addresses: Iterable[tuple[str, str]], limit: float, group: Group = EVERY) -> None:
        """Withholds ``addresses`` of a group, each with the reason of its suppression: they are more than ``limit``."""
        rows = [(address, times.iso(self._now), reason, not group.proved) for address, reason in addresses]
        if rows and not self._is_told(group):
            self.alarm = self.alarm or math.floor(limit)
            facts = {} if group is EVERY else {"tenant": group.tenant, "unproved": not group.proved}
            outbox.tell_brake(self._db, "brake.applied", {"limit": math.floor(limit), **facts}, self._now)
        self._db.conn.executemany(WITHHOLD, rows)
        self.withheld += len(rows)

    def approve(self, addresses: Iterable[str]) -> None:
        """Approves ``addresses``, which others will judge, where a person has decided."""
        if self._origin == "decision":
            rows = [(address, times.iso(self._now)) for address in addresses if address]
            self._db.conn.executemany(APPROVE_ONE, rows)

    def write(self) -> None:
        """Counts what began, for the days to come."""
        if self._origin == "reports":
            begun = ((group, count.begun) for group, count in self._counts.items())
            rows = [(group.tenant, _hour(self._now), group.proved, number) for group, number in begun]
            self._db.conn.executemany(COUNT, rows)

    def _count(self, group: Group) -> Count:
        if group not in self._counts:
            known = past(self._db, self._now, group)
            used = known.today if self._origin == "reports" else self._used
            self._counts[group] = Count(limit(self._db, self._limits, known, self._origin), used)
        return self._counts[group]

    def _is_told(self, group: Group) -> bool:
        """True when it was told of the group in the last 24 hours, or now."""
        if group in self._told:
            return True
        self._told.add(group)
        since = times.iso(self._now - ALARM_INTERVAL)
        parameters = {"since": since, "unproved": not group.proved, "tenant": group.tenant}
        return self._db.execute(IS_KNOWN, parameters).fetchone() is not None


def limit(db: Database, limits: BrakeLimits, past: Past, origin: Origin) -> float:
    """How many addresses may be suppressed because of ``origin``: in 24 hours, or by one change."""
    if origin == "decision":
        return math.inf
    if origin == "reports":
        return reported_limit(limits, past)
    [(suppressed,)] = db.execute(SUPPRESSED).fetchall()
    return changed_limit(limits, past, int(suppressed))


def past(db: Database, now: datetime, group: Group = EVERY) -> Past:
    """What of a group began until ``now``."""
    hour = _hour(now)
    of_group = {"tenant": group.tenant, "proved": group.proved}
    hours = (PAST_DAYS + 1) * HOURS_OF_DAY
    rows = db.execute(PAST, {**of_group, "hour": hour, "hours": hours}).fetchall()
    [(first,)] = db.execute(FIRST, of_group).fetchall()
    today = sum(left for week, _, left in rows if not week)
    days = tuple(addresses for week, addresses, _ in rows if week)
    return Past(today, days, timedelta(hours=hour - first) if first is not None else timedelta())


def resume(db: Database, now: datetime, tenant: str | None = None) -> list[str]:
    """Approves all that is withheld, and what began today, of a tenant or of all.

    Returns the addresses, which are to be judged.
    """
    addresses = [address for (address,) in db.execute(RESUME, {"tenant": tenant}).fetchall()]
    db.execute(APPROVE, {"hour": _hour(now) - HOURS_OF_DAY, "tenant": tenant})
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
