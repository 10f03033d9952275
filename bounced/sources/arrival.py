"""When a message arrived: a date that only our own mail server can have written (pure)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bounced.mime import raw_fields, without_comments

_HEADER_LIMIT = 64 * 1024
_FIELD_LIMIT = 4096
_DATE_LIMIT = 100

#: The exceptions of parsedate_to_datetime and datetime arithmetic on absurd dates.
_BAD_DATE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)


def arrived_at(content: bytes, stored_at: datetime, now: datetime) -> datetime:
    """The earliest of ``stored_at``, the date of the topmost ``Received:`` and ``now``; UTC, whole seconds.

    The topmost ``Received:`` (RFC 5321 4.4) was written by our own server and survives migrations.
    """
    known = (_in_utc(stored_at), _date(_topmost_received(content)), _in_utc(now))
    return min(when for when in known if when is not None)


def parse_date(text: bytes) -> datetime | None:
    """The date (RFC 5322 3.3 or asctime) in UTC, a missing zone read as UTC; ``None`` if it is not a date."""
    return _date(text[:_DATE_LIMIT].decode("ascii", "replace"))


def _date(text: str) -> datetime | None:
    try:
        return _in_utc(parsedate_to_datetime(text[:_DATE_LIMIT]))
    except _BAD_DATE:
        return None


def _in_utc(when: datetime) -> datetime | None:
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC).replace(microsecond=0)
    except _BAD_DATE:
        return None


def _topmost_received(content: bytes) -> str:
    """The text after the last ``;`` of the first ``Received:`` field, comments removed."""
    fields = raw_fields(content[:_HEADER_LIMIT])
    received = next((value for name, value in fields if name == b"received"), b"")[:_FIELD_LIMIT]
    return without_comments(received.decode("ascii", "replace"), quoted_strings=False).rpartition(";")[2].strip()
