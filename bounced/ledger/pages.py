"""What programs read in pages: the suppressions in the order of their keys, and the outbox from a change on.

1. A page begins behind the last row of the one before, by its key: what changes meanwhile moves no other row.
2. Who follows the outbox from where it ended before the first page was read misses no change.
"""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

from bounced.address import by_tenant, of_tenant
from bounced.ledger.in_force import IN_FORCE
from bounced.ledger.sinks import Notice, notice
from bounced.sent.tenants import KEYS, parameters, ranges

SUPPRESSIONS = f"""
SELECT address, scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at, detail
FROM suppressions WHERE (address, scope, cause) > (?, ?, ?) AND address >= ? AND address < ? AND {IN_FORCE}
ORDER BY address, scope, cause LIMIT ?
"""  # noqa: S608

CHANGES = f"""
SELECT id, written_at, type, address, data FROM outbox WHERE id > :after AND id <= :last AND {KEYS.format("address")}
ORDER BY id LIMIT :limit
"""  # noqa: S608

#: The first row that is still there, and the number that was given last.
ENDS = """
SELECT coalesce((SELECT min(id) FROM outbox_rows), last + 1), last
FROM (SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox_rows'), 0) AS last)
"""


class Key(NamedTuple):
    """What distinguishes one suppression from all others."""

    address: str = ""
    scope: str = ""
    cause: str = ""


class Ends(NamedTuple):
    """The numbers of the first change that the outbox still has, and of the last one that it ever had."""

    first: int
    last: int

    def has_all_after(self, change: int) -> bool:
        """False when changes after ``change`` were deleted, or it is one of another database."""
        return self.first <= change + 1 and change <= self.last


def suppressions(db: sqlite3.Connection, after: Key, limit: int, tenant: str = "") -> list[dict[str, Any]]:
    """The suppressions of ``tenant`` in force behind ``after``, ``limit`` at most; addresses are without tenant."""
    begin = (after.address and of_tenant(tenant, after.address), after.scope, after.cause)
    rows = list[sqlite3.Row]()
    for first, end in ranges(tenant):
        rows += db.execute(SUPPRESSIONS, [*begin, first, end, limit - len(rows)]).fetchall()
    return [{**row, "address": by_tenant(row["address"])[1]} for row in rows]


def ends(db: sqlite3.Connection) -> Ends:
    """Where the outbox begins and ends."""
    return Ends(*db.execute(ENDS).fetchone())


def changes(db: sqlite3.Connection, after: int, last: int, limit: int, tenant: str = "") -> list[Notice]:
    """The changes of ``tenant`` after the number ``after``, up to ``last``; ``limit`` at most, the oldest first."""
    asked = {"after": after, "last": last, "limit": limit, **parameters(tenant)}
    return [notice(*row) for row in db.execute(CHANGES, asked)]
