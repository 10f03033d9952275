"""Deletes what no event refers to any more: passages, and what events are about.

1. Everything that refers to such a row is looked at, in steps of a limited number of rows, and marks it as used.
2. A step that deletes is a transaction: it looks at what was added since, first. So nothing refers to what it deletes.
3. Who remembers ids of such rows forgets them then (bounced.ledger.shared_rows).
"""

from __future__ import annotations

from sqlite_utils import Database

#: Rows that one step looks at.
ROWS_LIMIT = 20_000

#: The tables of such rows, in the order in which they become unused, and what refers to them.
REFERRING = {
    "original_messages": (("event_rows", "original"),),
    "passages": (("event_rows", "diagnostic_code"), ("original_messages", "headers")),
}


class Unused:
    """The rows of ``table`` that are there now, as far as nothing is known to refer to them."""

    def __init__(self, db: Database, table: str) -> None:
        self._db, self._table = db, table
        [(last,)] = db.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchall()  # noqa: S608
        self._used = bytearray([1]) + bytearray(last)  # by id; 0 is no row of a message
        self._seen = dict.fromkeys(REFERRING[table], -1)  # the last row that was looked at
        self._deleted = 0

    def look(self) -> bool:
        """Looks at some more rows that may refer to these; False when there are none."""
        return any(self._mark_used(*column) for column in self._seen)

    def delete(self) -> bool:
        """Deletes some of the rows that are not used; False when there are none. Call inside a transaction."""
        while self.look():
            pass
        sql = f"SELECT id FROM {self._table} WHERE id > ? AND id < ? ORDER BY id LIMIT ?"  # noqa: S608
        ids = [row for (row,) in self._db.execute(sql, [self._deleted, len(self._used), ROWS_LIMIT])]
        unused = [[row] for row in ids if not self._used[row]]
        self._db.conn.executemany(f"DELETE FROM {self._table} WHERE id = ?", unused)  # noqa: S608
        self._deleted = ids[-1] if ids else self._deleted
        return bool(ids)

    def _mark_used(self, table: str, column: str) -> bool:
        sql = f"SELECT id, {column} FROM {table} WHERE id > ? ORDER BY id LIMIT ?"  # noqa: S608
        rows = self._db.execute(sql, [self._seen[table, column], ROWS_LIMIT]).fetchall()
        for _, reference in rows:
            if reference < len(self._used):
                self._used[reference] = 1
        if rows:
            self._seen[table, column] = rows[-1][0]
        return bool(rows)
