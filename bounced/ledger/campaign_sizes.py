"""How much larger a campaign is than what is usually sent, where ``volume`` tells: its failures are a share of that.

1. A campaign was sent in the SENT_DAYS up to a day; usual is the most of all campaigns in so many days, before these.
2. What was asked is kept in ``campaign_sizes``: rows of ``volume`` are deleted in time. A number never becomes smaller.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

from sqlite_utils import Database

from bounced.policy.past import PAST
from bounced.sent.tenants import OF_TENANT, TENANT

#: Days in which one newsletter is sent, and most of its failures come.
SENT_DAYS = 7

KEPT = "SELECT sent, usual FROM campaign_sizes WHERE unit = ? AND day = ?"
KEEP = """
INSERT INTO campaign_sizes (unit, day, sent, usual) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET sent = max(sent, excluded.sent), usual = max(usual, excluded.usual)
WHERE (sent, usual) IS NOT (max(sent, excluded.sent), max(usual, excluded.usual))
"""

ASKED = "SELECT unit, day FROM campaign_sizes"

#: What was sent as the campaign of a unit up to a day, and as all campaigns of its tenant before.
VOLUME = f"""
WITH volumes AS MATERIALIZED (
    SELECT name, unixepoch(day) / 86400 AS at, max(sent) AS sent FROM volume
    WHERE dimension = 'campaign' AND day > date(:day * 86400, 'unixepoch', '-{PAST + 2 * SENT_DAYS} days')
        AND day <= date(:day * 86400, 'unixepoch')
    GROUP BY name, day
),
campaign AS (
    SELECT {OF_TENANT.format("iif(tenant = '', '', '(' || tenant || ')')", "name")} AS name, tenant
    FROM failure_units WHERE unit = :unit
),
totals AS (
    SELECT at, sum(sent) AS sent FROM volumes
    WHERE at <= :day - {SENT_DAYS} AND {TENANT.format("name")} = (SELECT tenant FROM campaign) GROUP BY at
)
SELECT
    (SELECT coalesce(sum(sent), 0) FROM volumes
        WHERE name = (SELECT name FROM campaign) AND at > :day - {SENT_DAYS}),
    (SELECT coalesce(max(sent), 0) FROM (
        SELECT sum(sent) OVER (ORDER BY at RANGE BETWEEN {SENT_DAYS - 1} PRECEDING AND CURRENT ROW) AS sent FROM totals
    ))
"""  # noqa: S608


def size(db: Database, unit: int, day: int) -> float:
    """How many times as large as usual the campaign ``unit`` was on a day (since 1970); 1 if it was not, or unknown."""
    kept = db.execute(KEPT, [unit, day]).fetchone()
    if kept is None:
        _ask(db, unit, day)
        kept = db.execute(KEPT, [unit, day]).fetchone()
    sent, usual = kept
    return max(1.0, sent / usual) if usual else 1.0


def is_asked(db: Database) -> bool:
    """True when the size of any campaign was asked for."""
    return db.execute(f"{ASKED} LIMIT 1").fetchone() is not None


def ask_again(db: Database) -> dict[int, int]:
    """Asks for all that was asked; returns the campaigns of which something else is known, each with the first day."""
    changed = [(unit, day) for unit, day in db.execute(ASKED).fetchall() if _ask(db, unit, day)]
    return dict(sorted(changed, reverse=True))


def _ask(db: Database, unit: int, day: int) -> bool:
    """Keeps what is known; true if that is something else than before."""
    [(sent, usual)] = db.execute(VOLUME, {"unit": unit, "day": day}).fetchall()
    return bool(db.execute(KEEP, [unit, day, sent, usual]).rowcount)
