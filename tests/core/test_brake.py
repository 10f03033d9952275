"""How many addresses may be suppressed in a day."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from bounced.policy import BrakeLimits
from bounced.policy.brake import Past, changed_limit, reported_limit

LONG = timedelta(days=400)


@pytest.mark.parametrize(
    ("past", "reported"),
    [
        (Past(), math.inf),
        (Past(today=5000, days=(), since=timedelta()), math.inf),
        (Past(today=0, days=(9000,), since=timedelta(days=27, hours=23)), math.inf),
        (Past(today=0, days=(9000,), since=timedelta(days=28)), 90_000),
        (Past(today=0, days=(3, 1, 2), since=LONG), 100),
        (Past(today=0, days=(), since=LONG), 100),
        (Past(today=0, days=(40, 50, 5000, 60, 45), since=LONG), 500),  # a day of an outage changes little
        (Past(today=7000, days=(40, 50), since=LONG), 450),  # the day itself is not what it is compared with
    ],
)
def test_reports_are_limited_by_the_usual_day(past: Past, reported: float) -> None:
    assert reported_limit(BrakeLimits(), past) == reported


@pytest.mark.parametrize(
    ("past", "suppressed", "changed"),
    [
        (Past(), 0, 100),
        (Past(), 5000, 500),
        (Past(days=(40, 50, 60), since=LONG), 50_000, 500),
        (Past(days=(1, 1, 1), since=LONG), 50_000, 100),
    ],
)
def test_changes_are_limited_from_the_first_day_on(past: Past, suppressed: int, changed: float) -> None:
    assert changed_limit(BrakeLimits(), past, suppressed) == changed


def test_without_addresses_there_is_no_brake() -> None:
    off, past = BrakeLimits(addresses=0), Past(days=(1,), since=LONG)
    assert reported_limit(off, past) == changed_limit(off, past, 10) == math.inf


def test_all_numbers_can_be_set() -> None:
    limits = BrakeLimits(addresses=5, factor=2, learn=timedelta())
    assert reported_limit(limits, Past()) == 5
    assert reported_limit(limits, Past(days=(10, 20))) == 30
