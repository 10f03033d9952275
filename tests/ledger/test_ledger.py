"""One transaction at a time: writers take turns, and a failure changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bounced.errors import LedgerError
from bounced.ledger import database
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.ledger import failed, item, rows


def test_two_writers_take_turns(path: str) -> None:
    with Ledger(path, Policy()) as one, Ledger(path, Policy()) as two:
        assert one.take([item(1, 0, failed("a@b.test"))]).intakes[0].outcome == "counted"
        assert two.take([item(1, 0, failed("a@b.test"))]).intakes[0].outcome == "repeated"
        two.take([item(2, 8, failed("a@b.test"))])
        assert one.take([item(3, 16, failed("a@b.test"))]).started


@pytest.fixture
def beside() -> Iterator[Callable[..., Future[Any]]]:
    """Begins a call in a thread of its own, and asserts that it waits for who holds a transaction meanwhile."""
    with ThreadPoolExecutor(1) as thread:

        def begin(call: Callable[..., Any], *args: Any) -> Future[Any]:
            begun = thread.submit(call, *args)
            assert wait([begun], timeout=0.3).not_done
            return begun

        yield begin


def test_a_batch_waits_for_another_writer(ledger: Ledger, path: str, beside: Callable[..., Future[Any]]) -> None:
    """What begins by reading, as it does, fails at once unless it says before that it will write."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        taken = beside(ledger.take, [item(1, 0, failed("a@b.test"))])
        other.execute("INSERT INTO jobs VALUES ('other', '', '')")
        other.execute("COMMIT")
        assert taken.result().intakes[0].outcome == "counted"


def test_threads_take_turns(ledger: Ledger, beside: Callable[..., Future[Any]]) -> None:
    """SQLite lets only the thread use a connection that made it, unless asked, and has one transaction for all."""
    decided = ledger.write(lambda _: beside(ledger.decisions.decide, ["a@b.test"], "suppress", "all", ""))
    assert decided.result().started


def test_what_was_committed_survives_a_power_cut(ledger: Ledger) -> None:
    """In WAL mode NORMAL, which many recommend, leaves the latest commits to luck."""
    full = 2
    assert ledger.write(lambda db: db.execute("PRAGMA synchronous").fetchone()) == (full,)


def test_writing_creates_no_table(ledger: Ledger) -> None:
    """sqlite-utils makes one of whatever name it is given."""
    with pytest.raises(LedgerError, match="no such table: evnts"):
        ledger.write(lambda db: database.insert(db, "evnts", {"address": "a@b.test"}))


def test_a_locked_file_is_a_passing_trouble_and_nothing_is_taken(ledger: Ledger, path: str) -> None:
    ledger._db.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="another program keeps it locked") as caught:
        ledger.take([item(1, 0, failed("a@b.test"))])
    assert caught.value.passing
    other.execute("ROLLBACK")
    assert ledger.take([item(1, 0, failed("a@b.test"))]).intakes[0].outcome == "counted"
    other.close()


def test_a_replaced_file_is_noticed(ledger: Ledger, path: str) -> None:
    Path(path).rename(path + ".old")
    with pytest.raises(LedgerError, match="removed or replaced"):
        ledger.take([item(1, 0, failed("a@b.test"))])


def test_a_full_disk_leaves_the_ledger_as_it_was(ledger: Ledger, path: str) -> None:
    ledger.take([item(1, 0, failed("a@b.test"))])
    pages = ledger._db.execute("PRAGMA page_count").fetchone()[0]
    ledger._db.execute(f"PRAGMA max_page_count = {pages}")
    large = [item(n, 0, failed("a@b.test", diagnostic_code=f"{n}" + "x" * 900)) for n in range(2, 100)]
    with pytest.raises(LedgerError, match="the disk is full") as caught:
        ledger.take(large)
    assert caught.value.passing
    assert rows(path, "SELECT count(*) FROM messages") == [(1,)]
    ledger._db.execute(f"PRAGMA max_page_count = {pages + 1000}")
    assert len(ledger.take(large).intakes) == 98
