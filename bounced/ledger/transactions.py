"""How each part of the ledger gets at its file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from bounced import times


@dataclass(frozen=True, slots=True)
class Transactions:
    """``db`` is to be used in one of the two contexts only; both raise LedgerError when the file can't be used.

    ``writing`` is one transaction: nothing of it is in the file then.
    """

    db: Database
    reading: Callable[[], AbstractContextManager[None]]
    writing: Callable[[], AbstractContextManager[None]]
    clock: Callable[[], datetime]

    def now(self) -> str:
        """As it is stored."""
        return times.iso(self.clock())

    def before(self, age: timedelta) -> str:
        """When what is ``age`` old now was written, as it is stored."""
        return times.iso(self.clock() - age)

    def any(self, table: str) -> bool:
        """Whether ``table``, or the view, has a row."""
        with self.reading():
            return self.db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None  # noqa: S608
