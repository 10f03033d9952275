"""When a message arrived: a date that only our own mail server can have written (pure)."""

from __future__ import annotations

from datetime import datetime, timedelta

from bounced.mime import header_date, in_utc, raw_fields, without_comments

_HEADER_LIMIT = 64 * 1024
_FIELD_LIMIT = 4096


#: How long before the topmost ``Received:`` a date of the mailbox may be: a restored mailbox has 1970 for everything.
DIFFERENCE_LIMIT = timedelta(days=365)


def believed(stored_at: datetime, content: bytes, now: datetime) -> datetime:
    """``stored_at``, or ``now``, as without a date, if it is years before our own server received the message."""
    received, stored, latest = header_date(_topmost_received(content)), in_utc(stored_at), in_utc(now)
    is_wrong = received and stored and latest and min(received, latest) - stored > DIFFERENCE_LIMIT
    return now if is_wrong else stored_at


def arrived_at(content: bytes, stored_at: datetime, now: datetime) -> datetime:
    """The earliest of ``stored_at``, the date of the topmost ``Received:`` and ``now``; UTC, whole seconds.

    The topmost ``Received:`` (RFC 5321 4.4) was written by our own server and survives migrations.
    """
    known = (in_utc(stored_at), header_date(_topmost_received(content)), in_utc(now))
    return min(when for when in known if when is not None)


def parse_date(text: bytes) -> datetime | None:
    """The date (RFC 5322 3.3 or asctime) in UTC, a missing zone read as UTC; ``None`` if it is not a date."""
    return header_date(text.decode("ascii", "replace"))


def _topmost_received(content: bytes) -> str:
    """The text after the last ``;`` of the first ``Received:`` field, comments removed."""
    fields = raw_fields(content[:_HEADER_LIMIT])
    received = next((value for name, value in fields if name == b"received"), b"")[:_FIELD_LIMIT]
    return without_comments(received.decode("ascii", "replace")).rpartition(";")[2].strip()
