"""Rows that many facts share: texts, and the parts of events and messages that repeat.

1. What repeats from message to message is in the file once: a unique index ensures it, or the digest of a passage.
2. What does not is stored once for the messages of one transaction, so once for each message at least.
3. Ids that are remembered are true: ``begin`` forgets what another program, or a transaction that failed, may have
   changed.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from itertools import islice
from json import dumps
from typing import Any

from sqlite_utils import Database

from bounced.ledger.new_rows import NumberedRows

#: The tables, and whether an index finds what other transactions have stored.
TABLES = {
    "message_kinds": True,
    "verdicts": True,
    "routes": True,
    "original_messages": False,
}

#: Ids that are kept in memory for each table: more than any transaction of the daemon needs, and from one to the next.
IDS_LIMIT = 50_000
KEPT_IDS_LIMIT = 2_000

#: Columns that come last: those of ``bounced.model.Event`` are before them.
LAST = ("held", "headers")

#: Octets of a digest.
DIGEST_OCTETS = 6


class SharedTable:
    """The ids of the rows in a table, by their values in the order of ``columns``."""

    def __init__(self, db: Database, name: str, *, indexed: bool) -> None:
        names = [name for _, name, *_ in db.execute(f"PRAGMA table_info({name})") if name != "id"]
        self.columns = tuple(sorted(names, key=lambda name: (name in LAST, names.index(name))))
        same = " AND ".join(f"{column} = ?" for column in self.columns)
        self._find = f"SELECT id FROM {name} WHERE {same}" if indexed else ""  # noqa: S608
        self._db = db
        self._new = NumberedRows(db, name, self.columns)
        self._ids: dict[tuple[Any, ...], int] = {}

    def forget(self) -> None:
        """Asks the file from now on."""
        self._ids.clear()
        self._new.forget()

    def begin(self) -> None:
        """Forgets what a new transaction may not know, or what is too much to be kept."""
        if not self._find or len(self._ids) > KEPT_IDS_LIMIT:
            self._ids.clear()

    def write(self) -> None:
        """Inserts what is new."""
        self._new.write()

    def id(self, values: tuple[Any, ...]) -> int:
        """The id of the row of these values, which is added if need be."""
        known = self._ids.get(values)
        if known is not None:
            return known
        if len(self._ids) >= IDS_LIMIT:
            self.write()
            self._ids.clear()
        new = self._ids[values] = self._stored(values) or self._number(values)
        return new

    def _number(self, values: tuple[Any, ...]) -> int:
        return self._new.number(values)

    def _stored(self, values: tuple[Any, ...]) -> int:
        """The id in the file, 0 when it is not there."""
        row = self._db.conn.execute(self._find, values).fetchone() if self._find else None
        return row[0] if row else 0


class Texts(SharedTable):
    """Texts that repeat from message to message. Few transactions name an address again: nothing is kept."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, "texts", indexed=True)
        self._absent: set[str] = set()

    def forget(self) -> None:
        super().forget()
        self._absent.clear()

    def begin(self) -> None:
        self._ids.clear()
        self._absent.clear()

    def look_up(self, texts: Iterable[str]) -> None:
        """Finds the ids of ``texts``, all at once."""
        wanted = dict.fromkeys(text for text in islice(texts, IDS_LIMIT) if (text,) not in self._ids)
        sql = "SELECT text, texts.id FROM json_each(?) CROSS JOIN texts ON text = value"
        stored = dict(self._db.conn.execute(sql, [dumps(list(wanted))]).fetchall())
        self._ids.update(((text,), id_) for text, id_ in stored.items())
        self._absent.update(wanted.keys() - stored.keys())

    def _stored(self, values: tuple[Any, ...]) -> int:
        if values[0] in self._absent:
            self._absent.discard(values[0])  # it is about to be added
            return 0
        return super()._stored(values)


class Passages(SharedTable):
    """Longer texts, each found by its digest. What is not used any more is deleted (bounced.ledger.unused)."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, "passages", indexed=True)
        self._find = "SELECT id FROM passages WHERE digest = ? AND text = ?"

    def _stored(self, values: tuple[Any, ...]) -> int:
        return super()._stored((digest(values[0]), *values))

    def _number(self, values: tuple[Any, ...]) -> int:
        return self._new.number((*values, digest(values[0])))


def digest(text: str) -> int:
    """A number that finds ``text`` again; others may have it too."""
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=DIGEST_OCTETS).digest())


class SharedRows:
    """The tables of ``db``. Call ``begin`` when a transaction begins, and ``write`` before it ends."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._version = 0
        self.texts, self.passages = Texts(db), Passages(db)
        others = {name: SharedTable(db, name, indexed=indexed) for name, indexed in TABLES.items()}
        self.tables: dict[str, SharedTable] = {"texts": self.texts, "passages": self.passages, **others}

    def begin(self) -> None:
        """Forgets what may not be true any more."""
        before, [self._version] = self._version, self._db.conn.execute("PRAGMA data_version").fetchone()
        if self._version != before:
            self.forget()
        for table in self.tables.values():
            table.begin()

    def forget(self) -> None:
        """Asks the file from now on."""
        for table in self.tables.values():
            table.forget()

    def write(self) -> None:
        """Inserts what is new."""
        for table in self.tables.values():
            table.write()

    def of(self, table: str, facts: Mapping[str, Any]) -> int:
        """The id of the row in ``table`` that holds what of ``facts`` it has columns for."""
        rows = self.tables[table]
        return rows.id(tuple(map(facts.__getitem__, rows.columns)))

    def text(self, text: str) -> int:
        """The id of a text that repeats from message to message; 0 is that of ``""``."""
        return self.texts.id((text,)) if text else 0

    def passage(self, text: str) -> int:
        """The id of a longer text; 0 is that of ``""``."""
        return self.passages.id((text,)) if text else 0
