"""The workers have the next batch while one is taken, and nothing else about either of them changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bounced import pipeline
from bounced.errors import LedgerError, MailboxError
from bounced.identify import Sender
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import Batch, Cursor, Intake, Item, Origin, RawMessage
from bounced.pipeline.items import items_of
from bounced.policy import Policy
from bounced.sources import NO_COPIES, Copies
from bounced.workers import Workers
from tests.pipeline.test_workers import BOUNCE

NAME = "imap:bounces/INBOX"
MAILS = [BOUNCE % (n, n) for n in range(1, 7)]


class Folder:
    """An IMAP folder with two mails in each batch, of which ``log`` says what became."""

    name = NAME
    extent = len(MAILS)
    position = 0

    def __init__(self, log: list[str], contents: Sequence[bytes] = MAILS, broken_at: int = 0) -> None:
        self.messages = [
            RawMessage(Origin(NAME, str(uid), 7, uid), datetime(2026, 9, 1, tzinfo=UTC), content, len(content))
            for uid, content in enumerate(contents, start=1)
        ]
        self.log = log
        self.broken_at = broken_at

    def batches(self, after: Cursor | None) -> Iterator[Batch]:
        behind = after.uid if after else 0
        for start in range(behind, len(self.messages), 2):
            if self.broken_at == start + 1:
                raise MailboxError("the connection broke")
            self.log.append(f"fetched {start + 1}")
            yield Batch(tuple(self.messages[start : start + 2]), Cursor(NAME, 7, start + 2))

    def settle(self, intakes: Sequence[Intake], copies: Copies = NO_COPIES) -> None:
        self.log.append(f"settled {intakes[0].origin.uid}")


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(Sender(), count=1) as opened:
        yield opened


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """No batch is taken in parts, however busy the machine is."""
    monkeypatch.setattr(import_module("bounced.pipeline.drain"), "PATIENCE", 3600.0)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "bounced.db")


def rows(path: str, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


def drained(path: str, workers: Workers, folder: Folder) -> None:
    def observe(items: Sequence[Item], receipt: Receipt) -> None:
        folder.log.append(f"taken {items[0].message.origin.uid}")

    with Ledger(path, Policy()) as ledger:
        pipeline.drain(folder, ledger, workers, observe, resume=True)


def test_the_next_batch_is_fetched_before_one_is_taken_and_settled(path: str, workers: Workers) -> None:
    log: list[str] = []
    drained(path, workers, Folder(log))
    assert log == [
        *("fetched 1", "fetched 3", "taken 1", "settled 1"),
        *("fetched 5", "taken 3", "settled 3", "taken 5", "settled 5"),
    ]
    assert rows(path, "SELECT count(*) FROM trials UNION ALL SELECT count(*) FROM messages") == [(0,), (6,)]


def test_what_was_fetched_before_the_connection_broke_is_taken(path: str, workers: Workers) -> None:
    log: list[str] = []
    with pytest.raises(MailboxError, match="broke"):
        drained(path, workers, Folder(log, broken_at=5))
    assert log[-2:] == ["taken 3", "settled 3"]
    assert rows(path, "SELECT uid FROM cursors") == [(4,)]


def test_what_is_ahead_when_the_ledger_fails_is_given_up_and_read_again(path: str, workers: Workers) -> None:
    log: list[str] = []

    def full(_: Sequence[Item], __: Receipt) -> None:
        raise LedgerError("the disk is full")

    with Ledger(path, Policy()) as ledger:
        with pytest.raises(LedgerError):
            pipeline.drain(Folder(log), ledger, workers, full, resume=True)
        assert workers.stalled_for == 0
        assert ledger.folders.cursor(NAME) == Cursor(NAME, 7, 2)
        assert ledger.crashes.among(item.fingerprint for item in items_of(Folder(log).messages, ledger)) is False
    log.clear()
    drained(path, workers, Folder(log))
    assert [entry for entry in log if "taken" in entry] == [
        "taken 3",
        "taken 4",
        "taken 5",
    ]  # alone, as after any end in the middle
    assert rows(path, "SELECT count(*) FROM messages") == [(6,)]


def test_nothing_is_ahead_of_a_batch_that_may_take_the_daemon_down(path: str, workers: Workers) -> None:
    """Else the first message of the next batch would be blamed for what another one does."""
    log: list[str] = []
    folder = Folder(log)
    with Ledger(path, Policy()) as ledger:
        [first, *_, last] = items_of(folder.messages[:3], ledger)
        ledger.crashes.note(first.fingerprint)
    noted: list[tuple[str, bool]] = []
    with Ledger(path, Policy()) as ledger:

        def observe(items: Sequence[Item], _: Receipt) -> None:
            trials = rows(path, f"SELECT * FROM trials WHERE what = '{last.fingerprint}'")
            noted.append((items[0].message.origin.name, bool(trials)))

        pipeline.drain(folder, ledger, workers, observe, resume=True)
    assert noted[:2] == [("1", False), ("2", False)]


def test_a_message_twice_in_two_batches_counts_once(path: str, workers: Workers) -> None:
    drained(path, workers, Folder([], [MAILS[0], MAILS[1], MAILS[0], MAILS[2]]))
    assert rows(path, "SELECT outcome FROM places ORDER BY uid") == [
        *[("counted",), ("counted",), ("repeated",), ("counted",)]
    ]
    assert rows(path, "SELECT count(*) FROM events") == [(3,)]
