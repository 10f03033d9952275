"""The dates of lists: ISO 8601 and what resembles it, RFC 5322, and seconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from bounced.peer import printable

#: Octets of a date.
DATE_LIMIT = 64

#: Seconds, milliseconds or microseconds since 1970, perhaps with a fraction.
_NUMBER = re.compile(r"[0-9]{1,17}(?:\.[0-9]{1,9})?")
_YEAR_2286 = 10**10

#: 2026/09/01 12:00:00 +0000 UTC: what differs from ISO 8601, with blanks as Go and PHP write them.
_LIKE_ISO = re.compile(
    r"(?P<date>[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2})"
    r"(?:[T ]{1,3}(?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,][0-9]{1,9})?)?"
    r" ?(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?(?: [A-Z]{3,4})?"
)

CHINA = timezone(timedelta(hours=8))


def parsed(text: str, zone: timezone = UTC) -> datetime | None:
    """The aware UTC datetime of a cell, in ``zone`` where the text names none; ``None`` for an empty one.

    Raises ValueError when it is none of the forms, or before 1990.
    """
    stripped = text.strip()
    if stripped in ("", "0", "0000-00-00 00:00:00"):
        return None
    try:
        at = _parsed(stripped[:DATE_LIMIT], zone).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"{printable(stripped, DATE_LIMIT)!r} is no date that can be read; 2026-09-01T12:00:00Z is one"
        ) from None
    if at.year < 1990:
        raise ValueError(f"{printable(stripped, DATE_LIMIT)!r} is a date before 1990")
    return at


def _parsed(text: str, zone: timezone) -> datetime:
    if _NUMBER.fullmatch(text):
        number = float(text)
        while number >= _YEAR_2286:
            number /= 1000
        return datetime.fromtimestamp(number, UTC)
    if like := _LIKE_ISO.fullmatch(text):
        return _like_iso(like, zone)
    at = parsedate_to_datetime(text)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _like_iso(like: re.Match[str], zone: timezone) -> datetime:
    year, month, day = map(int, re.split("[-/]", like["date"]))
    hour, minute, second = (*map(int, (like["time"] or "0:0:0").split(":")), 0)[:3]
    named = like["zone"]
    if named in (None, ""):
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
    if named in ("Z", "UTC", "GMT"):
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    offset = timedelta(hours=int(named[1:3]), minutes=int(named[-2:]))
    signed = timezone(-offset if named[0] == "-" else offset)
    return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=signed)
