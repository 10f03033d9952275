"""When a message arrived: a date that only our own mail server can have written (pure)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bounced.mime import header_date, header_lines, in_utc, without_comments

_HEADER_LIMIT = 64 * 1024
_FIELD_LIMIT = 4096
_RECEIVED = re.compile(rb"\nreceived(?:\n?[ \t])*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE)

#: How long before the topmost ``Received:`` a date of the mailbox may be: a restored mailbox has 1970 for everything.
DIFFERENCE_LIMIT = timedelta(days=365)


def arrival(content: bytes, stored_at: datetime, now: datetime) -> tuple[datetime, datetime]:
    """When the mailbox stored a message, and when it arrived: the earlier of that and of the topmost ``Received:``.

    The topmost ``Received:`` (RFC 5321 4.4) was written by our own server and survives migrations. A ``stored_at`` that
    is years before is ``now`` instead, as without a date. It arrived by ``now``, in UTC and whole seconds.
    """
    received, stored, latest = header_date(_topmost_received(content)), in_utc(stored_at), in_utc(now)
    if received and stored and latest and min(received, latest) - stored > DIFFERENCE_LIMIT:
        stored_at, stored = now, latest
    return stored_at, min(when for when in (stored, received, latest) if when is not None)


def arrived_at(content: bytes, stored_at: datetime, now: datetime) -> datetime:
    """When a message arrived, as ``arrival`` says, of which the mailbox says that it was ``stored_at``."""
    return arrival(content, stored_at, now)[1]


def parse_date(text: bytes) -> datetime | None:
    """The date (RFC 5322 3.3 or asctime) in UTC, a missing zone read as UTC; ``None`` if it is not a date."""
    return header_date(text.decode("ascii", "replace"))


def _topmost_received(content: bytes) -> str:
    """The text after the last ``;`` of the first ``Received:`` field, comments removed."""
    received = _RECEIVED.search(header_lines(content[:_HEADER_LIMIT]))
    value = received[1][:_FIELD_LIMIT] if received else b""
    return without_comments(value.decode("ascii", "replace")).rpartition(";")[2].strip()
