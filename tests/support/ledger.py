"""What the tests of a ledger share: items to take, and what is in the file."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

from bounced.model import Event, Item, Kind, Origin, Parsed, RawMessage

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)


NOW = datetime(2026, 11, 1, tzinfo=UTC)


class Clock:
    """The time of a ledger, which tests set: ``day`` is how many days after DAY0 it is."""

    def __init__(self, now: datetime = DAY0) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    @property
    def day(self) -> float:
        return (self.now - DAY0) / timedelta(days=1)

    @day.setter
    def day(self, day: float) -> None:
        self.now = DAY0 + timedelta(days=day)

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)


def failed(address: str, **fields: Any) -> Event:
    return Event(address, "bounce", "failed", "hard", "user_unknown", **fields)


def item(number: int, day: float, *events: Event, uid: int = 0, kind: Kind = "bounce") -> Item:
    origin = Origin("imap:bounces/INBOX" if uid else "file:/x", str(uid), 7 if uid else 0, uid)
    message = RawMessage(origin, DAY0 + timedelta(days=day), b"content", 7)
    return Item(message, f"{number:064x}", Parsed(kind, "dsn", "subject", events))


def rows(path: str, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def suppressed(path: str) -> list[tuple[Any, ...]]:
    return rows(path, "SELECT address, scope, cause, bounces FROM suppressed ORDER BY address, scope, cause")
