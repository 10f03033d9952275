"""--limit: the newest rows, how many more there are, and hardly more memory for many rows than for one."""

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bounced.cli.listing import TABLE_ROWS
from bounced.peer import printable
from tests.support.commands import COMPLAINT, DAY0, ODD, bounced, count, failures, one_line

MANY = 30_000
MEGABYTE = 1024  # in KiB, as /proc counts

#: Says on standard error in the end how much memory it had in use at most.
MEASURED = """
import atexit, re, sys
from bounced.cli import main

def peak():
    sys.stderr.write(re.search("VmHWM:.*", open("/proc/self/status").read())[0])

atexit.register(peak)
main()
"""

#: A command, and the column that says how new a row is.
LISTINGS = [
    (("suppressions",), "since"),
    (("held",), "happened_at"),
    (("unrecognized",), "arrived_at"),
    (("reports",), "happened_at"),
]


@pytest.fixture
def five(here: Path) -> None:
    """Five days, on each of which an address complained and a message was not recognized; and five events are held."""
    for day in range(5):
        complaint = COMPLAINT.replace(b"carl@rcpt.test", b"carl%d@rcpt.test" % day)
        odd = ODD.replace(b"\n\n", b"\n\n%d " % day, 1)
        count([(complaint, DAY0 + timedelta(days=day)), (odd, DAY0 + timedelta(days=day))])
    with closing(sqlite3.connect("bounced.db")) as db:
        db.execute("INSERT INTO doubts (address, event, why) SELECT address, id, 'held: for this test' FROM events")
        db.commit()


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize(("command", "column"), LISTINGS)
def test_the_newest_rows_come_first_and_the_last_line_says_how_many_more(command: tuple[str, ...], column: str) -> None:
    everything = [json.loads(line) for line in bounced(*command, "--json").stdout.splitlines()]
    assert len(everything) == 5
    assert [row[column] for row in everything] == sorted((row[column] for row in everything), reverse=True)
    assert len({row[column] for row in everything}) == 5
    two = bounced(*command, "--json", "--limit", "2")
    assert [json.loads(line) for line in two.stdout.splitlines()] == everything[:2]
    assert two.stderr == "and 3 more (--limit)\n"
    table = bounced(*command, "--limit", "4")
    assert (len(table.stdout.splitlines()), table.stderr) == (1 + 4, "and 1 more (--limit)\n")
    for enough in ("5", "6", "9223372036854775807"):
        assert bounced(*command, "--limit", enough).stderr == ""


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "9223372036854775808", "9" * 5000, "\x1b[31m"])
@pytest.mark.parametrize("command", [["held", "--limit"], ["accept", "--"], ["unrecognized", "--"], ["redo", "--"]])
def test_what_is_no_number_is_said_to_be_none(command: list[str], number: str) -> None:
    result = bounced(*command, number)
    assert result.exit_code == 2
    assert f": {printable(number)} is not a whole number between 1 and {2**63 - 1}." in one_line(result)


@pytest.mark.usefixtures("five")
def test_csv_has_a_limit_too() -> None:
    result = bounced("suppressions", "--csv", "--limit", "2")
    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert [row["address"] for row in rows] == ["carl4@rcpt.test", "carl3@rcpt.test"]
    assert result.stderr == "and 3 more (--limit)\n"


def test_explain_tells_the_newest_steps_first_with_a_limit_and_in_order_without() -> None:
    count(failures("anna@rcpt.test", 0, 8, 16))
    everything = json.loads(bounced("explain", "--json", "anna@rcpt.test").stdout)
    days = [step["at"][:10] for step in everything["history"]]
    assert (days, everything["earlier"]) == (["2026-09-01", "2026-09-09", "2026-09-17"], 0)
    two = json.loads(bounced("explain", "--json", "--limit", "2", "anna@rcpt.test").stdout)
    assert [step["at"][:10] for step in two["history"]] == ["2026-09-17", "2026-09-09"]
    assert two["earlier"] == 1
    assert two["suppressions"] == everything["suppressions"]
    shown = bounced("explain", "--limit", "2", "anna@rcpt.test").stdout.splitlines()
    assert shown[-1] == "and 1 earlier step (--limit)"
    assert not any(line.startswith("2026-09-01") for line in shown)
    assert "earlier" not in bounced("explain", "--limit", "3", "anna@rcpt.test").stdout


@pytest.fixture
def many(here: Path) -> None:
    """A ledger of many rows of each kind, all of one address."""
    count([(COMPLAINT, DAY0), *failures("anna@rcpt.test", 0)])
    with closing(sqlite3.connect("bounced.db")) as db:
        multiply(db, "message_rows", "id", {"fingerprint": "CAST(printf('%032d', n) AS BLOB)", "recognized": "0"})
        multiply(db, "passages", "id", {"id": "n", "text": "printf('%0300d', n)"})
        multiply(db, "event_rows", "id", {"diagnostic_code": "n"})
        db.execute(
            "INSERT OR IGNORE INTO doubts (address, event, why) SELECT address, id, 'held: for this test' FROM events"
        )
        multiply(db, "suppressions", "address", {"address": "n || '@rcpt.test'", "detail": "printf('%0300d', n)"})
        db.commit()


def multiply(db: sqlite3.Connection, table: str, key: str, columns: dict[str, str]) -> None:
    """Adds copies of a row of ``table``."""
    names = [name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")]
    values = [columns.get(name, "NULL" if name == key else f'"{name}"') for name in names]
    db.execute(
        f"WITH RECURSIVE numbers (n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM numbers WHERE n < {MANY + 9}) "
        f"INSERT INTO {table} SELECT {', '.join(values)} FROM (SELECT * FROM {table} LIMIT 1), numbers"
    )


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("command", ["held", "suppressions --csv", "reports --json", "unrecognized"])
def test_many_rows_take_no_memory(command: str) -> None:
    """F26, G17: 306 MB for a table of a hundred thousand."""
    few, all_ = peak(command, "--limit", "1"), peak(command)
    assert all_ - few < 12 * MEGABYTE


@pytest.mark.usefixtures("many")
def test_a_table_has_a_limit_by_itself() -> None:
    table = bounced("held")
    assert len(table.stdout.splitlines()) == 1 + TABLE_ROWS
    assert table.stderr == f"and {MANY + 2 - TABLE_ROWS} more (--limit)\n"


def peak(command: str, *words: str) -> int:
    """The most memory that a command has in use, in KiB."""
    ended = subprocess.run(
        [sys.executable, "-c", MEASURED, *command.split(), *words], capture_output=True, text=True, check=True
    )
    return int(ended.stderr.split()[-2])
