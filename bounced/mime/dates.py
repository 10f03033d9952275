"""Dates as headers write them (RFC 5322 3.3), whatever they hold."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_DATE_LIMIT = 100  # characters

#: The exceptions of parsedate_to_datetime and datetime arithmetic on absurd dates.
_BAD_DATE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)


def header_date(text: str) -> datetime | None:
    """The date (RFC 5322 3.3 or asctime) in UTC, a missing zone read as UTC; ``None`` if it is not a date."""
    try:
        return in_utc(parsedate_to_datetime(text[:_DATE_LIMIT]))
    except _BAD_DATE:
        return None


def in_utc(when: datetime) -> datetime | None:
    """``when`` in UTC and whole seconds, a missing zone read as UTC; ``None`` if its zone leads out of all years."""
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    try:
        utc = aware.astimezone(UTC)
    except _BAD_DATE:
        return None
    return utc.replace(microsecond=0) if utc.microsecond else utc
