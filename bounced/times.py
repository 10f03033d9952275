"""The one form of date in the database and in what is printed: ISO 8601, UTC, whole seconds."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The time of the clock, aware, in UTC, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def iso(at: datetime) -> str:
    """``at`` as ``2026-09-17T12:00:00Z``; such strings sort like the times they stand for."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def iso_or_none(at: datetime | None) -> str | None:
    """``at`` as ``iso`` says it, ``None`` for ``None``."""
    return iso(at) if at else None


def parse(text: str) -> datetime:
    """The aware UTC datetime that ``iso`` wrote, or that ISO 8601 text stands for. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def parse_or_none(text: str | None) -> datetime | None:
    """As ``parse``, ``None`` for ``None``."""
    return parse(text) if text else None
