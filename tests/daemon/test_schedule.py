"""When a job runs: intervals and cron expressions, in UTC wherever the machine stands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import tzlocal
from pydantic import ValidationError

from bounced.config import Schedule
from bounced.config.schedule import ScheduleSection, _cron
from bounced.daemon.jobs import due
from bounced.ledger.upkeep import Run

NOW = datetime(2026, 9, 17, 12, tzinfo=UTC)  # a Thursday


def schedule(text: str) -> Schedule:
    """What the configuration file makes of ``text``."""
    return ScheduleSection.model_validate({"housekeeping": text}).housekeeping


@pytest.fixture(params=["UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The machine stands in each of these zones in turn."""
    monkeypatch.setenv("TZ", request.param)
    set_zone()
    yield request.param
    monkeypatch.undo()
    set_zone()


def set_zone() -> None:
    """Has everybody who remembers the machine's zone look it up again."""
    time.tzset()
    tzlocal.reload_localzone()
    _cron.cache_clear()


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("90s", "2026-09-17T12:01:30"),
        ("7d", "2026-09-24T12:00:00"),
        ("* * * * *", "2026-09-17T12:01:00"),
        ("0 12 * * *", "2026-09-18T12:00:00"),
        ("*/5 7-19 * * mon-fri", "2026-09-17T12:05:00"),
        ("0 0 1 1 *", "2027-01-01T00:00:00"),
        ("0 0 29 2 *", "2028-02-29T00:00:00"),
    ],
)
def test_the_next_time_is_later_than_now(text: str, after: str) -> None:
    assert schedule(text).after(NOW).isoformat() == f"{after}+00:00"


@pytest.mark.parametrize(
    ("weekdays", "first"),
    (
        {
            "0": 20,
            "7": 20,
            "sun": 20,
            "1": 21,
            "mon": 21,
            "4": 17,
            "5-7": 18,
            "0-2": 20,
            "1-5/2": 18,
            "2/2": 17,
            "*/2": 17,
        }
        | {"2,3": 22, "*": 17, "1,fri": 18}
    ).items(),
)
def test_days_of_the_week_are_numbered_as_in_crontab(weekdays: str, first: int) -> None:
    """APScheduler's 0 is Monday; crontab(5) says Sunday."""
    assert schedule(f"0 13 * * {weekdays}").after(NOW) == datetime(2026, 9, first, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0 25 * * *", "is not a cron expression"),
        ("a b c d e", "is not a cron expression"),
        ("0 0 30 2 *", "it never matches"),
        ("0 0 * * 5-2", "not a range of days"),
        ("0 0 * * 8", "is not a cron expression"),
        ("0s", "at least"),
        ("* * *", "or a cron expression"),
    ],
)
def test_what_never_comes_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        schedule(text)


def test_the_change_to_summer_time_and_back_skips_and_doubles_nothing(zone: str) -> None:
    """Both changes of 2026, of Europe and of America; 02:30 local time is once missing and once twice there."""
    days = []
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(366):
        at = schedule("30 2 * * *").after(at)
        days.append(at)
    assert {later - earlier for earlier, later in pairwise(days)} == {timedelta(days=1)}
    assert {day.isoformat()[10:] for day in days} == {"T02:30:00+00:00"}


@pytest.mark.parametrize(
    ("text", "hours_ago", "hours_ahead"),
    [
        ("1d", None, 0),  # never
        ("1d", 1, 23),
        ("1d", 24, 0),
        ("1d", 240, 0),  # missed
        ("1d", -9000, 0),  # the clock was wrong
        ("0 13 * * *", None, 1),
        ("0 13 * * *", 2, 1),
        ("0 13 * * *", 24, 0),  # missed
        ("0 13 * * *", -9000, 1),
    ],
)
def test_a_job_that_was_missed_runs_at_once(text: str, hours_ago: int | None, hours_ahead: int) -> None:
    last = None if hours_ago is None else Run(NOW - timedelta(hours=hours_ago))
    assert due(schedule(text), last, NOW) == NOW + timedelta(hours=hours_ahead)


@pytest.mark.parametrize(
    ("text", "minutes_ago", "minutes_ahead"),
    [("1d", 20, 40), ("1d", 3000, 0), ("10m", 3, 7), ("30 12 * * *", 0, 30), ("0 13 * * *", 20, 40)],
)
def test_a_job_that_failed_is_due_within_the_hour(text: str, minutes_ago: int, minutes_ahead: int) -> None:
    last = Run(NOW - timedelta(minutes=minutes_ago), failed=True)
    assert due(schedule(text), last, NOW) == NOW + timedelta(minutes=minutes_ahead)
