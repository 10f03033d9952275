"""Mailboxes and the ledger together: polls into a ledger whose clock the test moves."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bounced import pipeline
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import Item
from bounced.policy import Policy
from bounced.sources.imap import ImapMailbox
from bounced.workers import Workers
from tests.support.daemon import bounce
from tests.support.servers import ImapServer

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)


Open = Callable[..., ImapMailbox]


class Polling:
    """A ledger with a clock that the test moves, and workers."""

    def __init__(self, path: Path, workers: Workers) -> None:
        self.now = DAY0 + timedelta(days=1)
        self.path = path
        self.workers = workers
        self.ledger = Ledger(str(path), Policy(), clock=lambda: self.now)
        self.told: list[Item] = []

    def observe(self, items: Any, receipt: Receipt) -> None:
        self.told += items

    def poll(self, mailbox: ImapMailbox) -> None:
        pipeline.drain(mailbox, self.ledger, self.workers, self.observe, resume=True)
        pipeline.catch_up(mailbox, self.ledger, self.workers, self.observe)

    def reconcile(self, mailbox: ImapMailbox) -> None:
        pipeline.reconcile(mailbox, self.ledger, self.workers, self.observe)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as reader:
            return reader.execute(sql).fetchall()

    def places(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT uid, outcome, settled FROM places ORDER BY mailbox, uid")


def report(number: int) -> bytes:
    return bounce(number, f"r{number}@rcpt.test", DAY0)


def contents(server: ImapServer, folder: str) -> list[bytes]:
    return [message.content for message in server.folder_contents(folder)]


def stored(mail: bytes) -> bytes:
    return mail.replace(b"\n", b"\r\n")
