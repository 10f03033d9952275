"""`bounced undo` and `bounced redo`: failures are taken back by what happened, and count again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.commands import bounced, count, directory_of_its_own, failures, one_line

OUTAGE = ("--since", "2026-09-08", "--until", "2026-09-19", "--provider", "rcpt.test")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    directory_of_its_own(tmp_path, monkeypatch)
    count([*failures("anna@rcpt.test", 0, 8, 17), *failures("bea@other.test", 0.1, 8.1, 17.1)])
    yield


def rows(sql: str) -> list[Any]:
    with closing(sqlite3.connect("file:bounced.db?mode=ro", uri=True)) as db:
        return db.execute(sql).fetchall()


def suppressed() -> list[str]:
    return [row[0] for row in rows("SELECT address FROM suppressed ORDER BY address")]


def rates() -> dict[str, int]:
    with Ledger("bounced.db", Policy()) as ledger:
        ledger.upkeep.recount()
    return dict(rows("SELECT name, sum(bounces) FROM outcomes WHERE dimension = 'provider' GROUP BY name"))


def test_what_would_change_is_shown_before() -> None:
    shown = bounced("undo", *OUTAGE)
    assert shown.stdout.splitlines() == [
        "would take back 2 failures of 1 address",
        "0 more suppressed, 1 fewer",
        "    rcpt.test: 1 released (hard: user_unknown)",
    ]
    assert shown.stderr == "nothing was changed; --yes does it\n"
    assert suppressed() == ["anna@rcpt.test", "bea@other.test"]
    assert bounced("undo", "--list").stderr == "nothing was taken back\n"


def test_it_is_done_and_undone_by_its_opposite() -> None:
    before = rows("SELECT * FROM suppressions ORDER BY address"), rates()
    done = bounced("undo", *OUTAGE, "--yes", "--why", "outage", "--json")
    assert {name: json.loads(done.stdout)[name] for name in ("decision", "failures", "released")} == {
        "decision": 1,
        "failures": 2,
        "released": 1,
    }
    assert suppressed() == ["bea@other.test"]
    assert bounced("explain", "anna@rcpt.test").stdout.count("held: undone by decision 1") == 2
    [row] = json.loads(f"[{bounced('undo', '--list', '--json').stdout}]")
    row = row[0] if isinstance(row, list) else row
    assert (row["failures"], row["why"], row["redone_at"]) == (2, "outage", None)
    assert bounced("redo", "1").stderr == "decision 1: its failures count again; 1 more suppressed, 0 fewer\n"
    assert (rows("SELECT * FROM suppressions ORDER BY address"), rates()) == before
    assert (
        one_line(bounced("redo", "1")) == "bounced: 1: no decision in force has this number; see `bounced undo --list`"
    )


def test_programs_are_told_what_a_redo_changes() -> None:
    bounced("undo", *OUTAGE, "--yes")
    assert json.loads(bounced("redo", "1", "--json").stdout) == {"decision": 1, "suppressed": 1, "released": 0}


def test_rates_forget_what_is_taken_back() -> None:
    assert rates() == {"rcpt.test": 1, "other.test": 1}
    bounced("undo", "--provider", "rcpt.test", "--yes")
    assert {name: number for name, number in rates().items() if number} == {"other.test": 1}


def test_two_decisions_about_one_failure_both_have_to_end() -> None:
    bounced("undo", "--provider", "rcpt.test", "--yes")
    bounced("undo", "--text", "USER UNKNOWN", "--until", "2026-10-01", "--yes")
    assert suppressed() == []
    bounced("redo", "1")
    assert suppressed() == []
    bounced("redo", "2")
    assert suppressed() == ["anna@rcpt.test", "bea@other.test"]


def test_what_is_undone_can_not_be_accepted() -> None:
    bounced("undo", "--provider", "rcpt.test", "--yes")
    [(event,)] = rows("SELECT min(id) FROM events WHERE address = 'anna@rcpt.test'")
    assert one_line(bounced("accept", str(event))) == (
        f"bounced: {event}: is undone by decision 1; `bounced redo 1` counts it again"
    )


def test_new_failures_are_not_part_of_it() -> None:
    bounced("undo", "--provider", "rcpt.test", "--yes")
    count(failures("anna@rcpt.test", 0, 8, 17, 31, 39, 48))
    assert suppressed() == ["anna@rcpt.test", "bea@other.test"]


@pytest.mark.parametrize(
    ("words", "failures"),
    [
        (["--reason", "user_unknown"], 6),
        (["--reason", "mailbox_full"], 0),
        (["--campaign", "nobody's"], 0),
        (["--provider", "TEST"], 6),
        (["--provider", "st"], 0),
        (["--text", "%"], 0),
        (["--since", "2026-09-18"], 2),
    ],
)
def test_each_condition_selects(words: list[str], failures: int) -> None:
    assert json.loads(bounced("undo", *words, "--json").stdout)["failures"] == failures


def test_without_a_condition_it_asks_for_one() -> None:
    assert one_line(bounced("undo", "--yes")).startswith("bounced: say which failures: --since")
    assert suppressed() == ["anna@rcpt.test", "bea@other.test"]
