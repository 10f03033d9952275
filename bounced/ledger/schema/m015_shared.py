"""The rows that many facts share, as the fifteenth migration writes them: later ones may have other columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

#: The tables, and whether an index finds what other transactions have stored.
TABLES = {
    "texts": True,
    "passages": False,
    "message_kinds": True,
    "verdicts": True,
    "routes": True,
    "original_messages": False,
}

#: Ids that are kept in memory for each table.
IDS_LIMIT = 50_000


class SharedTable:
    """The ids of the rows in a table."""

    def __init__(self, db: Database, name: str, *, indexed: bool) -> None:
        self.columns = tuple(name for _, name, *_ in db.execute(f"PRAGMA table_info({name})") if name != "id")
        same = " AND ".join(f"{column} = ?" for column in self.columns)
        self._find = f"SELECT id FROM {name} WHERE {same}" if indexed else ""  # noqa: S608
        places = ", ".join("?" * len(self.columns))
        self._add = f"INSERT INTO {name} ({', '.join(self.columns)}) VALUES ({places})"  # noqa: S608
        self._db = db
        self._ids: dict[tuple[Any, ...], int] = {}

    def id(self, *values: Any) -> int:
        """The id of the row of these values, in the order of ``columns``, which is stored if need be."""
        known = self._ids.get(values)
        if known is not None:
            return known
        if len(self._ids) >= IDS_LIMIT:
            self._ids.clear()
        new = self._ids[values] = self._stored(values) or self._db.conn.execute(self._add, values).lastrowid or 0
        return new

    def of(self, facts: Mapping[str, Any]) -> int:
        """The id of the row that holds what of ``facts`` it has columns for."""
        return self.id(*map(facts.__getitem__, self.columns))

    def _stored(self, values: tuple[Any, ...]) -> int:
        row = self._db.conn.execute(self._find, values).fetchone() if self._find else None
        return row[0] if row else 0


class SharedRows:
    """The tables of ``db``."""

    def __init__(self, db: Database) -> None:
        self._tables = {name: SharedTable(db, name, indexed=indexed) for name, indexed in TABLES.items()}

    def text(self, text: str) -> int:
        """The id of a text that repeats from message to message; 0 is that of ``""``."""
        return self._tables["texts"].id(text) if text else 0

    def passage(self, text: str) -> int:
        """The id of a text that does not; 0 is that of ``""``."""
        return self._tables["passages"].id(text) if text else 0

    def of(self, table: str, facts: Mapping[str, Any]) -> int:
        """The id of the row in ``table`` that holds what of ``facts`` it has columns for."""
        return self._tables[table].of(facts)
