"""Canaries: missed once, back once; and what returns one changes nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from bounced import times
from bounced.ledger import canaries, queries
from bounced.ledger.canaries import CANARIES_KEPT
from bounced.ledger.ledger import Ledger
from bounced.model import Item, Origin, Parsed, RawMessage
from tests.support import sinks
from tests.support.ledger import DAY0, Clock, failed, item, rows

EVERY, WITHIN = timedelta(hours=1), timedelta(minutes=15)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ledger(path: str, clock: Clock) -> Iterator[Ledger]:
    with Ledger(path, sinks.AT_ONCE, clock=clock) as opened:
        yield opened


def send(ledger: Ledger, number: str) -> None:
    ledger.canaries.note(number)
    ledger.canaries.sent(number)


def report(number: str, of: int = 1) -> Item:
    """The report ``of`` so many about a canary."""
    message = RawMessage(Origin("imap:bounces/INBOX", str(of), 7, of), DAY0 + 2 * EVERY, b"content", 7)
    return Item(message, f"{of:064x}", Parsed("other", "canary", "subject", canary=number))


def told(path: str) -> list[str]:
    return [type_ for (type_,) in rows(path, "SELECT type FROM outbox WHERE type LIKE 'canary.%' ORDER BY id")]


def judged(ledger: Ledger) -> bool | None:
    """True when it begins to be missed, False when that ends."""
    change = ledger.canaries.judge(WITHIN)
    return change.is_missed if change else None


def test_one_that_comes_back_in_time_is_no_news(ledger: Ledger, path: str, clock: Clock) -> None:
    send(ledger, "a")
    clock.now = DAY0 + 14 * MINUTE
    assert judged(ledger) is None
    ledger.take([report("a")])
    clock.now = DAY0 + 16 * MINUTE
    assert judged(ledger) is None
    assert (told(path), canaries.status(ledger._db)["returned_at"]) == ([], times.iso(DAY0 + 14 * MINUTE))


def test_one_that_is_missed_is_told_once_and_so_is_the_next_that_returns(
    ledger: Ledger, path: str, clock: Clock
) -> None:
    send(ledger, "a")
    clock.now = DAY0 + 15 * MINUTE
    assert [judged(ledger), judged(ledger)] == [True, None]
    assert canaries.status(ledger._db)["missed_since"] == times.iso(DAY0)
    clock.now = DAY0 + 60 * MINUTE
    send(ledger, "b")
    assert judged(ledger) is None
    ledger.take([report("b")])
    assert [judged(ledger), judged(ledger)] == [False, None]
    assert told(path) == ["canary.missed", "canary.returned"]
    assert canaries.status(ledger._db)["missed_since"] is None


def test_an_old_one_does_not_say_that_all_is_well(ledger: Ledger, clock: Clock) -> None:
    for minute, number in ((0, "a"), (60, "b")):
        clock.now = DAY0 + minute * MINUTE
        send(ledger, number)
    clock.now = DAY0 + 80 * MINUTE
    assert judged(ledger) is True
    ledger.take([report("a")])
    assert judged(ledger) is None
    ledger.take([report("b", 2)])
    assert judged(ledger) is False


@pytest.mark.parametrize("number", ["a", "unknown"])
def test_nor_does_one_that_came_back_before_or_was_never_sent(ledger: Ledger, number: str, clock: Clock) -> None:
    send(ledger, "a")
    ledger.take([report("a")])
    clock.now = DAY0 + 60 * MINUTE
    send(ledger, "b")
    clock.now = DAY0 + 80 * MINUTE
    assert judged(ledger) is True
    ledger.take([report(number, 2)])
    assert judged(ledger) is None


def test_one_that_could_not_be_sent_is_missed_and_tried_again_soon(ledger: Ledger, clock: Clock) -> None:
    assert ledger.canaries.is_due(EVERY, WITHIN)
    ledger.canaries.note("a")
    ledger.canaries.failed("a", "mx.sender.test: refused")
    clock.now = DAY0 + 14 * MINUTE
    assert not ledger.canaries.is_due(EVERY, WITHIN)
    clock.now = DAY0 + 15 * MINUTE
    assert ledger.canaries.is_due(EVERY, WITHIN)
    change = ledger.canaries.judge(WITHIN)
    assert change is not None
    assert (change.is_missed, change.problem) == (True, "mx.sender.test: refused")


def test_one_during_which_the_process_was_killed_is_not_waited_for(ledger: Ledger, clock: Clock) -> None:
    ledger.canaries.note("a")
    assert ledger.canaries.is_due(EVERY, WITHIN)
    clock.now = DAY0 + 60 * MINUTE
    assert judged(ledger) is None
    send(ledger, "b")
    clock.now = DAY0 + 80 * MINUTE
    assert judged(ledger) is True
    ledger.take([report("b")])
    assert judged(ledger) is False


@pytest.mark.parametrize(("minute", "is_due"), [(59, False), (60, True), (-1, True)], ids=["soon", "due", "clock"])
def test_the_next_one_is_due_after_a_while(ledger: Ledger, clock: Clock, minute: int, is_due: bool) -> None:
    send(ledger, "a")
    clock.now = DAY0 + minute * MINUTE
    assert ledger.canaries.is_due(EVERY, WITHIN) == is_due


def test_where_none_are_sent_any_more_none_is_missed(ledger: Ledger, clock: Clock) -> None:
    ledger.canaries.forget()
    send(ledger, "a")
    clock.now = DAY0 + 15 * MINUTE
    assert judged(ledger) is True
    ledger.canaries.forget()
    assert canaries.status(ledger._db)["missed_since"] is None


def test_old_ones_are_forgotten(ledger: Ledger) -> None:
    for number in range(CANARIES_KEPT + 2):
        ledger.canaries.note(str(number))
    assert ledger._db.execute("SELECT count(*), min(number + 0) FROM canaries").fetchone() == (CANARIES_KEPT, 2)


def test_it_counts_nowhere(ledger: Ledger, path: str) -> None:
    """As if it had not come: but for its message, its place, and itself."""
    ledger.folders.polled("imap:bounces/INBOX", 9, "", None)
    ledger.take([item(9, 0, failed("a@rcpt.test"), uid=9)])
    ledger.arrivals.read()
    before = everything(path)
    send(ledger, "a")
    receipt = ledger.take([report("a")])
    ledger.take([report("a", 2)])
    ledger.arrivals.read()
    after = everything(path)
    assert {intake.outcome for intake in receipt.intakes} == {"counted"}
    assert (receipt.started, receipt.held, receipt.incidents) == ((), 0, ())
    changed = {table for table in after if after[table] != before[table]}
    assert changed == {"canaries", "message_kinds", "message_rows", "place_rows", "meta"}
    assert queries.counts(ledger._db, DAY0)["unrecognized"] == 0
    counts = "SELECT (SELECT count(*) FROM arrivals), (SELECT count(*) FROM event_rows)"
    assert rows(path, counts) == [(1, 1)]


def everything(path: str) -> dict[str, list[object]]:
    with closing(sqlite3.connect(path)) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in names}
