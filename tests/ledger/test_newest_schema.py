"""A new file gets the newest schema at once, and it is what the migrations make.

`python -m tests.ledger.test_newest_schema` writes it: call it after each new migration.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from bounced.ledger import database, providers, schema

MIGRATIONS = "_sqlite_migrations"


def migrated() -> sqlite3.Connection:
    """An empty file after all migrations, one by one."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.migrations.apply(Database(connection, execute_plugins=False))
    return connection


def script() -> str:
    """The statements that make the same: tables, their rows, and what refers to tables."""
    with closing(migrated()) as db:
        return "".join(f"{statement};\n" for statement in _statements(db))


def _statements(db: sqlite3.Connection) -> Iterator[str]:
    objects = "SELECT sql FROM sqlite_master WHERE sql <> '' AND name NOT LIKE 'sqlite_%' AND type {} ORDER BY rowid"
    yield from (sql for (sql,) in db.execute(objects.format("= 'table'")))
    for table in _tables(db):
        yield from _inserts(db, table)
    for kind in ("index", "view", "trigger"):
        yield from (sql for (sql,) in db.execute(objects.format(f"= '{kind}'")))


def _inserts(db: sqlite3.Connection, table: str) -> Iterator[str]:
    cursor = db.execute(f"SELECT * FROM {table} ORDER BY 1")
    names = [name for name, *_ in cursor.description]
    for row in cursor.fetchall():
        values = [db.execute("SELECT quote(?)", [value]).fetchone()[0] for value in row]
        if table == MIGRATIONS:
            values[-1] = "strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')"
        yield f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(values)})"


def _tables(db: sqlite3.Connection) -> list[str]:
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    return [name for (name,) in db.execute(named)]


def objects(db: sqlite3.Connection) -> set[tuple[str, ...]]:
    return set(db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"))


def rows(db: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """The rows of each table, but when a migration was applied."""
    return {
        table: [row[:-1] if table == MIGRATIONS else row for row in db.execute(f"SELECT * FROM {table}")]
        for table in _tables(db)
    }


def test_a_new_file_is_as_after_all_migrations(path: str) -> None:
    database.close_written(database.open_for_writing(path))
    with closing(sqlite3.connect(path)) as new, closing(migrated()) as old:
        assert objects(new) == objects(old), "python -m tests.ledger.test_newest_schema"
        providers.write(Database(old, execute_plugins=False))
        assert rows(new) == rows(old)
        assert new.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_it_is_made_in_one_step(path: str) -> None:
    """The migrations would be 700 statements."""
    assert schema.NEWEST.read_text("utf-8") == script(), "python -m tests.ledger.test_newest_schema"


if __name__ == "__main__":
    schema.NEWEST.write_text(script(), "utf-8")
    print(Path(schema.NEWEST).name, "written")
