"""Whether a source of mail has fallen silent, by the hours in which it brought something before. Pure.

1. The usual interval is the third longest one: weekends come again and again, an outage does not.
2. It is known when mail has come for LEARNING hours, and for CYCLES times as long as the longest interval: of what
   comes once a month, after four months.
3. Intervals are those between arrivals at the mail server: nothing is learned from when it was read.
4. Silence counts while the source is watched: after a pause (the daemon was off, the clock was set) it counts anew.
   What is silent already remains so until something arrives.
5. What arrives in the future has not arrived yet.

All numbers are hours; moments are hours since 1970.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

DAY = 24

#: Before the last arrival, what is learned from.
WINDOW = 182 * DAY

LEARNING = 28 * DAY
CYCLES = 4

#: Which interval is the usual one, from the longest.
ORDINAL = 3

#: The shortest usual interval.
INTERVAL_MIN = DAY

#: A source is silent after so many usual intervals.
FACTOR = 2

#: Without a poll for longer, a source is not watched.
PAUSE = 2 * DAY


@dataclass(frozen=True, slots=True)
class Watch:
    """From when until when a source is watched without a pause."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Silence:
    """Since when nothing has arrived, and how long that may take."""

    since: int
    limit: int


def watched(watch: Watch | None, polled: int) -> Watch:
    """``watch`` until the poll in that hour; from then on after a pause, or when the clock was set back."""
    if watch is not None and -1 <= polled - watch.until <= PAUSE:
        return Watch(watch.since, polled)
    return Watch(polled, polled)


def usual_interval(arrivals: Sequence[int]) -> int | None:
    """Between two of ``arrivals``, which are distinct and ascending; ``None`` while that is not known."""
    recent = [hour for hour in arrivals if hour > arrivals[-1] - WINDOW]
    intervals = sorted(later - earlier for earlier, later in pairwise(recent))
    known = sum(intervals)
    if known < LEARNING or intervals[-1] * CYCLES > known:
        return None
    return max(intervals[-ORDINAL], INTERVAL_MIN)


def silence(
    arrivals: Sequence[int], watch: Watch, expect: int | None = None, silent_since: int | None = None
) -> Silence | None:
    """The silence of a source at the end of ``watch``, ``None`` while there is none.

    ``arrivals`` are distinct and ascending. ``expect`` is how long nothing may arrive, 0 for ever, ``None`` for what is
    usual; ``silent_since`` is that of a silence found earlier.
    """
    past = [hour for hour in arrivals if hour <= watch.until]
    limit = _limit(past) if expect is None else expect
    if not limit:
        return None
    quiet_since = past[-1] + 1 if past else watch.since
    start = max(watch.since, quiet_since)
    if silent_since is not None and (not past or quiet_since <= silent_since):
        quiet_since = start = silent_since
    return Silence(quiet_since, limit) if watch.until - start > limit else None


def _limit(arrivals: Sequence[int]) -> int | None:
    interval = usual_interval(arrivals)
    return interval and interval * FACTOR
