"""Rows that a transaction adds, inserted together: one statement for many.

Who asks a table for what was added calls ``write`` of it before. Call inside a transaction of the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from sqlite_utils import Database

#: Rows of one statement: more take no less time each.
ROWS_LIMIT = 50


def execute(db: Database, statement: str, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Executes ``statement`` with ``rows`` for its ``{rows}``, some at a time, in their order; returns what it returns.

    Before each statement SQLite keeps the pages that triggers may change, which takes longer than most rows do.
    """
    returned: list[tuple[Any, ...]] = []
    for start in range(0, len(rows), ROWS_LIMIT):
        some = rows[start : start + ROWS_LIMIT]
        places = f"({', '.join('?' * len(some[0]))})"
        sql = statement.format(rows=", ".join([places] * len(some)))
        returned += db.conn.execute(sql, list(chain.from_iterable(some))).fetchall()
    return returned


class NewRows:
    """Rows of ``table``; ``conflict`` is what follows the values in the statement."""

    def __init__(self, db: Database, table: str, columns: tuple[str, ...], conflict: str = "") -> None:
        self._db = db
        self._insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {{rows}} {conflict}"  # noqa: S608
        self._rows: list[tuple[Any, ...]] = []

    def add(self, *values: Any) -> None:
        """Adds a row, its values in the order of the columns."""
        self._rows.append(values)

    def write(self) -> None:
        """Inserts what was added."""
        execute(self._db, self._insert, self._rows)
        self._rows.clear()

    def forget(self) -> None:
        """Drops what was added: its transaction has failed."""
        self._rows.clear()


class NumberedRows(NewRows):
    """Rows of a table with an ``id``: each is numbered when it is added, so that others can refer to it.

    The last number of rows that were deleted, where ``totals`` has it, is not given again (see m055_event_numbers).
    """

    def __init__(self, db: Database, table: str, columns: tuple[str, ...]) -> None:
        super().__init__(db, table, ("id", *columns))
        self._last = f"""
        SELECT max(coalesce((SELECT max(id) FROM {table}), 0),
            coalesce((SELECT number FROM totals WHERE name = 'last_gone_of_{table}'), 0))
        """  # noqa: S608
        self._id = 0

    def number(self, values: tuple[Any, ...]) -> int:
        """Adds a row; returns its id."""
        if not self._rows:  # what was written since may have taken numbers
            [self._id] = self._db.conn.execute(self._last).fetchone()
        self._id += 1
        self._rows.append((self._id, *values))
        return self._id

    def has(self, number: int) -> bool:
        """True if the row with that number is not written yet."""
        return bool(self._rows) and self._rows[0][0] <= number
