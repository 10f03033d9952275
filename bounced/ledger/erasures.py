"""What a file knows as erased, and which addresses of an earlier file these are.

1. What is known is the entries that were kept, with what was decided about them. An address that was erased without an
   entry, since it was not suppressed or ``entirely``, is not known.
2. An address is looked for wherever it is written as it is, in VERP, SRS or BATV. What is found so can be erased in
   whatever coding.
3. The earlier file may have any schema: all texts of all tables are read, whatever their names.

Only reads.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bounced.address import by_tenant, of_tenant
from bounced.ledger import erased
from bounced.ledger.spellings import readings
from bounced.policy import patterns

COLUMNS = (*("decided_at", "address", "what", "scope", "why", "cause", "class", "reason", "origin", "recorded_at"),)

#: What was decided about entries: none of their hashes has an "@".
DECISIONS = f"SELECT {', '.join(COLUMNS)} FROM decisions WHERE address LIKE '%#%' ORDER BY id"  # noqa: S608

TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"

#: Where one address is written inside of another, the inner one may begin behind one of these.
SEPARATORS = "-+_."

#: Of the table ``decisions``, by the names of its columns.
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Erasures:
    """The keys of a file, and what was decided about its entries, in that order."""

    hash_keys: tuple[bytes, ...] = ()
    decisions: tuple[Row, ...] = ()

    def since(self, earlier: Erasures) -> Erasures:
        """What is known here of entries that ``earlier`` does not have, or that were erased again since."""
        entries = {row["address"] for row in self._erased() if row not in earlier.decisions}
        rows = (row for row in self.decisions if row["address"] in entries and row not in earlier.decisions)
        return Erasures(self.hash_keys, tuple(rows))

    def unwanted(self, earlier: Erasures) -> frozenset[str]:
        """The entries of which ``earlier`` may have no address: those that were not released after it knew them."""
        released = {row["address"] for row in self.decisions if row["what"] == "release"}
        entries = {row["address"] for row in self._erased()} - released
        return frozenset(entries | {row["address"] for row in self.since(earlier).decisions})

    def _erased(self) -> Iterator[Row]:
        return (row for row in self.decisions if row["origin"] == erased.ORIGIN)


def known(db: sqlite3.Connection) -> Erasures:
    """What ``db``, of any schema, knows as erased. Raises sqlite3.Error."""
    hash_keys = erased.hash_keys(db)
    if not hash_keys:
        return Erasures()
    rows = (dict(zip(COLUMNS, row, strict=True)) for row in db.execute(DECISIONS))
    return Erasures(hash_keys, tuple(row for row in rows if erased.is_entry(row["address"])))


def addresses(
    db: sqlite3.Connection, entries: Collection[str], hash_keys: Collection[bytes], delimiters: str
) -> list[str]:
    """The keys without tenants, in ``db``, of which ``entries`` are kept; of a sub-address it may be what covers it."""
    tenants = {by_tenant(entry)[0] for entry in entries}
    names = {name for text in set(_written(db)) for name in patterns.covering(text, delimiters) if "@" in name[1:]}
    return sorted(
        name
        for name in names
        if any(erased.entry(of_tenant(tenant, name), key) in entries for tenant in tenants for key in hash_keys)
    )


def _written(db: sqlite3.Connection) -> Iterator[str]:
    """What may be an address in any text of ``db``."""
    for text in _texts(db):
        yield by_tenant(text)[1].lower()
        yield from erased.claims(text)
        for address in erased.written(text):
            yield from _inside(address.lower())


def _texts(db: sqlite3.Connection) -> Iterator[str]:
    """All texts with an address, and what the messages say that are kept whole."""
    for (table,) in db.execute(TABLES).fetchall():
        for _, column, type_, *_ in db.execute(f'PRAGMA table_info("{table}")').fetchall():
            if type_ == "TEXT":
                rows = db.execute(f"""SELECT "{column}" FROM "{table}" WHERE instr("{column}", '@')""")  # noqa: S608
                yield from (str(text) for (text,) in rows)
        if table == "unrecognized":
            for (content,) in db.execute("SELECT content FROM unrecognized WHERE content IS NOT NULL"):
                yield from (text for text in readings(_unpacked(content)) if "@" in text)


def _unpacked(content: bytes) -> bytes:
    with suppress(zlib.error):  # the first versions did not pack it
        return zlib.decompress(content)
    return content


def _inside(address: str) -> Iterator[str]:
    """The addresses that VERP, SRS and BATV may have written inside of ``address``."""
    local, _, domain = address.rpartition("@")
    *_, before, after = ["", *local.split("=")]
    if before:
        yield f"{after}@{before}"
        yield f"{after}@{domain}"
        starts = (0, *(at + 1 for at, char in enumerate(before) if char in SEPARATORS))
        yield from (f"{before[start:]}@{after}" for start in starts)
