"""What happened in a period: all figures of `bounced report`, of one state of the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from sqlite_utils import Database

from bounced import times
from bounced.ledger.queries import Row
from bounced.ledger.report import figures, rates
from bounced.ledger.report.tables import gathered, period
from bounced.ledger.whose import EVERYBODY, Whose
from bounced.policy import Policy

#: What a report may be grouped by.
By = Literal["provider", "campaign", "reason", "day", "source"]
GROUPINGS: tuple[By, ...] = get_args(By)

#: Kinds of blocks that are read; those of one provider with one fix are one row in the end.
BLOCKS_LIMIT = 200


def read(
    db: Database,
    since: datetime,
    now: datetime,
    rule: Policy,
    by: By = "provider",
    limit: int = 10,
    *,
    series: bool = True,
    whose: Whose = EVERYBODY,
) -> Row:
    """The figures of the whole days from ``since`` on, of ``whose`` mail, with at most ``limit`` rows of each kind.

    ``blocks`` has a row for each provider, reason, status and rule; ``charts`` is there with ``series``.
    """
    asked = period(since, now, whose)
    with gathered(db, asked):
        volumes = figures.volumes(db, asked)
        classes = figures.classes(db, volumes["sent"], asked)
        groups, more_groups = figures.groups(db, by, asked, rule.health, limit)
        nearly, more_nearly = figures.nearly(db, rule, now, whose, limit)
        return {
            "since": times.iso(asked.since),
            "until": times.iso(now),
            "tenant": whose.tenant,
            "grouped_by": by,
            "volumes": volumes,
            "classes": classes,
            "rates": _rates(db, volumes["sent"], classes, rule),
            "groups": groups,
            "more_groups": more_groups,
            "blocks": list(figures.blocks(db, BLOCKS_LIMIT)),
            "campaigns": figures.campaigns(db, asked, rule.health, limit),
            "nearly": nearly,
            "more_nearly": more_nearly,
            **figures.open_questions(db, asked, limit),
            **({"charts": figures.charts(db, asked, limit)} if series else {}),
        }


def _rates(db: Database, sent: int, classes: list[Row], rule: Policy) -> Row:
    """All bounces and complaints against the limits, and these."""
    complaints = sum(row["addresses"] for row in classes if row["class"] == "complaint")
    bounces = sum(row["addresses"] for row in classes) - complaints
    return {**rates.judged(db, sent, bounces, complaints, rule.health), "limits": dict(rule.health)}
