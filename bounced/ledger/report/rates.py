"""Rates against the limits of [health], as the view ``campaign_health`` judges them, of any period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlite_utils import Database

from bounced.ledger.queries import Row
from bounced.ledger.report.tables import Period
from bounced.sent.tenants import BARE, IS_OF

#: From the best to the worst; ``unknown``: too little was sent to say.
STATES: tuple[str, ...] = ("unknown", "ok", "notice", "warning", "critical")

_IS_OF = IS_OF.format("name")

#: What each name of a dimension was sent, and how many addresses bounced and complained. Counts of several origins are
#: of the same messages.
FACTS = f"""
WITH sent AS (
    SELECT name, max(sent) AS sent FROM (
        SELECT name, origin, sum(sent) AS sent FROM volume
        WHERE dimension = :dimension AND day >= :day AND {_IS_OF} GROUP BY name, origin
    ) GROUP BY name
),
counted AS (
    SELECT name, sum(bounces) AS bounces, sum(complaints) AS complaints FROM outcomes
    WHERE dimension = :dimension AND day >= :day AND {_IS_OF} GROUP BY name
)
SELECT {{name}} AS name, sum(sent) AS sent, sum(bounces) AS bounces, sum(complaints) AS complaints FROM (
    SELECT name, sent, 0 AS bounces, 0 AS complaints FROM sent
    UNION ALL SELECT name, 0, bounces, complaints FROM counted
) GROUP BY 1
"""  # noqa: S608

#: The names of all tenants together. By provider: domains of one provider are together, too.
NAME = BARE.format("name")
NAMES = {"provider": f"provider_of('@' || {NAME}, '')"}

DAYS = f"""
SELECT day AS name, sum(sent) AS sent, sum(bounces) AS bounces, sum(complaints) AS complaints FROM (
    SELECT day, max(sent) AS sent, 0 AS bounces, 0 AS complaints FROM (
        SELECT day, dimension, origin, sum(sent) AS sent FROM volume WHERE day >= :day AND {_IS_OF} GROUP BY 1, 2, 3
    ) GROUP BY day
    UNION ALL SELECT day, 0, sum(bounces), sum(complaints) FROM outcomes
    WHERE dimension = 'provider' AND day >= :day AND {_IS_OF} GROUP BY day
) GROUP BY day
"""  # noqa: S608

#: How much was sent at all: a dimension may not know of all messages.
SENT = f"""
SELECT coalesce(max(sent), 0) FROM (
    SELECT sum(sent) AS sent FROM volume WHERE day >= :day AND {_IS_OF} GROUP BY dimension, origin
)
"""  # noqa: S608

RATE = "SELECT round(100.0 * ?1 / nullif(?2, 0), 3)"

#: Dimensions that have rates, each with its statement.
STATEMENTS = {
    **{name: FACTS.format(name=NAMES.get(name, NAME)) for name in ("provider", "campaign", "sending_domain")},
    "day": DAYS,
}


def judged(db: Database, sent: int, bounces: int, complaints: int, limits: Mapping[str, float]) -> Row:
    """These numbers with their rates in percent (``None`` when nothing was sent) and their state."""
    row: Row = {"sent": sent, "bounces": bounces, "bounce_rate": rate(db, bounces, sent)}
    row |= {"complaints": complaints, "complaint_rate": rate(db, complaints, sent)}
    return {**row, "state": _state(row, limits)}


def rate(db: Database, number: int, sent: int) -> float | None:
    """``number`` in percent of ``sent``, ``None`` when nothing was sent; rounded by SQLite, as in the view."""
    rounded: float | None = db.execute(RATE, [number, sent]).fetchone()[0]
    return rounded


def _state(row: Row, limits: Mapping[str, float]) -> str:
    if row["sent"] < limits["minimum_sent"]:
        return "unknown"
    for state in STATES[:1:-1]:
        if any(
            row[f"{kind}s"] >= limits["minimum_events"] and row[f"{kind}_rate"] >= limits[f"{kind}_{state}"]
            for kind in ("bounce", "complaint")
            if f"{kind}_{state}" in limits
        ):
            return state
    return "ok"


def by(db: Database, dimension: str, period: Period, limits: Mapping[str, float]) -> Iterator[tuple[str, Row]]:
    """The name of each row of a dimension (``sending_domain`` and those that a report may be by) with its rates."""
    if dimension in STATEMENTS:
        for name, *numbers in db.execute(STATEMENTS[dimension], {"dimension": dimension, **period.parameters()}):
            sent, bounces, complaints = numbers
            yield name, judged(db, sent, bounces, complaints, limits)


def sent(db: Database, period: Period) -> int:
    """How many messages were sent in ``period``, as far as that is known."""
    return int(db.execute(SENT, period.parameters()).fetchone()[0])
