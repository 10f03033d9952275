"""Questions to the tables of bounced.ledger.report.tables. Answers are plain rows, fit for JSON, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlite_utils import Database

from bounced import policy, times
from bounced.address import by_tenant
from bounced.ledger import history, queries
from bounced.ledger.queries import Row
from bounced.ledger.report import rates
from bounced.ledger.report.tables import LATENCY, Period
from bounced.ledger.schema.views import DATE
from bounced.ledger.whose import Whose
from bounced.policy import Policy
from bounced.sent.tenants import IS_MAILBOX_OF, IS_OF

#: Addresses that are judged to find those that are about to be suppressed: those that failed most.
CANDIDATES_LIMIT = 200

#: Events of an address that are read together with those of others.
SHORT_HISTORY = 100

#: Reasons of a campaign that are told.
REASONS_LIMIT = 3

#: The parts of the word that people say for a class.
CLASSES = ("hard", "soft", "block", "complaint")

_COUNTS = ", ".join(f"coalesce(sum(event_count) FILTER (WHERE class = '{name}'), 0) AS {name}" for name in CLASSES)

_COUNTED = "is_new AND why = 0 AND (action = 'failed' OR class = 'complaint')"

VOLUMES = """
SELECT coalesce(sum(event_count), 0) AS event_count,
    coalesce(sum(event_count) FILTER (WHERE action = 'failed'), 0) AS failed,
    coalesce(sum(event_count) FILTER (WHERE action = 'delayed'), 0) AS delayed,
    coalesce(sum(event_count) FILTER (WHERE action = 'delivered'), 0) AS delivered,
    coalesce(sum(event_count) FILTER (WHERE class = 'complaint'), 0) AS complaints,
    coalesce(sum(event_count) FILTER (WHERE kind = 'auto-reply'), 0) AS auto_replies,
    coalesce(sum(event_count) FILTER (WHERE why <> 0), 0) AS held
FROM reported WHERE is_new
"""

OF_CLASSES = f"""
SELECT {_COUNTS} FROM reported WHERE {_COUNTED}
"""  # noqa: S608

ADDRESSES = "SELECT class, count(*) FROM failing GROUP BY class"

COMPLAINING = f"""
SELECT coalesce(sum(complaints), 0) FROM outcomes
WHERE dimension = 'provider' AND day >= :day AND {IS_OF.format("name")}
"""  # noqa: S608

GROUPS = f"""
SELECT {{by}} AS name, {_COUNTS}, sum(event_count) AS event_count, max(last_at) AS last_at FROM reported
WHERE {_COUNTED} GROUP BY 1
"""  # noqa: S608

BLOCKS = f"""
SELECT provider, reason, status, rule, coalesce(sum(event_count) FILTER (WHERE is_new), 0) AS event_count,
    coalesce(sum(event_count) FILTER (WHERE NOT is_new), 0) AS before, {DATE.format("min(first_at)")} AS first_at,
    {DATE.format("max(last_at)")} AS last_at, max(latest) AS event
FROM reported WHERE class = 'block' AND action = 'failed' AND why = 0
GROUP BY 1, 2, 3, 4 HAVING sum(event_count) FILTER (WHERE is_new)
ORDER BY event_count DESC, provider, reason, status, rule LIMIT :limit
"""  # noqa: S608

REASONS = f"""
SELECT class, reason, sum(event_count) AS event_count, max(latest) AS event FROM reported
WHERE {_COUNTED} AND campaign = :campaign GROUP BY 1, 2 ORDER BY event_count DESC, reason LIMIT {REASONS_LIMIT}
"""  # noqa: S608

TEXT = "SELECT diagnostic_code FROM tenant_events WHERE id = ?"

HELD = """
SELECT texts.text AS doubt, sum(event_count) AS event_count FROM reported JOIN texts ON texts.id = why
WHERE is_new AND why <> 0 GROUP BY 1 ORDER BY event_count DESC, doubt LIMIT ?
"""

CANDIDATES = """
SELECT texts.text FROM failing JOIN texts ON texts.id = failing.address
WHERE counted > 0
    AND NOT EXISTS (SELECT 1 FROM tenant_suppressed WHERE key = texts.text AND scope = 'all')
ORDER BY counted DESC, last_at DESC, failing.address LIMIT ?
"""

DAYS = f"""
SELECT day, {_COUNTS} FROM reported WHERE {_COUNTED} GROUP BY day ORDER BY day
"""  # noqa: S608

HEAT = f"""
SELECT provider, class, reason, sum(event_count) AS event_count FROM reported
WHERE {_COUNTED} AND provider IN (
    SELECT provider FROM reported WHERE {_COUNTED} AND provider <> '' GROUP BY 1 ORDER BY sum(event_count) DESC, 1
    LIMIT :limit
) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""  # noqa: S608

STREAKS = """
SELECT min(counted, 5) AS failures, count(*) AS addresses, coalesce(sum(EXISTS (
    SELECT 1 FROM tenant_suppressed JOIN texts ON texts.text = key WHERE texts.id = failing.address
)), 0) AS suppressed FROM failing WHERE counted > 0 GROUP BY 1 ORDER BY 1
"""

BEGAN = """
SELECT substr(since, 1, 10) AS day, count(*) AS suppressed FROM tenant_suppressed
WHERE since >= :day AND (:tenant IS NULL OR tenant = :tenant)
GROUP BY 1 ORDER BY 1
"""

LAPSES = """
SELECT substr(until, 1, 10) AS day, count(*) AS suppressed FROM tenant_suppressed
WHERE until < :before AND (:tenant IS NULL OR tenant = :tenant)
GROUP BY 1 ORDER BY 1
"""

UNRECOGNIZED = f"""
SELECT count(*) FROM message_rows JOIN message_kinds ON message_kinds.id = message_kind
WHERE recognized = 0 AND arrived_at >= :since AND {IS_MAILBOX_OF.format("mailbox")}
    AND NOT EXISTS (SELECT 1 FROM reviewed WHERE message = message_rows.id)
"""  # noqa: S608


def volumes(db: Database, period: Period) -> Row:
    """How many events of each kind there were, and how many suppressions began that are in force."""
    [row] = db.query(VOLUMES)
    began = sum(row["suppressed"] for row in db.query(BEGAN, period.parameters()))
    unrecognized = db.execute(UNRECOGNIZED, period.parameters()).fetchone()[0]
    return {"sent": rates.sent(db, period), **row, "suppressed": began, "unrecognized": unrecognized}


def classes(db: Database, sent: int, period: Period) -> list[Row]:
    """Of each class the events, the addresses by their latest failure, and these in percent of what was ``sent``."""
    [events] = db.query(OF_CLASSES)
    addresses = dict(db.execute(ADDRESSES).fetchall())
    addresses["complaint"] = db.execute(COMPLAINING, period.parameters()).fetchone()[0]
    return [
        {
            "class": name,
            "event_count": events[name],
            "addresses": addresses.get(name, 0),
            "rate": rates.rate(db, addresses.get(name, 0), sent),
        }
        for name in CLASSES
    ]


def groups(db: Database, by: str, period: Period, limits: Mapping[str, float], limit: int) -> tuple[list[Row], int]:
    """What was reported by ``by``, the worst first, and how many rows there are beyond ``limit``."""
    of_name = dict(rates.by(db, by, period, limits))
    nothing = rates.judged(db, 0, 0, 0, limits)
    rows = [
        {**row, "last_at": times.iso(times.from_seconds(row["last_at"])), **of_name.get(row["name"], nothing)}
        for row in db.query(GROUPS.format(by=by))
    ]
    rows.sort(key=(lambda row: _newest(row["name"])) if by == "day" else _worst)
    return rows[:limit], max(0, len(rows) - limit)


def _newest(day: str) -> int:
    return -int(day.replace("-", ""))


def _worst(row: Row) -> tuple[int, int, str]:
    return (-rates.STATES.index(row["state"]), -row["event_count"], row["name"])


def blocks(db: Database, limit: int) -> Iterator[Row]:
    """The blocks by provider and by what said so, with the text of the latest; ``before``: of the period before."""
    for row in db.query(BLOCKS, {"limit": limit}):
        yield {**row, "text": text(db, row["event"])}


def text(db: Database, event: int) -> str:
    """What the server said, ``""`` when nothing is known."""
    row = db.execute(TEXT, [event]).fetchone()
    return str(row[0]) if row else ""


def campaigns(db: Database, period: Period, limits: Mapping[str, float], limit: int) -> list[Row]:
    """The worst campaigns, each with its most frequent reasons and a text of each."""
    rows, _ = groups(db, "campaign", period, limits, limit + 1)
    named = [row for row in rows if row["name"]][:limit]
    return [{**row, "reasons": [_with_text(db, why) for why in _reasons(db, row["name"])]} for row in named]


def _reasons(db: Database, campaign: str) -> Iterator[Row]:
    return db.query(REASONS, {"campaign": campaign})


def _with_text(db: Database, row: Row) -> Row:
    return {**row, "text": text(db, row["event"])}


def nearly(db: Database, rule: Policy, now: datetime, whose: Whose, limit: int) -> tuple[list[Row], int]:
    """The addresses that one more failure suppresses, the soonest first, and how many more of CANDIDATES_LIMIT.

    As the ledger has them, with their tenants, unless it is of one.
    """
    addresses = [address for (address,) in db.execute(CANDIDATES, [CANDIDATES_LIMIT])]
    rows = [row for row in _forecasts(db, addresses, rule, now) if row["failures"] == 1]
    rows.sort(key=lambda row: (row["after"], row["address"]))
    for row in rows if whose.tenant is not None else ():
        row["address"] = by_tenant(row["address"])[1]
    return rows[:limit], max(0, len(rows) - limit)


def _forecasts(db: Database, addresses: list[str], rule: Policy, now: datetime) -> Iterator[Row]:
    """What would suppress each of them, the least."""
    about = history.about(db, addresses, rule, SHORT_HISTORY) if addresses else {}
    for address in addresses:
        short, fold = about[address].short, policy.Fold(address, rule)
        for entry in history.entries(db, address, rule) if short is None or about[address].has_decisions else short:
            fold.step(entry)
        forecasts = policy.forecast(address, fold.state, rule, now)
        if forecasts and fold.state.streak and not fold.state.allowed:
            least = min(forecasts, key=lambda forecast: (forecast.failures, forecast.after))
            yield {
                "address": address,
                "class": least.class_,
                "bounces": fold.state.streak.bounces,
                "failures": least.failures,
                "after": times.iso(least.after),
                "lapses_at": times.iso_or_none(least.lapses_at),
            }


def charts(db: Database, period: Period, limit: int) -> Row:
    """What the pictures of the page show."""
    span = period.until - period.since
    return {
        "days": list(db.query(DAYS)),
        "providers": list(db.query(HEAT, {"limit": limit})),
        "streaks": list(db.query(STREAKS)),
        "began": list(db.query(BEGAN, period.parameters())),
        "lapses": list(db.query(LAPSES, {**period.parameters(), "before": times.iso(period.until + span)})),
        "latency": list(db.query(LATENCY, period.parameters())),
    }


def open_questions(db: Database, period: Period, limit: int) -> Row:
    """What waits for a person: what is silent, events that are held, by why, and the latest unrecognized messages."""
    since = times.iso(period.since)
    unrecognized = [row for row in queries.unrecognized(db, limit, period.whose) if row["arrived_at"] >= since]
    return {
        "silences": list(queries.silences(db, period.whose)),
        "doubts": list(db.query(HELD, [limit])),
        "unrecognized_messages": unrecognized,
    }
