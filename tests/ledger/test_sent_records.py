"""What was sent, and not contradicted, is part of the history of an address, whenever and however it becomes known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced import model, times
from bounced.ledger import sent_records, states, uids
from bounced.ledger.ledger import Ledger
from bounced.model import Event
from bounced.policy import Ladder, Limit, Policy
from bounced.policy.silence import SAME
from bounced.sent import tables
from tests.ledger.test_replay import derived
from tests.support.ledger import DAY0, failed, item

POLICY = Policy(
    {**Policy().limits, "hard": Limit(2, 5), "soft": Limit(2, 5)},
    max_gap=timedelta(days=20),
    expire={"mailbox_full": Ladder((timedelta(days=10), timedelta(days=20)))},
    lift={"hard": 2, "soft": 1},
)
SOFT: Any = ("soft", "mailbox_full")
HARD: Any = ("hard", "user_unknown")

#: Rows of ``sends``, of a log and of an import, a row that goes, the owner of an address, and time that passes.
STATEMENTS = {
    "sends": "INSERT OR IGNORE INTO sends (message_id, address, sent_at) VALUES (:id, 'a@b.test', :at)",
    "drop": "DELETE FROM sends WHERE message_id = :id",
    "move": "UPDATE sends SET sent_at = :at WHERE message_id = :id",
    "engaged": "INSERT INTO recipients (id, address, engaged_at) VALUES ('7', 'a@b.test', :at)"
    " ON CONFLICT DO UPDATE SET engaged_at = excluded.engaged_at",
    **{
        kind: "INSERT OR IGNORE INTO deliveries (address, at, kind, message_id)"
        f" SELECT id, unixepoch(:at), '{kind}', :id FROM texts WHERE text = 'a@b.test'"
        for kind in ("sent", "delivered")
    },
}


class Clock:
    """The time of a ledger."""

    now = DAY0

    def __call__(self) -> datetime:
        return self.now


def day(number: float) -> datetime:
    return DAY0 + timedelta(days=number)


@contextmanager
def opened(path: str = ":memory:", policy: Policy = POLICY) -> Iterator[tuple[Ledger, Clock]]:
    clock = Clock()
    with Ledger(path, policy, dry_run=path == ":memory:", clock=clock) as ledger:
        yield ledger, clock


def failure(number: int, at: float, verdict: Any = HARD, message: str = "", action: Any = "failed") -> Any:
    class_, reason = verdict
    says: Any = {"original_message_id": message, "trust": "verified"}
    return item(number, at, Event("a@b.test", "bounce", action, class_, reason, **says))


def record(ledger: Ledger, what: str, at: float, message: str) -> None:
    parameters = {"id": message, "at": times.iso(day(at))}
    ledger.write(lambda db: db.execute(STATEMENTS[what], parameters))


def settle(ledger: Ledger) -> None:
    """As the job does."""
    for _ in (*ledger.attribute(), *ledger.settle()):
        pass


def from_nothing(ledger: Ledger, policy: Policy) -> None:
    for table in ("suppressions", "doubts", "states", "closed_addresses"):
        ledger._db.execute(f"DELETE FROM {table}")
    ledger._db.execute("DELETE FROM meta WHERE name = 'policy'")
    ledger.adopt(policy)


actions = st.one_of(
    st.tuples(
        st.just("failed"), st.integers(0, 60), st.sampled_from(["", "1@s", "2@s", "3@s"]), st.sampled_from([SOFT, HARD])
    ),
    st.tuples(
        st.sampled_from([*STATEMENTS, "sends", "sends"]),
        st.integers(0, 60),
        st.sampled_from(["1@s", "2@s", "3@s"]),
        st.none(),
    ),
    st.tuples(st.sampled_from(["pass", "release"]), st.integers(1, 15), st.just(""), st.none()),
)


def act(ledger: Ledger, clock: Clock, number: int, action: Any) -> None:
    what, at, message, verdict = action
    match what:
        case "failed":
            ledger.take([failure(number, at, verdict, message)])
        case "pass":
            clock.now += timedelta(days=at)
            settle(ledger)
        case "release":
            ledger.decisions.decide(["a@b.test"], "release", "", "")
        case _:
            record(ledger, what, at, message)


@pytest.mark.parametrize("long", [False, True], ids=["short", "long"])
@settings(max_examples=40, deadline=None)
@given(happened=st.lists(actions, min_size=4, max_size=25), start=st.integers(0, 60))
def test_any_order_ends_as_folding_from_nothing_does(long: bool, happened: list[Any], start: int) -> None:
    with pytest.MonkeyPatch.context() as patch, opened() as (ledger, clock):
        if long:
            patch.setattr(states, "EVENTS_MIN", 2)
            patch.setattr(states, "KEPT_ONE_IN", 1)
        clock.now = day(start)
        for number, action in enumerate(happened):
            act(ledger, clock, number, action)
        settle(ledger)
        expected = derived(ledger)
        from_nothing(ledger, POLICY)
        assert derived(ledger) == expected


def test_a_report_before_its_message_is_gone_on_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "EVENTS_MIN", 2)
    monkeypatch.setattr(states, "KEPT_ONE_IN", 1)
    with opened() as (ledger, _):
        ledger.take([failure(0, 7, SOFT, "2@s")])
        ledger.take([failure(1, 7, SOFT, "3@s")])
        record(ledger, "sends", 0, "1@s")
        ledger.take([failure(3, 28, SOFT, "1@s")])
        record(ledger, "sends", 8, "3@s")
        settle(ledger)
        expected = derived(ledger)
        from_nothing(ledger, POLICY)
        assert derived(ledger) == expected


def test_failures_of_one_second_are_gone_on_from_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint between the two would leave the second one out."""
    monkeypatch.setattr(states, "EVENTS_MIN", 2)
    monkeypatch.setattr(states, "KEPT_ONE_IN", 1)
    with opened() as (ledger, _):
        for number, (at, message) in enumerate([(0, "1@s"), (0, "2@s"), (6, "")]):
            ledger.take([failure(number, at, SOFT, message)])
        record(ledger, "sends", 1, "1@s")
        settle(ledger)
        assert suppressed(ledger) == [("soft", 3)]


def suppressed(ledger: Ledger) -> list[Any]:
    return ledger._db.execute("SELECT class, bounces FROM suppressions").fetchall()


@pytest.mark.parametrize("what", ["sends", "sent"])
def test_silence_counts_when_the_time_for_reports_is_over(what: str) -> None:
    with opened() as (ledger, clock):
        ledger.take([failure(1, 0, SOFT, "1@s"), failure(2, 6, SOFT, "2@s")])
        assert suppressed(ledger) == [("soft", 2)]
        record(ledger, what, 8, "3@s")
        for passed, left in [(13.9, 1), (14.1, 0)]:
            clock.now = day(passed)
            settle(ledger)
            assert len(suppressed(ledger)) == left


def test_a_late_report_takes_the_proof_back() -> None:
    with opened() as (ledger, clock):
        ledger.take([failure(1, 0, SOFT, "1@s"), failure(2, 6, SOFT, "2@s")])
        record(ledger, "sends", 8, "3@s")
        clock.now = day(20)
        settle(ledger)
        assert not suppressed(ledger)
        ledger.take([failure(3, 21, SOFT, "3@s")])
        assert suppressed(ledger) == [("soft", 1)]  # on probation


def test_a_row_that_is_deleted_stays_in_the_history() -> None:
    with opened() as (ledger, clock):
        ledger.take([failure(1, 0, message="1@s")])
        record(ledger, "sends", 2, "2@s")
        ledger.write(lambda db: db.execute("INSERT INTO sends (message_id, address) VALUES ('x@s', 'new@b.test')"))
        clock.now = day(500)
        settle(ledger)
        assert ledger.upkeep.forget(timedelta(days=400)) >= 1
        ledger.write(lambda db: db.execute("DELETE FROM sends"))
        assert ledger._db.execute("SELECT kind, message_id FROM deliveries").fetchall() == [("sent", "2@s")]
        ledger.take([failure(2, 9, message="3@s")])
        assert not suppressed(ledger)


def test_mailboxes_that_were_not_read_are_not_silent() -> None:
    with opened() as (ledger, clock):
        ledger.take([failure(1, 0, SOFT, "1@s"), failure(2, 6, SOFT, "2@s")])
        record(ledger, "sends", 8, "3@s")
        clock.now = day(30)
        for polled, left in [(None, 1), (13, 1), (15, 0)]:
            at = None if polled is None else times.iso(day(polled))
            row = {"mailbox": "imap:bounces/INBOX", "polled_at": at, "failing_since": None, "last_uid": 0}
            with ledger._writing():
                ledger._db.execute(uids.RECORD_POLL, {**row, "problem": "", "next_try": None, "login_refused": 0})
            list(ledger.settle(["bounces"]))
            assert len(suppressed(ledger)) == left


def test_without_settles_nothing_is_proved_by_silence() -> None:
    with opened(policy=replace(POLICY, settles=None)) as (ledger, clock):
        ledger.take([failure(1, 0, SOFT, "1@s"), failure(2, 6, SOFT, "2@s")])
        record(ledger, "sends", 8, "3@s")
        clock.now = day(60)
        settle(ledger)
        assert suppressed(ledger)
        ledger.adopt(POLICY)
        assert not suppressed(ledger)
        ledger.adopt(replace(POLICY, settles=timedelta(days=60)))
        assert suppressed(ledger)


def test_many_messages_are_settled_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sent_records, "STEP", timedelta(days=1))
    with opened() as (ledger, _):
        for number in range(40):
            record(ledger, "sends", number / 10, f"{number}@s")
        with ledger._writing():
            steps = [sent_records.advance(ledger._db, times.iso(day(60)), timedelta(6), "unverified") for _ in range(5)]
            assert steps == [True, True, True, True, False]
            assert not sent_records.advance(ledger._db, times.iso(day(60)), timedelta(6), "unverified")


def test_the_same_message_in_a_log_and_in_sends_is_one() -> None:
    with opened() as (ledger, clock):
        ledger.take([failure(1, 0, message="1@s"), failure(2, 6, message="2@s")])
        record(ledger, "sends", 8, "3@s")
        record(ledger, "sent", 8 + SAME / timedelta(days=2), "3@s")
        clock.now = day(30)
        settle(ledger)
        assert suppressed(ledger)
        record(ledger, "sends", 9, "4@s")
        settle(ledger)
        assert not suppressed(ledger)


def test_the_dead_of_a_program_with_one_message_id_are_found_when_each_message_is_imported(path: str) -> None:
    """18 weekly failures were one for ever: that the message was sent again was not recorded."""
    found = {"original_message_id": "alert@sender.test", "trust": "unverified"}
    with Ledger(path, POLICY) as ledger:
        for week in range(18):
            report = failed("a@b.test", **found)
            imported(ledger, f"alert@sender.test,a@b.test,{times.iso(DAY0 + timedelta(days=7 * week - 0.1))}")
            ledger.take([item(week, 7 * week, report)])
        [(bounces,)] = ledger._db.execute("SELECT bounces FROM suppressions").fetchall()
        derived_before = derived(ledger)
        ledger.replay()
        assert derived(ledger) == derived_before
    assert bounces >= 3


@pytest.mark.parametrize("read_after", [1, 18], ids=["each week", "18 weeks later"])
def test_the_dead_of_such_a_program_are_found_whenever_their_reports_are_read(path: str, read_after: int) -> None:
    """Each message is reported twice; read late, all of them were about the one that was sent last."""
    found = {"original_message_id": "alert@sender.test", "trust": "unverified"}
    unread = []
    with Ledger(path, POLICY) as ledger:
        for week in range(18):
            imported(ledger, f"alert@sender.test,a@b.test,{times.iso(DAY0 + timedelta(days=7 * week - 0.1))}")
            unread += [item(100 * half + week, 7 * week + half / 2, failed("a@b.test", **found)) for half in (0, 1)]
            if (week + 1) % read_after == 0:
                ledger.take(unread)
                unread.clear()
        suppressions = ledger._db.execute("SELECT since, bounces FROM suppressions").fetchall()
    assert suppressions == [(times.iso(day(7)), 18)]


def test_a_report_from_before_the_message_was_sent_says_nothing_of_when_it_was(path: str) -> None:
    found = {"original_message_id": "alert@sender.test", "trust": "unverified"}
    with Ledger(path, POLICY) as ledger:
        imported(ledger, f"alert@sender.test,a@b.test,{times.iso(day(20))}")
        ledger.take([item(1, 0, failed("a@b.test", **found))])
        [(proved,)] = ledger._db.execute("SELECT proved FROM events").fetchall()
    assert set(model.proofs(proved)) == {"message-id"}


def test_a_message_that_was_sent_once_is_one_failure_however_often_it_is_imported(path: str) -> None:
    found = {"original_message_id": "1@sender.test", "trust": "unverified"}
    with Ledger(path, POLICY) as ledger:
        for week in range(18):
            imported(
                ledger, f"1@sender.test,a@b.test,{times.iso(DAY0 - timedelta(days=0.1))}", "1@sender.test,a@b.test,"
            )
            ledger.take([item(week, 7 * week, failed("a@b.test", **found))])
        assert ledger._db.execute("SELECT bounces FROM suppressions").fetchall() == []


@pytest.mark.parametrize("days", [(1, 30), (30, 1), (1, 30, 1)], ids=str)
@pytest.mark.parametrize("is_known", [True, False], ids=["reported", "new"])
def test_what_was_sent_before_it_was_sent_again_stays_a_proof(path: str, days: Sequence[int], is_known: bool) -> None:
    """In whatever order it is imported, and also of an address about which no report has come yet."""
    with Ledger(path, POLICY) as ledger:
        ledger.take([item(1, 0, failed("a@b.test", trust="verified"))] if is_known else [])
        for number in days:
            imported(ledger, f"alert@sender.test,a@b.test,{times.iso(day(number))}")
        assert proofs(ledger) == [(times.seconds(day(1)), "sent", "alert@sender.test")]
        assert ledger._db.execute("SELECT sent_at FROM sends").fetchall() == [(times.iso(day(30)),)]


def test_what_was_sent_before_it_was_sent_again_in_sql_stays_a_proof(path: str) -> None:
    again = """
    INSERT INTO sends (message_id, address, sent_at) VALUES ('alert@sender.test', 'a@b.test', ?)
    ON CONFLICT DO UPDATE SET sent_at = excluded.sent_at
    """
    with Ledger(path, POLICY) as ledger:
        for number in (1, 30, 30):
            with ledger._writing():
                ledger._db.execute(again, [times.iso(day(number))])
        assert proofs(ledger) == [(times.seconds(day(1)), "sent", "alert@sender.test")]


def proofs(ledger: Ledger) -> list[Any]:
    return ledger._db.execute("SELECT at, kind, message_id FROM deliveries").fetchall()


def imported(ledger: Ledger, *lines: str) -> None:
    for piece in tables.pieces(["message_id,address,sent_at", *lines], tables.SENDS):
        ledger.write(partial(tables.write, table=tables.SENDS, rows=piece))
