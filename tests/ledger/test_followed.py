"""What another policy changes is counted, and withheld where it is too much to be meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bounced.ledger.followed import Followed
from bounced.ledger.ledger import Ledger
from bounced.policy import BrakeLimits, Ladder, Limit, Policy
from tests.support.ledger import NOW, failed, item, rows, suppressed

LOW = BrakeLimits(addresses=3)
HASTY = replace(Policy(), limits={**Policy().limits, "hard": Limit(1, 0)}, brake=LOW)


def take(ledger: Ledger, number: int, *days: float) -> None:
    for day in days:
        events = [failed(f"{n}@b.test", original_message_id=f"{day}@s") for n in range(number)]
        ledger.take([item(int(day * 100), day, *events)])


def test_what_another_policy_changes_is_counted_once(path: str) -> None:
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        take(ledger, 3, 0)
        assert ledger.followed() == Followed()
        ledger.adopt(HASTY)
        assert ledger.followed() == Followed(suppressed=3)
        assert ledger.followed() == Followed()
    with Ledger(path, Policy(), clock=lambda: NOW) as other:
        assert other.followed() == Followed(released=3)
        assert other.followed_since_opened == Followed(released=3)


def test_a_receipt_says_what_another_program_has_changed(path: str) -> None:
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        take(ledger, 2, 0)
        with Ledger(path, HASTY, clock=lambda: NOW):
            pass
        assert ledger.take([]).followed == Followed(released=2)


def test_too_many_at_once_are_withheld_until_a_person_says_so(path: str) -> None:
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        take(ledger, 5, 0)
        ledger.adopt(HASTY)
        assert ledger.followed() == Followed(withheld=5)
        assert suppressed(path) == []
        take(ledger, 6, 1)  # one of them is new
        assert [address for address, *_ in suppressed(path)] == ["5@b.test"]
        assert len(ledger.replay().started) == 5
        assert len(suppressed(path)) == 6
    with Ledger(path, HASTY, clock=lambda: NOW) as again:
        assert again.followed() == Followed()
    assert rows(path, "SELECT * FROM withheld") == []


def test_complaints_and_decisions_are_not_withheld(path: str) -> None:
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        take(ledger, 5, 0)
        ledger.adopt(HASTY)
        ledger.decisions.decide(["1@b.test"], "suppress", "all", "asked")
    assert suppressed(path) == [("1@b.test", "all", "manual", 0)]


def test_who_is_withheld_is_told_and_nobody_is_told_twice(path: str) -> None:
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        take(ledger, 5, 0)
        ledger.adopt(HASTY)
        ledger.followed()
        ledger.adopt(replace(HASTY, max_gap=HASTY.max_gap / 2))
        assert ledger.followed() == Followed()
    assert rows(path, "SELECT count(*) FROM withheld") == [(5,)]


def test_who_would_not_be_suppressed_any_more_is_not_withheld(path: str) -> None:
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        take(ledger, 5, 0)
        ledger.adopt(HASTY)
        ledger.adopt(replace(Policy(), brake=LOW))
        assert rows(path, "SELECT * FROM withheld") == []


def test_suppressions_that_would_not_lapse_any_more_are_withheld_too(path: str) -> None:
    lapsing = replace(HASTY, expire={"hard": Ladder((timedelta(days=7),), probation=False)})
    with Ledger(path, lapsing, clock=lambda: NOW) as ledger:
        take(ledger, 5, 0)
        assert suppressed(path) == []
        ledger.adopt(HASTY)
        assert ledger.followed() == Followed(withheld=5)
        assert suppressed(path) == []
        assert len(ledger.resume().started) == 5


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (Followed(4910, 0), "judged by other numbers than before: 4,910 more suppressed, 0 fewer"),
        (
            Followed(0, 2, 5534),
            "judged by other numbers than before: 0 more suppressed, 2 fewer; 5,534 more would be suppressed, too many "
            "at once: `bounced withheld` lists them, `bounced resume` suppresses them",
        ),
    ],
)
def test_it_is_one_line(changes: Any, text: str) -> None:
    assert changes.text() == text
