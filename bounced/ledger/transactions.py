"""How each part of the ledger accesses its file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from bounced import times


@dataclass(frozen=True, slots=True)
class Transactions:
    """Use ``db`` inside one of the two contexts only; both raise LedgerError when the file can't be used.

    ``writing`` is one transaction: nothing of it is in the file then.
    """

    db: Database
    reading: Callable[[], AbstractContextManager[None]]
    writing: Callable[[], AbstractContextManager[None]]
    clock: Callable[[], datetime]

    def now(self) -> str:
        """The time, as it is stored."""
        return times.iso(self.clock())

    def before(self, age: timedelta) -> str:
        """The time ``age`` ago, as it is stored."""
        return times.iso(self.clock() - age)

    def any(self, table: str) -> bool:
        """True when ``table``, or the view, has a row."""
        with self.reading():
            return self.db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None  # noqa: S608
