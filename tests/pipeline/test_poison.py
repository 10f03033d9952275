"""Batches in which a mail is slow, or takes the whole daemon down: the others are counted, and it ends."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bounced import pipeline
from bounced.errors import LedgerError, NoWorkers
from bounced.identify import Sender
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import Batch, Cursor, Intake, Item, Origin, RawMessage
from bounced.pipeline.turns import DAEMON_CRASHES_ALLOWED
from bounced.policy import Policy
from bounced.sources import NO_COPIES, Copies
from bounced.workers import Workers, pool
from tests.pipeline.test_workers import BOUNCE, dying, work

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
NAME = "imap:bounces/INBOX"

#: The module; ``pipeline.drain`` is the function.
DRAIN = import_module("bounced.pipeline.drain")


class Folder:
    """An IMAP folder with these mails in one batch; it remembers which were settled."""

    name = NAME

    def __init__(self, contents: Sequence[bytes]) -> None:
        self.contents = contents
        self.settled: list[int] = []

    def batches(self, after: Cursor | None) -> Iterator[Batch]:
        messages = tuple(
            RawMessage(Origin(NAME, str(uid), 7, uid), NOON, content, len(content))
            for uid, content in enumerate(self.contents, start=1)
            if after is None or uid > after.uid
        )
        yield Batch(messages, Cursor(NAME, 7, len(self.contents)))

    def settle(self, intakes: Sequence[Intake], copies: Copies = NO_COPIES) -> None:
        self.settled += [intake.origin.uid for intake in intakes]


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    monkeypatch.setattr("bounced.workers.work", work)
    with Workers(Sender(), count=1) as opened:
        yield opened


def rows(path: str, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


PLACES = "SELECT uid, outcome, problem FROM places JOIN messages ON messages.id = message ORDER BY uid"

MAILS = [BOUNCE % (n, n) for n in range(1, 21)]


def test_mails_do_not_wait_for_the_slow_ones_of_their_batch(
    path: str, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are taken and settled before; the cursor moves when all are."""
    monkeypatch.setattr(DRAIN, "PATIENCE", 0.4)
    folder = Folder([*MAILS, b"hang", *MAILS[:1], b"hang"])
    seen: list[tuple[int, Cursor | None, int]] = []
    with Ledger(path, Policy()) as ledger:

        def observe(_: Sequence[Item], receipt: Receipt) -> None:
            seen.append((len(receipt.intakes), ledger.folders.cursor(NAME), len(folder.settled)))

        pipeline.drain(folder, ledger, workers, observe, resume=True)
        assert ledger.folders.cursor(NAME) == Cursor(NAME, 7, 23)
    assert len(seen) > 1
    assert [cursor for _, cursor, _ in seen[:-1]] == [None] * (len(seen) - 1)
    assert [settled for _, _, settled in seen] == [sum(taken for taken, _, _ in seen[:n]) for n in range(len(seen))]
    assert folder.settled == list(range(1, 24))
    outcomes = [outcome for _, outcome, _ in rows(path, PLACES)]
    assert outcomes == [*["counted"] * 20, "unreadable", "repeated", "repeated"]


def test_a_batch_costs_as_many_commits_as_a_mail(path: str, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waits for the disk: with one for each mail it took 25 times as long."""
    for name in ("PATIENCE", "TRANSACTION_SECONDS"):
        monkeypatch.setattr(DRAIN, name, 3600)  # a busy machine may need more

    def commits(mails: Sequence[bytes]) -> int:
        done: list[str] = []
        with Ledger(path, Policy()) as ledger:
            ledger._db.conn.set_trace_callback(done.append)
            pipeline.drain(Folder(mails), ledger, workers, lambda _, __: None)
        return done.count("COMMIT")

    assert commits(MAILS[1:]) == commits(MAILS[:1])


def test_a_batch_leaves_no_note(path: str, workers: Workers) -> None:
    with Ledger(path, Policy()) as ledger:
        pipeline.drain(Folder([*MAILS, b"die"]), ledger, workers, lambda _, __: None, resume=True)
    assert rows(path, "SELECT * FROM trials") == []


DAEMON = """
import os, sys
from bounced import pipeline, workers
from bounced.identify import Sender
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.pipeline import test_poison, test_workers

def work(contents, *settings):
    if any(content == b"kill" for content, *_ in contents):
        os.kill(os.getppid(), 9)
        os._exit(1)
    return test_workers.REAL_WORK(contents, *settings)

if __name__ == "__main__":
    workers.work = work
    work.__module__ = "__mp_main__"
    folder = test_poison.Folder([*test_poison.MAILS[:2], b"kill", *test_poison.MAILS[2:]])
    with Ledger(sys.argv[1], Policy()) as ledger, workers.Workers(Sender(), count=1) as opened:
        pipeline.drain(folder, ledger, opened, lambda _, __: None, resume=True)
"""


def test_a_mail_that_takes_the_daemon_down_does_so_a_few_times_only(path: str, tmp_path: Path) -> None:
    """As when both are killed for the memory that it takes."""
    script = tmp_path / "daemon.py"
    script.write_text(DAEMON)
    statuses: list[int] = []
    while 0 not in statuses and len(statuses) < 8:
        ended = subprocess.run([sys.executable, script, path], check=False, timeout=60, env=here())
        statuses.append(ended.returncode)
    assert statuses == [-9, -9, -9, -9, 0]
    found = rows(path, PLACES)
    assert found.pop(2) == (3, "unreadable", "crashed the daemon 3 times")
    assert [outcome for _, outcome, _ in found] == ["counted"] * 20
    assert rows(path, "SELECT * FROM trials") == []


def here() -> dict[str, str]:
    """An environment in which a script finds the tests."""
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": ":".join(filter(None, paths))}


def test_workers_that_can_not_start_leave_all_mails_as_they_are(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that are tried alone, and as often as that would make one unreadable."""
    monkeypatch.setattr(pool, "start", dying)
    monkeypatch.setattr(pool, "STALL_SECONDS", 0.5)
    folder = Folder([BOUNCE % (n, n) for n in range(2)])
    for _ in range(DAEMON_CRASHES_ALLOWED + 1):
        with Ledger(path, Policy()) as ledger, Workers(Sender(), count=1) as workers, pytest.raises(NoWorkers):
            pipeline.drain(folder, ledger, workers, lambda _, __: None, resume=True)
        assert (rows(path, "SELECT * FROM messages"), rows(path, "SELECT * FROM trials")) == ([], [])
    assert folder.settled == []


def test_a_disk_that_is_full_for_hours_is_no_mails_fault(path: str, workers: Workers) -> None:
    folder = Folder([BOUNCE % (n, n) for n in range(200)])
    with Ledger(path, Policy()) as ledger:
        [[pages]] = ledger._db.execute("PRAGMA page_count").fetchall()
        ledger._db.execute(f"PRAGMA max_page_count = {pages}")
        for _ in range(10):
            with pytest.raises(LedgerError, match="the disk is full") as caught:
                pipeline.drain(folder, ledger, workers, lambda _, __: None, resume=True)
            assert caught.value.passing
        assert folder.settled == []
        ledger._db.execute(f"PRAGMA max_page_count = {pages + 1000}")
        pipeline.drain(folder, ledger, workers, lambda _, __: None, resume=True)
    assert [outcome for _, outcome, _ in rows(path, PLACES)] == ["counted"] * 200


def test_crash_notes_of_vanished_mails_expire(path: str) -> None:
    with Ledger(path, Policy(), clock=lambda: NOON) as ledger:
        ledger.crashes.note("gone")
    with Ledger(path, Policy(), clock=lambda: NOON + timedelta(days=91)) as ledger:
        assert ledger.crashes.count("gone") == 1
        ledger.upkeep.housekeep(timedelta(days=90))
        assert ledger.crashes.count("gone") == 0


def test_a_batch_is_cut_into_short_transactions_and_each_is_seen_and_settled(
    path: str, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DRAIN, "TRANSACTION_SECONDS", 0)
    folder = Folder([BOUNCE % (n, n) for n in range(3)])
    seen: list[tuple[int, Cursor | None]] = []
    with Ledger(path, Policy()) as ledger:

        def observe(items: Sequence[Item], receipt: Receipt) -> None:
            assert receipt.items == tuple(items)
            seen.append((len(receipt.intakes), ledger.folders.cursor(NAME)))

        pipeline.drain(folder, ledger, workers, observe, resume=True)
    assert seen == [(1, None), (1, None), (1, Cursor(NAME, 7, 3))]
    assert folder.settled == [1, 2, 3]
