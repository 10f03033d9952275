"""The one form of dates in the database and in all output: ISO 8601, UTC, whole seconds."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY_SECONDS = 86400


def now() -> datetime:
    """The current time, aware, in UTC, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def clock_ahead() -> float:
    """Seconds between the wall clock and the monotonic one: changes when the former is set, or the machine slept."""
    return time.time() - time.monotonic()


def iso(at: datetime) -> str:
    """``at`` as ``2026-09-17T12:00:00Z``; such strings sort in order of time."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def seconds(at: datetime) -> int:
    """``at`` in whole seconds since 1970."""
    passed = at - EPOCH
    return passed.days * DAY_SECONDS + passed.seconds


def from_seconds(seconds: int) -> datetime:
    """The aware UTC datetime so many seconds after 1970."""
    return EPOCH + seconds * SECOND


def iso_or_none(at: datetime | None) -> str | None:
    """Like ``iso``, with ``None`` for ``None``."""
    return iso(at) if at else None


def parse(text: str) -> datetime:
    """The aware UTC datetime of ISO 8601 text; without a zone it is read as UTC. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def parse_or_none(text: str | None) -> datetime | None:
    """Like ``parse``, with ``None`` for ``None``."""
    return parse(text) if text else None
