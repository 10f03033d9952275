"""Explains how the suppressions of an address came about, and what would suppress it. Read-only."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from bounced import policy, times
from bounced.address import by_tenant
from bounced.ledger import history
from bounced.ledger.in_force import in_force
from bounced.ledger.queries import ALL, Row
from bounced.model import DECISIONS
from bounced.policy import Policy, Streak

#: What was said of an event before other tables judged it again.
FIRST_VERDICT = """
SELECT class, reason, rule, judged_at FROM reclassified JOIN verdicts ON verdicts.id = reclassified.verdict
WHERE event = ?
"""


def explain(db: Database, address: str, rule: Policy, now: datetime, limit: int = ALL) -> Row:
    """Everything about ``address``: its suppressions, the latest steps of its history, and what would suppress it.

    ``address`` is a key, of a tenant if it is one's.
    """
    fold = policy.Fold(address, rule)
    steps: deque[policy.Step] = deque(maxlen=None if limit == ALL else limit)
    number = 0
    for entry in history.entries(db, address, rule):
        step = fold.step(entry)
        if step.note:
            steps.append(step)
            number += 1
    tenant, bare = by_tenant(address)
    return {
        "address": bare,
        "tenant": tenant,
        "suppressions": standing(db, address),
        "withheld_suppression": next(
            db.query("SELECT since, reason, unproved FROM withheld WHERE address = ? AND NOT resumed", [address]), None
        ),
        "history": [_step(step, db) for step in steps],
        "earlier": number - len(steps),
        "expired": _expired(db, address),
        "streak": None if fold.state.has_lapsed(now) else _streak(fold.state.streak),
        "probation": _probation(policy.probation(fold.state, rule, now)),
        "next": [
            {
                "class": forecast.class_,
                "failures": forecast.failures,
                "after": times.iso(forecast.after),
                "lapses_at": times.iso_or_none(forecast.lapses_at),
            }
            for forecast in policy.forecast(address, fold.state, rule, now)
        ],
    }


def standing(db: Database, address: str) -> list[Row]:
    """The suppressions in force for ``address``, its own and those of what covers it, which ``address`` names.

    ``address`` is a key, of a tenant if it is one's; what is returned names no tenant.
    """
    rows = in_force(db.conn, [address]).get(address, [])
    return [_of_nobody(row) for row in sorted(rows, key=lambda row: (row["scope"], row["cause"]))]


def _of_nobody(row: Mapping[str, Any]) -> Row:
    return {**row, **{name: by_tenant(row[name])[1] for name in ("address", "address_unicode")}}


def _expired(db: Database, address: str) -> int:
    """How many events of ``address`` were deleted lately, because they had been held for long."""
    [(events,)] = db.execute("SELECT coalesce(sum(events), 0) FROM expired WHERE address = ?", [address]).fetchall()
    return int(events)


def _step(step: policy.Step, db: Database) -> Row:
    entry = step.entry
    judged = {"at": times.iso(entry.at), "what": entry.what, "counted": step.counted, "note": step.note}
    if entry.what in DECISIONS:
        decided = {"scope": entry.scope, "cause": entry.cause, "class": entry.class_, "reason": entry.reason}
        return {**judged, **decided, "why": entry.detail, "list": entry.source}
    if not entry.id:
        return {**judged, "original_message_id": entry.original_message_id}
    [row] = db.query("SELECT * FROM tenant_events WHERE id = ?", [entry.id])
    del row["key"]
    row["doubt"] = row.pop("held")
    first = next(db.query(FIRST_VERDICT, [entry.id]), None)
    incidents = _incidents_of(db, entry.id) if entry.excused and step.held else []
    return {**judged, **row, "headers": json.loads(row["headers"]), "first_verdict": first, "incidents": incidents}


def _incidents_of(db: Database, event: int) -> list[int]:
    """The numbers of the incidents that hold an event."""
    sql = "SELECT incident FROM incident_rows WHERE event = ? ORDER BY incident"
    return [number for (number,) in db.execute(sql, [event])]


def _streak(streak: Streak | None) -> Row | None:
    if streak is None:
        return None
    return {"bounces": streak.bounces, "first_at": times.iso(streak.first_at), "last_at": times.iso(streak.last_at)}


def _probation(probation: policy.Probation | None) -> Row | None:
    if probation is None:
        return None
    return {
        "kind": probation.kind,
        "since": times.iso(probation.since),
        "until": times.iso(probation.until),
        "step": probation.step,
        "steps": probation.steps,
        "lifetime_days": probation.lifetime and probation.lifetime / timedelta(days=1),
    }
