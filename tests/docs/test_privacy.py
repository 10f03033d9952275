"""docs/privacy.md has every column of the database in its record, and no other one."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from bounced.ledger import schema

PAGE = Path("docs/privacy.md")

#: A table with some of its columns, in a cell of the record or in the list below it.
COLUMNS = re.compile(r"`(\w+)`:\s(`\w+`(?:,\s`\w+`)*)")


def documented() -> list[tuple[str, str]]:
    """The tables and their columns, as often as they are named."""
    _, _, record = PAGE.read_text("utf-8").partition("## What is stored")
    return [(table, name) for table, names in COLUMNS.findall(record) for name in re.findall(r"\w+", names)]


def test_every_column_is_in_the_record_once() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(schema.NEWEST.read_text("utf-8"))
        tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        columns = [
            (table, name)
            for (table,) in tables.fetchall()
            for (name,) in db.execute("SELECT name FROM pragma_table_info(?)", [table])
        ]
    assert sorted(documented()) == sorted(columns)


def test_every_row_says_what_why_and_how_long() -> None:
    _, _, record = PAGE.read_text("utf-8").partition("## What is stored")
    rows = [line.strip("|").split(" | ") for line in record.splitlines() if line.startswith("| `")]
    assert len(rows) > 10
    assert [row for row in rows if len(row) != 4 or not all(map(str.strip, row))] == []
