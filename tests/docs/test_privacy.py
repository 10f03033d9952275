"""docs/privacy.md has every table of the database in its record, and no other one."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from bounced.ledger import schema

PAGE = Path("docs/privacy.md")


def test_every_table_is_in_the_record_once() -> None:
    _, _, record = PAGE.read_text("utf-8").partition("## What is stored")
    rows = [line.split("|")[1] for line in record.splitlines() if line.startswith("| `")]
    documented = [name for row in rows for name in re.findall("`([a-z_]+)`", row)]
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(schema.NEWEST.read_text("utf-8"))
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        assert sorted(documented) == sorted(name for (name,) in db.execute(sql))
