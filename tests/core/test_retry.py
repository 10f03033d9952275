"""How long a failing account is left alone."""

from __future__ import annotations

import random

import pytest

from bounced.retry import DATABASE, Backoff


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
    backoff = Backoff(longest, DATABASE)
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
