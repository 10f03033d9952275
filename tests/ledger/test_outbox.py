"""What other programs are told: each change once, in the order of the commits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced.ledger.ledger import Ledger
from bounced.model import Event
from bounced.policy import Ladder, Limit, Policy
from tests.support.ledger import DAY0, Clock, failed, item, rows

TEN_DAYS = timedelta(days=10)
AT_ONCE = Policy(
    {**Policy().limits, "hard": Limit(1, 0), "soft": Limit(1, 0)},
    expire={"mailbox_full": Ladder((TEN_DAYS,), probation=False)},
)


@pytest.fixture
def ledger(path: str, clock: Clock) -> Iterator[Ledger]:
    with Ledger(path, AT_ONCE, clock=clock) as opened:
        yield opened


def told(path: str) -> list[tuple[str, str]]:
    return rows(path, "SELECT type, address FROM outbox_view ORDER BY id")


def full(address: str) -> Event:
    return Event(address, "bounce", "failed", "soft", "mailbox_full")


def complaint(address: str, feedback_type: str = "abuse") -> Event:
    return Event(address, "complaint", feedback_type=feedback_type, campaign="spring")


def test_a_suppression_is_told_when_it_begins_and_when_it_is_removed(ledger: Ledger, path: str) -> None:
    ledger.take([item(1, 0, failed("a@b.test", diagnostic_code="550 no"))])
    ledger.decisions.decide(["a@b.test"], "release", "", "he asked")
    assert rows(path, "SELECT type, address, scope, cause, reason, class, since, until, detail FROM outbox_view") == [
        ("suppression.added", "a@b.test", "all", "bounce", "user_unknown", "hard", DAY0_TEXT, None, "550 no"),
        ("suppression.removed", "a@b.test", "all", "bounce", "user_unknown", "hard", DAY0_TEXT, None, "550 no"),
    ]


DAY0_TEXT = DAY0.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_what_was_told_before_is_not_told_again(ledger: Ledger, path: str, clock: Clock) -> None:
    for day in range(3):
        clock.day = day
        ledger.take([item(day, day, failed("a@b.test"))])
    assert told(path) == [("suppression.added", "a@b.test")]


def test_an_expired_suppression_is_told_once(ledger: Ledger, path: str, clock: Clock) -> None:
    ledger.take([item(1, 0, full("a@b.test"))])
    assert ledger.tell_expired().ended == ()
    clock.day = 10
    assert [address for address, _ in ledger.tell_expired().ended] == ["a@b.test"]
    assert ledger.tell_expired().ended == ()
    assert told(path) == [("suppression.added", "a@b.test"), ("suppression.expired", "a@b.test")]


def test_whoever_writes_first_tells_what_has_expired(ledger: Ledger, path: str, clock: Clock) -> None:
    ledger.take([item(1, 0, full("a@b.test"))])
    clock.day = 11
    receipt = ledger.take([item(2, 11, full("c@b.test"))])
    assert [address for address, _ in receipt.ended] == ["a@b.test"]
    assert told(path)[1:] == [("suppression.expired", "a@b.test"), ("suppression.added", "c@b.test")]
    assert ledger.tell_expired().ended == ()


def test_an_address_that_fails_again_after_that_is_told_again(ledger: Ledger, path: str, clock: Clock) -> None:
    ledger.take([item(1, 0, full("a@b.test"))])
    clock.day = 40
    receipt = ledger.take([item(2, 40, full("a@b.test"))])
    assert [address for address, _ in receipt.started] == ["a@b.test"]
    assert [type_ for type_, _ in told(path)] == ["suppression.added", "suppression.expired", "suppression.added"]


def test_what_was_over_before_it_came_is_not_told(ledger: Ledger, path: str, clock: Clock) -> None:
    clock.day = 100
    assert ledger.take([item(1, 0, full("a@b.test"))]).started == ()
    assert told(path) == []


def test_another_reason_or_end_is_told(ledger: Ledger, path: str) -> None:
    ledger.take([item(1, 0, full("a@b.test"))])
    ledger.take([item(2, 1, failed("a@b.test"))])
    assert rows(path, "SELECT type, reason, until IS NULL FROM outbox_view ORDER BY id") == [
        ("suppression.added", "mailbox_full", 0),
        ("suppression.changed", "user_unknown", 1),
    ]


def test_a_clock_that_was_set_back_tells_what_is_in_force_again(ledger: Ledger, path: str, clock: Clock) -> None:
    ledger.take([item(1, 0, full("a@b.test"))])
    clock.day = 400
    ledger.tell_expired()
    clock.day = 1
    ledger.tell_expired()
    assert [type_ for type_, _ in told(path)] == ["suppression.added", "suppression.expired", "suppression.added"]


def test_another_policy_tells_what_it_changes(path: str, clock: Clock) -> None:
    with Ledger(path, AT_ONCE, clock=clock) as ledger:
        ledger.take([item(1, 0, failed("a@b.test"))])
    with Ledger(path, Policy(), clock=clock):
        assert told(path) == [("suppression.added", "a@b.test"), ("suppression.removed", "a@b.test")]


@pytest.mark.parametrize(
    ("feedback_type", "expected"),
    [("abuse", 1), ("opt-out", 1), ("other", 1), ("not-spam", 0), ("auth-failure", 0), ("dkim", 0)],
)
def test_every_complaint_of_a_person_is_told(ledger: Ledger, path: str, feedback_type: str, expected: int) -> None:
    for number in (1, 2):
        ledger.take([item(number, number, complaint("a@b.test", feedback_type))])
    found = rows(path, "SELECT address, reason, campaign FROM outbox_view WHERE type = 'complaint.received'")
    assert found == [("a@b.test", feedback_type, "spring")] * 2 * expected


def test_a_complaint_that_is_held_is_not_told(path: str) -> None:
    verified = Policy(count={"complaint": "verified"})
    with Ledger(path, verified) as ledger:
        assert ledger.take([item(1, 0, complaint("a@b.test"))]).held == 1
        assert told(path) == []


def test_a_transaction_that_fails_tells_nothing(ledger: Ledger, path: str) -> None:
    with pytest.raises(LookupError), ledger._writing():
        ledger._judge_whole("decision", ["a@b.test"])
        ledger._taking.take([item(1, 0, failed("a@b.test"))], DAY0, AT_ONCE, 0.0)
        raise LookupError
    assert told(path) == []


def test_what_is_still_to_be_logged_stays(ledger: Ledger, path: str, clock: Clock) -> None:
    ledger.take([item(1, 0, failed("a@b.test"), failed("c@b.test"))])
    clock.day = 31
    assert [notice.address for notice in ledger.logged.next(1)] == ["a@b.test"]
    ledger.logged.note(1)
    assert ledger.upkeep.drop_outbox(timedelta(days=30)) == 1
    assert rows(path, "SELECT address FROM outbox_view") == [("c@b.test",)]


def test_old_rows_are_dropped_and_their_ids_never_given_again(ledger: Ledger, path: str, clock: Clock) -> None:
    ledger.take([item(1, 0, failed("a@b.test"), failed("c@b.test"))])
    clock.day = 31
    ledger.logged.note(2)
    assert ledger.upkeep.drop_outbox(timedelta(days=30)) == 2
    ledger.take([item(2, 31, failed("d@b.test"))])
    assert rows(path, "SELECT id, address FROM outbox_view") == [(3, "d@b.test")]


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(("full", "gone", "release", "tell")), st.floats(0, 9)))
)
@settings(max_examples=30, deadline=None)
def test_who_follows_knows_what_is_suppressed(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, float]]
) -> None:
    """Whatever happens: added and removed one after the other are what the view says."""
    path, clock = str(tmp_path_factory.mktemp("outbox") / "bounced.db"), Clock()
    with Ledger(path, AT_ONCE, clock=clock) as ledger:
        for number, (name, what, days) in enumerate(steps):
            address = f"{name}@b.test"
            clock.day += days
            if what == "tell":
                ledger.tell_expired()
            elif what == "release":
                ledger.decisions.decide([address], "release", "", "")
            else:
                ledger.take([item(number, clock.day, {"full": full, "gone": failed}[what](address))])
        ledger.tell_expired()
        with closing(sqlite3.connect(path)) as db:
            expected = {
                (address, scope, cause)
                for address, scope, cause, until in db.execute("SELECT address, scope, cause, until FROM suppressions")
                if until is None or until > clock().strftime("%Y-%m-%dT%H:%M:%SZ")
            }
    assert followed(path) == expected


def followed(path: str) -> set[tuple[str, str, str]]:
    """What is suppressed, as a program has it that reads the outbox; each change must change something."""
    suppressed: set[tuple[str, str, str]] = set()
    for type_, *key in rows(path, "SELECT type, address, scope, cause FROM outbox_view ORDER BY id"):
        known = tuple(key)
        assert (known in suppressed) is (type_ != "suppression.added")
        if type_ == "suppression.added":
            suppressed.add(known)
        elif type_ != "suppression.changed":
            suppressed.remove(known)
    return suppressed
