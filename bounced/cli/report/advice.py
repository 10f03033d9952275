"""What is the sender's fault, and what to do about it: the blocks of the ledger beside the tables of fixes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

from bounced.classify import fixes

Row = dict[str, Any]

#: How many times as many blocks as in the period before are more, and how many fewer.
RISING, FALLING = 1.5, 0.67


def advised(blocks: Iterable[Row], limit: int) -> tuple[list[Row], int]:
    """A row for each provider and fix, and how many there are beyond ``limit``.

    The most blocks first, and after all others what is not the sender's fault.
    """
    by_fix: dict[tuple[str, str], list[Row]] = {}
    for row in map(_with_fix, blocks):
        by_fix.setdefault((row["provider"], row["code"]), []).append(row)
    rows = [_finished(reduce(_together, rows)) for rows in by_fix.values()]
    rows.sort(key=lambda row: (not row["is_yours"], -row["event_count"], row["provider"], row["code"]))
    return rows[:limit], max(0, len(rows) - limit)


def _with_fix(block: Row) -> Row:
    fix = fixes.fix(block["text"], block["provider"], block["reason"])
    return {**block, **(_advice(fix) if fix else NO_ADVICE), "url": fixes.url(block["text"])}


def _advice(fix: fixes.Fix) -> Row:
    return {
        "code": fix.code,
        "meaning": fix.meaning,
        "fix": fix.fix,
        "fix_url": fix.source,
        "is_yours": fix.is_yours,
    }


#: Of blocks that no table knows.
NO_ADVICE = {"code": "", "meaning": "", "fix": "", "fix_url": "", "is_yours": True}


def _together(row: Row, other: Row) -> Row:
    """Two rows of one fix, with the text that says more: the one with a known URL, else that of the more frequent."""
    telling = other if other["url"] and not row["url"] else row
    return {
        **telling,
        "event_count": row["event_count"] + other["event_count"],
        "before": row["before"] + other["before"],
        "first_at": min(row["first_at"], other["first_at"]),
        "last_at": max(row["last_at"], other["last_at"]),
    }


def _finished(row: Row) -> Row:
    return {**row, "trend": trend(row["event_count"], row["before"])}


def trend(events: int, before: int) -> str:
    """``events`` against those of the period before, in a word."""
    if not before:
        return "new"
    if events > RISING * before:
        return "rising"
    return "falling" if events < FALLING * before else "steady"
