"""Dates on the command line: `2026-09-01`, `2026-09-01T12:00:00Z`, `7d`, `today`, `yesterday`."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from bounced import times
from bounced.config.values import duration

#: Words for midnight, in UTC as all dates, and how many days ago that was.
DAYS = {"today": 0, "yesterday": 1}


def date(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    """Callback of ``--since`` and ``--until``: the date that ``value`` stands for, ``None`` without one."""
    try:
        return None if value is None else parsed(value, times.now())
    except (ValueError, OverflowError):
        raise click.BadParameter(
            "must look like 2026-09-01, 2026-09-01T12:00:00Z, 7d (so long ago), today or yesterday"
        ) from None


def parsed(text: str, now: datetime) -> datetime:
    """The date that ``text`` stands for. Raises ValueError, OverflowError."""
    if text in DAYS:
        return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS[text])
    if text[-1:] in ("s", "m", "h", "d"):
        return now - duration(text)
    return times.parse(text)
