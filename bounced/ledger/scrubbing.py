"""Takes an address out of all that the file says about others: every text of every table, and what is packed.

So a table or a column that is added later is searched as well; a new packed one has to be unpacked here.
Call inside a transaction of the ledger in which facts may be changed (bounced.ledger.erasure).
"""

from __future__ import annotations

import secrets
import sqlite3
import zlib
from collections.abc import Mapping

from sqlite_utils import Database

from bounced.ledger import search_starts
from bounced.ledger.erased_rows import delete_from
from bounced.ledger.shared_rows import digest
from bounced.ledger.spellings import ERASED, Spellings

TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"

#: What ANALYZE keeps of the values in indexes, where SQLite was built so.
SAMPLES = "SELECT name FROM sqlite_master WHERE name IN ('sqlite_stat3', 'sqlite_stat4')"

#: Incidents of something that named the address go: their number is a hash of that name.
UNITS = "SELECT unit FROM failure_units WHERE names_it(name)"
SPANS = f"SELECT id FROM incident_spans WHERE unit IN ({UNITS})"  # noqa: S608
OF_UNITS = (
    *("incident_decisions", "failure_counts", "answered_days", "campaign_sizes"),
    *("search_starts", "suspected_spans", "incident_spans", "failure_units"),
)


def scrub(db: Database, spellings: Spellings) -> int:
    """Takes ``spellings`` out of everything; returns in how many rows they were."""
    db.conn.create_function("names_it", 1, lambda text: text is not None and spellings.are_in(text))
    _delete_incidents(db)
    for (table,) in db.execute(SAMPLES).fetchall():
        db.execute(f"DELETE FROM {table}")  # noqa: S608
    named = delete_from(db, "unrecognized", "message", contents(db, spellings))
    packed = named + _delete_states(db, spellings)
    return packed + sum(_scrub(db, f'"{table}"', spellings) for (table,) in db.execute(TABLES).fetchall())


def _delete_incidents(db: Database) -> None:
    if db.execute(f"{UNITS} LIMIT 1").fetchone():
        search_starts.forget_all(db)  # they explained failures of others
    db.execute(f"DELETE FROM incident_rows WHERE incident IN ({SPANS})")  # noqa: S608
    for table in OF_UNITS:
        db.execute(f"DELETE FROM {table} WHERE unit IN ({UNITS})")  # noqa: S608


def contents(db: Database, spellings: Spellings) -> list[int]:
    """The messages that are kept whole and name the address in whatever coding."""
    rows = db.execute("SELECT message, content FROM unrecognized")
    return [message for message, content in rows if spellings.are_in_message(zlib.decompress(content))]


def _delete_states(db: Database, spellings: Spellings) -> int:
    """Deletes kept states that name the address: they are derived from their histories again."""
    rows = db.execute("SELECT address, kept FROM states")
    named = [address for address, kept in rows if spellings.are_in(zlib.decompress(kept).decode())]
    return delete_from(db, "states", "address", named)


def _scrub(db: Database, table: str, spellings: Spellings) -> int:
    """Takes the address out of the texts of ``table``; returns in how many rows it was."""
    facts = db.execute(f"PRAGMA table_info({table})").fetchall()
    texts = [name for _, name, type_, *_ in facts if type_ == "TEXT"]
    keys = [name for _, name, *_, place in facts if place] or ["rowid"]
    if not texts:
        return 0
    wanted = " OR ".join(f"names_it({name})" for name in texts)
    rows = db.execute(f"SELECT {', '.join((*keys, *texts))} FROM {table} WHERE {wanted}").fetchall()  # noqa: S608
    for row in rows:
        key = dict(zip(keys, row, strict=False))
        named = zip(texts, row[len(keys) :], strict=True)
        _write(db, table, key, {name: spellings.replaced(text) for name, text in named if text})
    return len(rows)


def _write(db: Database, table: str, key: Mapping[str, object], texts: Mapping[str, str]) -> None:
    try:
        _update(db, table, key, texts)
    except sqlite3.IntegrityError:  # there is such a row already
        other = f"{ERASED}-{secrets.token_hex(8)}"
        _update(db, table, key, {name: text.replace(ERASED, other) for name, text in texts.items()})


def _update(db: Database, table: str, key: Mapping[str, object], texts: Mapping[str, str]) -> None:
    values: dict[str, object] = {**texts}
    if table == '"passages"':
        values["digest"] = digest(texts["text"])
    assigned, same = ", ".join(f"{name} = ?" for name in values), " AND ".join(f"{name} IS ?" for name in key)
    db.execute(f"UPDATE {table} SET {assigned} WHERE {same}", [*values.values(), *key.values()])  # noqa: S608
