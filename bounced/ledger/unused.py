"""Deletes what no event refers to any more: rows that no index finds, so that nothing can refer to them again.

1. A transaction refers to such rows only where it added them (bounced.ledger.shared_rows). So one that was committed
   before the first look, and that nothing refers to after the last one, is unused for good.
2. Each step looks at a limited number of rows, and only the deletion needs a transaction that writes.
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


def all_unused(db: Database, table: str) -> bytearray:
    """For each id in ``table``: 0, as nothing is known to refer to it; but for 0, which is no row of a message."""
    [(last,)] = db.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchall()  # noqa: S608
    return bytearray([1]) + bytearray(last)


def mark_used(db: Database, used: bytearray, table: str, column: str, after: int) -> int:
    """Sets what rows of ``table`` behind ``after`` refer to; returns where the next step begins, 0 at the end."""
    sql = f"SELECT id, {column} FROM {table} WHERE id > ? ORDER BY id LIMIT ?"  # noqa: S608
    rows = db.execute(sql, [after, ROWS_LIMIT]).fetchall()
    for _, reference in rows:
        if reference < len(used):
            used[reference] = 1
    return rows[-1][0] if rows else 0


def delete_unused(db: Database, used: bytearray, table: str, after: int) -> int:
    """Deletes unused rows of ``table`` behind ``after``; returns where the next step begins, 0 at the end."""
    sql = f"SELECT id FROM {table} WHERE id > ? AND id < ? ORDER BY id LIMIT ?"  # noqa: S608
    ids = [row for (row,) in db.execute(sql, [after, len(used), ROWS_LIMIT])]
    unused = [[row] for row in ids if not used[row]]
    db.conn.executemany(f"DELETE FROM {table} WHERE id = ?", unused)  # noqa: S608
    return ids[-1] if ids else 0
