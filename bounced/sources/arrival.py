"""When a message arrived: a date that nobody but our own mail server had a hand in (pure)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_HEADER_LIMIT = 64 * 1024
_FIELD_LIMIT = 4096
_DATE_LIMIT = 100
_COMMENT_MARK = re.compile(rb"\\.|[()]", re.DOTALL)

#: What parsedate_to_datetime and datetime arithmetic raise on dates that nobody meant seriously.
_BAD_DATE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)


def arrived_at(content: bytes, stored_at: datetime, now: datetime) -> datetime:
    """The earliest of ``stored_at``, the date of the topmost ``Received:`` and ``now``; UTC, whole seconds.

    The topmost ``Received:`` (RFC 5321 4.4) was written by our own server and survives migrations.
    """
    known = (_in_utc(stored_at), parse_date(_topmost_received(content)), _in_utc(now))
    return min(when for when in known if when is not None)


def parse_date(text: bytes) -> datetime | None:
    """The date (RFC 5322 3.3 or asctime) in UTC, a missing zone read as UTC; ``None`` when it is none."""
    try:
        return _in_utc(parsedate_to_datetime(text[:_DATE_LIMIT].decode("ascii", "replace")))
    except _BAD_DATE:
        return None


def _in_utc(when: datetime) -> datetime | None:
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC).replace(microsecond=0)
    except _BAD_DATE:
        return None


def _topmost_received(content: bytes) -> bytes:
    """What stands behind the last ``;`` of the first ``Received:`` field, comments removed."""
    field = b""
    for line in content[:_HEADER_LIMIT].splitlines():
        if field and line[:1] in b" \t" and line.strip() and len(field) < _FIELD_LIMIT:
            field += b" " + line[:_FIELD_LIMIT]
        elif field or not line:
            break
        elif line[:9].lower() == b"received:":
            field = line[:_FIELD_LIMIT]
    return _without_comments(field).rpartition(b";")[2].strip()


def _without_comments(field: bytes) -> bytes:
    kept, depth, start = [], 0, 0
    for mark in _COMMENT_MARK.finditer(field):
        step = {b"(": 1, b")": -1}.get(mark.group(), 0)
        if step and not depth:
            kept.append(field[start : mark.start()])
        depth = max(0, depth + step)
        if step and not depth:
            start = mark.end()
    return b" ".join([*kept, field[start:]]) if not depth else b" ".join(kept)
