"""The dates of a log's lines. Most lines are of the same second as the one before. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

_MONTHS = {name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}

#: Octets of "Nov 29 03:41:24".
TRADITIONAL_LENGTH = 15

#: Years in which a date is looked for: between two leap years lie up to eight.
YEARS_LIMIT = 8

#: What the clock of a machine may be ahead.
AHEAD = timedelta(days=1)


class Dates:
    """Reads dates in seconds since 1970, 0 for none. A date without a year is of the year before ``latest``."""

    def __init__(self, latest: datetime) -> None:
        self._latest = latest
        self._stamp, self._seconds = b"", 0

    def of_syslog(self, line: bytes) -> int:
        """That at the beginning of a line: of RFC 3339, of RFC 3164, or ``@`` and seconds since 1970 (journald)."""
        is_plain = line[:1] == b"@" or line[:1].isdigit()
        stamp = line.partition(b" ")[0] if is_plain else line[:TRADITIONAL_LENGTH]
        if stamp != self._stamp:
            self._stamp = stamp
            self._seconds = _seconds(stamp) if is_plain else self._traditional(stamp)
        return self._seconds

    def of_iso(self, stamp: bytes) -> int:
        """That of Exim; without a zone in the machine's."""
        if stamp != self._stamp:
            self._stamp, self._seconds = stamp, _seconds(stamp)
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
        return int(datetime.fromisoformat(stamp.decode("ascii")).timestamp())
    except (ValueError, OverflowError, OSError):
        return 0
