"""How long a failing account is left alone, and how often that is logged."""

from __future__ import annotations

import random

import pytest

from bounced.sources.retry import DATABASE_WAIT, Backoff, Pause, Reminder


def longest(shortest: float, longest: float) -> float:
    """The most that could be drawn."""
    return longest


def shortest(shortest: float, longest: float) -> float:
    """The least that could be drawn."""
    return shortest


@pytest.mark.parametrize(
    ("refused", "least", "most"),
    [
        (False, 5, [10, 20, 40, 80, 160, 320, 640, 900, 900]),
        (True, 300, [600, 1200, 2400, 3600, 3600]),
    ],
)
def test_it_doubles_up_to_a_limit(refused: bool, least: float, most: list[float]) -> None:
    assert [backoff.failed(refused=refused) for backoff in [Backoff(longest)] for _ in most] == most
    assert {backoff.failed(refused=refused) for backoff in [Backoff(shortest)] for _ in most} == {least}


def test_a_database_is_tried_again_soon() -> None:
    backoff = Backoff(longest, DATABASE_WAIT)
    assert [backoff.failed() for _ in range(6)] == [10, 20, 40, 60, 60, 60]


def test_a_recovery_begins_anew() -> None:
    backoff = Backoff(longest)
    assert [backoff.failed() for _ in range(3)] == [10, 20, 40]
    backoff.recovered()
    assert backoff.failed() == 10


def test_a_refused_login_waits_long_whatever_failed_before() -> None:
    backoff = Backoff(longest)
    assert [backoff.failed(), backoff.failed(), backoff.failed(refused=True), backoff.failed()] == [10, 20, 2400, 80]


def test_years_of_failures_are_no_overflow() -> None:
    backoff = Backoff(longest)
    assert {backoff.failed() for _ in range(20_000)} == {10, 20, 40, 80, 160, 320, 640, 900}


def test_the_whole_range_is_drawn_from() -> None:
    """Full jitter: those who were cut off together do not come back together."""
    backoff = Backoff(random.Random(1).uniform)
    waits = [backoff.failed() for _ in range(1000)]
    assert min(waits) < 20
    assert max(waits) > 890
    assert 420 < sum(waits) / len(waits) < 480


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_pause_begins_with_a_failure_and_ends_with_a_success() -> None:
    clock = Clock()
    pause = Pause(Backoff(longest), clock)
    assert pause.left() == 0
    assert pause.begin("no answer")
    assert (pause.left(), pause.problem) == (10, "no answer")
    clock.now = 4
    assert pause.left() == 6
    assert pause.end()
    assert (pause.left(), pause.problem, pause.successes) == (0, "", 1)
    assert pause.begin("no answer")
    assert pause.left() == 10


def test_threads_that_see_one_failure_begin_one_pause() -> None:
    clock = Clock()
    pause = Pause(Backoff(longest), clock)
    assert [pause.begin("no answer"), pause.begin("refused", refused=True)] == [True, False]
    assert (pause.left(), pause.problem) == (10, "refused")
    clock.now = 10
    pause.begin("refused", refused=True)
    assert pause.left() == 1200


def test_a_lifted_pause_is_over_and_its_trouble_is_not() -> None:
    pause = Pause(Backoff(longest), Clock())
    pause.begin("no answer")
    pause.lift()
    assert (pause.left(), pause.problem, pause.successes) == (0, "no answer", 0)
    assert not pause.begin("no answer")
    assert pause.left() == 10


def test_a_lasting_failure_is_logged_at_its_start_hourly_and_at_its_end() -> None:
    seconds = iter([10.0, 20.0, 3609.0, 3610.0, 7209.0, 7210.0])
    reminder = Reminder(lambda: next(seconds))
    assert not reminder.is_over()
    assert [reminder.is_due("no answer") for _ in range(6)] == [True, False, False, True, False, True]
    assert reminder.problem == "no answer"
    assert [reminder.is_over(), reminder.is_over()] == [True, False]


def test_the_next_trouble_is_told_at_once() -> None:
    reminder = Reminder(lambda: 0.0)
    assert reminder.is_due("no answer")
    assert reminder.is_over()
    assert reminder.is_due("no answer")
