"""When a problem is told: once, then daily, then when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bounced.policy.alarms import Alarm, Problem, step

NOW = datetime(2026, 9, 17, 12, tzinfo=UTC)
OFTEN = Problem("disk", "disk:/", "3 % free", "make room")
PATIENT = Problem("mailbox", "imap:bounces/INBOX", "refuses connections", patience=timedelta(minutes=15))
WORSE = Problem("disk", "disk:/", "0.1 % free", is_critical=True)

#: Minutes from NOW at which somebody looks, what is there then, and what is told at which of these minutes.
COURSES: dict[str, tuple[Problem, dict[int, bool], dict[int, str]]] = {
    "told at once": (OFTEN, {0: True}, {0: "raised"}),
    "told once": (OFTEN, {0: True, 1: True, 1439: True}, {0: "raised"}),
    "told daily": (
        OFTEN,
        {0: True, 1440: True, 1441: True, 2880: True},
        {0: "raised", 1440: "reminded", 2880: "reminded"},
    ),
    "over after an hour": (
        OFTEN,
        {0: True, 10: False, 69: False, 70: False, 71: False},
        {0: "raised", 70: "recovered"},
    ),
    "back within the hour": (
        OFTEN,
        {0: True, 10: False, 60: True, 61: False, 120: False, 121: False},
        {0: "raised", 121: "recovered"},
    ),
    "back after the hour": (
        OFTEN,
        {0: True, 1: False, 61: False, 62: True},
        {0: "raised", 61: "recovered", 62: "raised"},
    ),
    "flapping for a day": (
        OFTEN,
        {minute: minute % 2 == 0 for minute in range(1500)},
        {0: "raised", 1440: "reminded"},
    ),
    "nobody looked for days": (OFTEN, {0: True, 4000: True}, {0: "raised", 4000: "reminded"}),
    "told when it lasts": (PATIENT, {0: True, 14: True, 15: True, 16: True}, {15: "raised"}),
    "over before it is told": (PATIENT, {0: True, 14: False, 15: True, 29: True, 30: True}, {30: "raised"}),
    "the clock is set back": (OFTEN, {0: True, -2000: True, -1999: True}, {0: "raised", -2000: "reminded"}),
    "the clock is set back before it is told": (PATIENT, {0: True, -20: True}, {-20: "raised"}),
    "the clock is set back before it is over": (
        OFTEN,
        {0: True, 1: False, -200: False},
        {0: "raised", -200: "recovered"},
    ),
    "nothing": (OFTEN, {0: False}, {}),
}


@pytest.mark.parametrize(("problem", "course", "told"), COURSES.values(), ids=COURSES)
def test_a_problem_is_told_once_then_daily_and_when_it_is_over(
    problem: Problem, course: dict[int, bool], told: dict[int, str]
) -> None:
    alarm, changes = None, {}
    for minute, is_there in course.items():
        alarm, change = step(alarm, problem if is_there else None, NOW + timedelta(minutes=minute))
        if change:
            changes[minute] = change.removeprefix("alarm.")
    assert changes == told


def test_what_becomes_critical_is_told_at_once_and_stays_so() -> None:
    alarm, _ = step(None, OFTEN, NOW)
    alarm, change = step(alarm, WORSE, NOW + timedelta(minutes=1))
    assert change == "alarm.reminded"
    later = step(alarm, OFTEN, NOW + timedelta(minutes=2))
    assert later == (
        Alarm("disk", "disk:/", "3 % free", True, NOW, told_at=NOW + timedelta(minutes=1), times_told=2),
        None,
    )
