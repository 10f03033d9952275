"""When a mailbox or a feedback loop is silent: tables of what arrived, what was watched, and what is said of it."""

from __future__ import annotations

from itertools import accumulate

import pytest

from bounced.policy.arrivals import DAY, LEARNING, PAUSE, WINDOW, Silence, Watch, silence, usual_interval, watched

#: A Monday at midnight.
START = 480_000
WEEK = 7 * DAY


def hours(*pattern: int, weeks: int, first: int = START) -> list[int]:
    """The hours of ``pattern`` in each of ``weeks``."""
    return [first + week * WEEK + hour for week in range(weeks) for hour in pattern]


OFFICE = [day * DAY + hour for day in range(5) for hour in range(8, 18)]
DAILY = [day * DAY for day in range(7)]
HOURLY = list(range(WEEK))

INTERVALS: dict[str, tuple[list[int], int | None]] = {
    "nothing yet": ([], None),
    "one message": ([START], None),
    "always": (hours(*HOURLY, weeks=6), DAY),
    "once a day": (hours(*DAILY, weeks=6), DAY),
    "weekdays in office hours": (hours(*OFFICE, weeks=6), 63),
    "once a week": (hours(0, 1, 2, weeks=8), WEEK - 2),
    "not known for long enough": (hours(*HOURLY, weeks=4), None),
    "just known for long enough": ([*hours(*HOURLY, weeks=4), START + LEARNING], DAY),
    "once a month, twice": ([START, START + 1, START + 30 * DAY], None),
    "once a month, three times": ([START + month * 30 * DAY for month in range(4)], None),
    "once a month, five times": ([START + month * 30 * DAY for month in range(5)], 30 * DAY),
    "one outage of ten days": ([*hours(*DAILY, weeks=5), *hours(*DAILY, weeks=5, first=START + 45 * DAY)], DAY),
    "an outage of most of the time": ([*hours(*HOURLY, weeks=2), START + 60 * DAY], None),
    "what is older than half a year": ([START - WINDOW, *hours(*DAILY, weeks=6)], DAY),
}


@pytest.mark.parametrize(("arrivals", "interval"), INTERVALS.values(), ids=INTERVALS)
def test_the_usual_interval_is_learned(arrivals: list[int], interval: int | None) -> None:
    assert usual_interval(arrivals) == interval


#: The last hour of six weeks of office hours is Friday, 17:00; and how long it may be quiet then.
OFFICE_END, OFFICE_LIMIT = START + 5 * WEEK + 4 * DAY + 17 + 1, 2 * 63
SINCE = START - WEEK


def quiet(after: int) -> Watch:
    """A watch that ends so many hours after the last message of office hours."""
    return Watch(SINCE, OFFICE_END + after)


ALWAYS_AT_WORK = hours(*OFFICE, weeks=6)
WORK_DONE = Silence(OFFICE_END, OFFICE_LIMIT)


def restarted(after: int, until: int) -> Watch:
    """A watch that begins and ends so many hours after the last message of office hours."""
    return Watch(OFFICE_END + after, OFFICE_END + until)


TABLE: dict[str, tuple[list[int], Watch, int | None, int | None, Silence | None]] = {
    "a weekend": (ALWAYS_AT_WORK, quiet(63), None, None, None),
    "a long weekend": (ALWAYS_AT_WORK, quiet(4 * DAY), None, None, None),
    "a week without": (ALWAYS_AT_WORK, quiet(WEEK), None, None, WORK_DONE),
    "exactly the limit": (ALWAYS_AT_WORK, quiet(OFFICE_LIMIT), None, None, None),
    "an hour more": (ALWAYS_AT_WORK, quiet(OFFICE_LIMIT + 1), None, None, WORK_DONE),
    "a new mailbox, for weeks": (hours(*DAILY, weeks=2), Watch(START, START + 50 * DAY), None, None, None),
    "never anything": ([], Watch(START, START + 50 * DAY), None, None, None),
    "never anything, but expected": ([], Watch(START, START + 25), DAY, None, Silence(START, DAY)),
    "never anything, not yet expected": ([], Watch(START, START + DAY), DAY, None, None),
    "expected, whatever was learned": (ALWAYS_AT_WORK, quiet(7), 6, None, Silence(OFFICE_END, 6)),
    "nothing is expected": (ALWAYS_AT_WORK, quiet(50 * DAY), 0, None, None),
    "a backfill of last year, just read": (ALWAYS_AT_WORK, restarted(9000, 9100), None, None, None),
    "the daemon was off": (ALWAYS_AT_WORK, restarted(300, 302), None, None, None),
    "the daemon was off, and it stays quiet": (ALWAYS_AT_WORK, restarted(300, 427), None, None, WORK_DONE),
    "silent before the daemon was off": (ALWAYS_AT_WORK, restarted(300, 302), None, OFFICE_END, WORK_DONE),
    "silent, and a message": ([*ALWAYS_AT_WORK, OFFICE_END + 301], restarted(300, 302), None, OFFICE_END, None),
    "silent from the first, and the daemon was off": (
        [],
        restarted(0, 2),
        500,
        OFFICE_END - 499,
        Silence(OFFICE_END - 499, 500),
    ),
    "the clock was set back": (ALWAYS_AT_WORK, Watch(START, START + WEEK), None, None, None),
    "a message of the future": ([*ALWAYS_AT_WORK, OFFICE_END + 9999], quiet(WEEK), None, None, WORK_DONE),
    "silent, and now longer is allowed": (ALWAYS_AT_WORK, quiet(WEEK), 8 * DAY, OFFICE_END, None),
}


@pytest.mark.parametrize(("arrivals", "watch", "expect", "silent_since", "found"), TABLE.values(), ids=TABLE)
def test_silence(
    arrivals: list[int], watch: Watch, expect: int | None, silent_since: int | None, found: Silence | None
) -> None:
    assert silence(arrivals, watch, expect, silent_since) == found


WATCHES: dict[str, tuple[Watch | None, int, Watch]] = {
    "the first poll": (None, START, Watch(START, START)),
    "the next one": (Watch(SINCE, START), START + 1, Watch(SINCE, START + 1)),
    "in the same hour": (Watch(SINCE, START), START, Watch(SINCE, START)),
    "the clock set back by seconds, over the hour": (Watch(SINCE, START), START - 1, Watch(SINCE, START - 1)),
    "the clock set back": (Watch(SINCE, START), START - 2, Watch(START - 2, START - 2)),
    "after two days": (Watch(SINCE, START), START + PAUSE, Watch(SINCE, START + PAUSE)),
    "after longer, or the clock set forward": (Watch(SINCE, START), START + PAUSE + 1, Watch(START + 49, START + 49)),
}


@pytest.mark.parametrize(("watch", "polled", "then"), WATCHES.values(), ids=WATCHES)
def test_what_is_watched(watch: Watch | None, polled: int, then: Watch) -> None:
    assert watched(watch, polled) == then


def test_no_week_of_regular_mail_is_silent() -> None:
    """Each hour of the seventh week, as it was before it arrived."""
    for pattern in (OFFICE, DAILY, HOURLY):
        arrivals = hours(*pattern, weeks=8)
        for now in accumulate([1] * WEEK, initial=START + 6 * WEEK):
            assert silence([hour for hour in arrivals if hour < now], Watch(SINCE, now)) is None
