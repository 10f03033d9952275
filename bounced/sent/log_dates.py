"""The dates of a log's lines. Most lines are of the same second as the one before. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

_MONTHS = {name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}

#: Octets of "Nov 29 03:41:24".
TRADITIONAL_LENGTH = 15

#: Octets of "2026-11-29T03:41:24", and of "+01:00".
SECOND_LENGTH = 19
ZONE_LENGTH = 6

#: Years in which a date is looked for: between two leap years lie up to eight.
YEARS_LIMIT = 8

#: What the clock of a machine may be ahead.
AHEAD = timedelta(days=1)


class Dates:
    """Reads dates in seconds since 1970, 0 for none. A date without a year is of the year before ``latest``."""

    def __init__(self, latest: datetime) -> None:
        self._latest = latest
        self._second, self._seconds = b"", 0

    def of_syslog(self, line: bytes) -> int:
        """That at the beginning of a line: of RFC 3339, of RFC 3164, or ``@`` and seconds since 1970 (journald)."""
        if line[:1] == b"@" or line[:1].isdigit():
            return self.of_iso(line.partition(b" ")[0])
        return self._read(line[:TRADITIONAL_LENGTH], self._traditional)

    def of_iso(self, stamp: bytes) -> int:
        """That of Exim; without a zone in the machine's."""
        return self._read(stamp, _seconds)

    def _read(self, stamp: bytes, seconds: Callable[[bytes], int]) -> int:
        """Reads it unless it is of the same second and zone as the last one, whatever the fraction is."""
        second = stamp[:SECOND_LENGTH] + stamp[-ZONE_LENGTH:]
        if second != self._second:
            self._second, self._seconds = second, seconds(stamp)
        return self._seconds

    def _traditional(self, stamp: bytes) -> int:
        """The last "Nov 29 03:41:24" before ``latest``, in the machine's zone."""
        try:
            month, day, clock = stamp.split()
            text = f"{_MONTHS[month]:02}-{int(day):02} {clock.decode('ascii')}"
            seconds = (_seconds(b"%d-%s" % (year, text.encode())) for year in self._years())
            end = (self._latest + AHEAD).timestamp()
            return next((at for at in seconds if 0 < at <= end), 0)
        except (ValueError, KeyError):
            return 0

    def _years(self) -> range:
        """The latest first: of 29 February some have none."""
        return range(self._latest.year + 1, self._latest.year - YEARS_LIMIT, -1)


def _seconds(stamp: bytes) -> int:
    try:
        if stamp[:1] == b"@":
            return int(stamp[1:])
        return int(datetime.fromisoformat(stamp.replace(b" +", b"+").replace(b" -", b"-").decode("ascii")).timestamp())
    except (ValueError, OverflowError, OSError):
        return 0
