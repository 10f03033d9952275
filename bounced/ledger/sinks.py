"""How far each sink has come in the outbox, and the changes that it refused for good (dead letters).

1. A position moves only over changes that the sink has taken or refused: a kill at any time delivers some of them
   again, and loses none.
2. What a sink refused is kept until it is replayed or dropped, however long the outbox keeps its own rows.
3. A change stays in the outbox until every sink has it that is in the configuration.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlite_utils import Database

from bounced.address import by_tenant, of_tenant
from bounced.ledger.in_force import in_force
from bounced.ledger.suppression_rows import suppression
from bounced.ledger.transactions import Transactions
from bounced.policy import Suppression

#: A sink that is new begins with what changes from now on.
FOLLOW = """
INSERT INTO sinks (name, configured, position)
SELECT ?, 1, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox_rows'), 0)
WHERE true ON CONFLICT DO UPDATE SET configured = 1
"""
LEAVE = "UPDATE sinks SET configured = 0 WHERE name NOT IN (SELECT value FROM json_each(?))"

NEXT = "SELECT id, written_at, type, address, data FROM outbox WHERE id > ? ORDER BY id LIMIT ?"
POSITION = "SELECT position FROM sinks WHERE name = ?"

DELIVERED = """
UPDATE sinks SET position = max(position, ?), delivered_at = ?, failing_since = NULL, problem = '' WHERE name = ?
"""
FAILED = "UPDATE sinks SET failing_since = coalesce(failing_since, ?), problem = ? WHERE name = ?"

BURY = """
INSERT INTO dead_letters SELECT :sink, id, written_at, type, address, data, :problem FROM outbox WHERE id = :change
ON CONFLICT DO UPDATE SET problem = excluded.problem
"""
DEAD = """
SELECT change, written_at, type, address, data FROM dead_letters
WHERE sink = ? AND change > ? ORDER BY change LIMIT ?
"""
OUTDATED = """
WITH old AS MATERIALIZED (
    SELECT json_extract(value, '$[0]') AS change, json_extract(value, '$[1]') AS address,
        json_extract(value, '$[2]') AS scope, json_extract(value, '$[3]') AS cause
    FROM json_each(?)
)
SELECT DISTINCT change FROM outbox CROSS JOIN old ON old.address = outbox.address
WHERE outbox.id > change AND type LIKE 'suppression.%'
    AND json_extract(data, '$.scope') = scope AND json_extract(data, '$.cause') = cause
"""
DROP_DEAD = "DELETE FROM dead_letters WHERE sink = ? AND change IN (SELECT value FROM json_each(?))"

STATUS = """
SELECT name, configured, position, delivered_at, failing_since, problem,
    (SELECT count(*) FROM outbox_rows WHERE id > position) AS waiting,
    (SELECT count(*) FROM dead_letters WHERE sink = name) AS dead
FROM sinks ORDER BY name
"""


class Notice(NamedTuple):
    """A row of the outbox; ``tenant`` is whose, ``""`` for nobody's."""

    id: int
    written_at: str
    type: str
    address: str
    data: Mapping[str, Any]
    tenant: str = ""

    @property
    def key(self) -> str:
        """The address as the ledger has it."""
        return of_tenant(self.tenant, self.address)


class Sinks:
    """Every method raises LedgerError when the file can't be used."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def follow(self, name: str) -> None:
        """Begins with the sink ``name``: with changes from now on, or where it was when it is known."""
        with self._transactions.writing():
            self._transactions.db.execute(FOLLOW, [name])

    def keep_for(self, names: Collection[str]) -> None:
        """Keeps changes for the sinks ``names``, and for no others any longer."""
        with self._transactions.writing():
            self._transactions.db.execute(LEAVE, [json.dumps(list(names))])

    def next(self, name: str, limit: int) -> list[Notice]:
        """The first changes, ``limit`` at most, that the sink ``name`` does not have yet."""
        with self._transactions.reading():
            [[position]] = self._transactions.db.execute(POSITION, [name]).fetchall()
            return notices(self._transactions.db, NEXT, [position, limit])

    def in_force(self, key: str, scopes: Sequence[str] | None) -> Suppression | None:
        """What forbids mail of ``scopes`` (``None``: any) to an address now, by its key; of several the one of all."""
        with self._transactions.reading():
            rows = in_force(self._transactions.db.conn, [key], scopes)
        return suppression(rows[key][0]) if rows else None

    def delivered(self, name: str, position: int, refused: Mapping[int, str]) -> None:
        """Notes that the sink has every change up to ``position``, but ``refused`` ones: why, by their numbers."""
        with self._transactions.writing():
            db = self._transactions.db
            for change, problem in refused.items():
                db.execute(BURY, {"sink": name, "change": change, "problem": problem})
            db.execute(DELIVERED, [position, self._transactions.now(), name])

    def failed(self, name: str, problem: str) -> None:
        """Notes that the sink could not be reached."""
        with self._transactions.writing():
            self._transactions.db.execute(FAILED, [self._transactions.now(), problem, name])

    def dead(self, name: str, after: int, limit: int) -> list[Notice]:
        """The dead letters of the sink ``name`` with a number above ``after``, ``limit`` at most."""
        with self._transactions.reading():
            return notices(self._transactions.db, DEAD, [name, after, limit])

    def outdated(self, notices: Sequence[Notice]) -> set[int]:
        """The numbers of those of ``notices`` after which the same suppressions have changed again."""
        keys = [(notice.id, notice.key, notice.data.get("scope"), notice.data.get("cause")) for notice in notices]
        with self._transactions.reading():
            return {change for (change,) in self._transactions.db.execute(OUTDATED, [json.dumps(keys)])}

    def drop_dead(self, name: str, changes: Iterable[int]) -> None:
        """Deletes dead letters: they were delivered after all, or are not wanted."""
        with self._transactions.writing():
            self._transactions.db.execute(DROP_DEAD, [name, json.dumps(list(changes))])


def status(db: Database) -> list[dict[str, Any]]:
    """A row for each sink: how many changes wait for it, how many it refused, since when it fails and why."""
    return list(db.query(STATUS))


def notices(db: Database, sql: str, parameters: list[Any]) -> list[Notice]:
    """The notices that the rows of a query are."""
    return [notice(*row) for row in db.execute(sql, parameters).fetchall()]


def notice(id_: int, written_at: str, type_: str, key: str, data: str) -> Notice:
    """The notice that a row of ``outbox`` is."""
    tenant, address = by_tenant(key)
    return Notice(id_, written_at, type_, address, json.loads(data), tenant)
