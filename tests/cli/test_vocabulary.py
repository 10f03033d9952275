"""JSON has one vocabulary: each name is a column of a view, or in the table of docs/commands.md, and of one type."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bounced import times
from bounced.daemon import running
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support import documents, reported
from tests.support.commands import bounced, use_one_worker
from tests.support.documents import DOCS, ROOT

NOW = times.now()
MAIL = ROOT / "samples" / "story" / "bounces" / "01-anna-unknown.eml"

#: How each command that can print JSON is called, and how else.
CALLS = {
    "scan": [str(MAIL)],
    "parse": [str(MAIL)],
    "check": ["gone@dead.test"],
    "explain": ["gone@dead.test"],
    "undo": ["--reason", "reputation", "--yes"],
    "incident show": ["1"],
    "incident discard": ["1"],
    "incident release": ["1"],
    "redo": ["1"],
    "accept": ["--provider", "odd.test", "--yes"],
    "reject": ["--provider", "odd.test", "--yes"],
    "token show": ["x"],
    "policy show": ["gone@dead.test"],
    "erase": ["gone@dead.test"],
    "suppress": ["new@dead.test"],
    "release": ["new@dead.test", "gone@dead.test"],
    "allow": ["new@dead.test"],
    "disallow": ["new@dead.test"],
}

CALLS_TOO = [
    "explain held@odd.test",
    "explain withheld@odd.test",
    "undo --list",
    "undo --reason user_unknown",
    "replay --apply",
    "unrecognized --all",
]

#: What lists rows that the others could not work with.
LISTED_LAST = (
    *("redo", "incidents", "incident show", "sink list", "alarms", "incident release", "incident discard"),
    *("accept", "reject"),
)

#: Under these the names are not ours: headers of the configuration, ids, tables, outcomes and kinds that are counted.
FREE = {"headers", "filter", "outcomes", "kinds", "rows", "removed"}

#: The types of JSON, as the tables call them; null is of any.
TYPES = {bool: "yes or no", int: "number", float: "number", str: "text", list: "list", dict: "object"}
COLUMN_TYPES = {"TEXT": "text", "INTEGER": "number", "REAL": "number"}


@pytest.fixture
def everything(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A month, and a configuration with keys of tokens."""
    configuration = Path(use_one_worker(here.parent))
    (here / "keys").write_text(bounced("token", "new-key").stdout)
    (here / "keys").chmod(0o600)
    configuration.write_text(f'{configuration.read_text()}[identify]\ntoken_keys = "{here}/keys"\n')
    monkeypatch.setenv("BOUNCED_CONFIG", str(configuration))
    reported.month("bounced.db", NOW)
    with Ledger("bounced.db", Policy()) as ledger:
        ledger.daemons.started(running.this(), "1", running.is_gone)
        held = replace(reported.failed("held@odd.test"), trust="unverified")
        ledger.take([reported.item(NOW - timedelta(days=1), held)])
    with closing(sqlite3.connect("bounced.db")) as db:
        db.execute(
            "INSERT INTO withheld (address, since, reason) VALUES ('withheld@odd.test', '2026-01-01T00:00:00Z', 'x')"
        )
        db.commit()


def add_incident_and_sink() -> None:
    """As they are listed; nothing that judges could make sense of that incident."""
    with closing(sqlite3.connect("bounced.db")) as db:
        hour = times.seconds(NOW) // 3600
        db.execute("INSERT INTO failure_units VALUES (1, 0, 'provider', 'dead.test', 'verified', '')")
        db.execute("INSERT INTO incident_spans VALUES (1, 1, ?, 3, ?, NULL)", [hour, hour])
        db.execute(
            "INSERT INTO incident_decisions (decided_at, incident, unit, hour, decision, why)"
            " VALUES ('', 1, 1, ?, ?, '')",
            [hour, "discard"],
        )
        db.execute("INSERT INTO alarms VALUES ('sink', 'sink:crm', 'gone', 0, ?, ?, 1, NULL)", [times.iso(NOW)] * 2)
        db.execute("INSERT INTO sinks (name, configured, position) VALUES ('crm', 1, 0)")
        db.commit()


def documented(lines: list[str]) -> dict[str, str]:
    """The names in tables with their types."""
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in lines if line.startswith("| `")]
    return {name: COLUMN_TYPES.get(type_, type_) for cell, type_ in rows for name in re.findall(r"`(\w+)`", cell)}


def _columns() -> list[str]:
    return (DOCS / "database.md").read_text("utf-8").splitlines()


def _table() -> list[str]:
    text = (DOCS / "commands.md").read_text("utf-8")
    return text.partition("\n## Names in JSON\n")[2].partition("\n## ")[0].splitlines()


def names(value: object) -> Iterator[tuple[str, str]]:
    """Every name in a JSON value, with the type of what it names; ``""`` for null."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, TYPES.get(type(inner), "")
            yield from names(inner) if name not in FREE else ()
    elif isinstance(value, list):
        for inner in value:
            yield from names(inner)


def printed(command: str) -> set[tuple[str, str]]:
    """The names in what a command prints, with their types."""
    result = bounced(*command.split(), *CALLS.get(command, []), "--json")
    return {name for line in result.stdout.splitlines() for name in names(json.loads(line))}


@pytest.mark.usefixtures("everything")
def test_every_name_is_documented_and_of_one_type() -> None:
    commands = [name for name, command in documents.commands().items() if _prints_json(name)]
    assert len(commands) > 20
    by_command = {command: printed(command) for command in [*commands, *CALLS_TOO] if command not in LISTED_LAST}
    add_incident_and_sink()
    by_command |= {command: printed(command) for command in LISTED_LAST}
    assert [command for command, seen in by_command.items() if not seen] == [], "say nothing here"
    known = {**documented(_columns()), **documented(_table())}
    wrong = {command: {pair for pair in seen if not _is_of(known, *pair)} for command, seen in by_command.items()}
    assert {command: sorted(pairs) for command, pairs in wrong.items() if pairs} == {}


def _is_of(known: dict[str, str], name: str, type_: str) -> bool:
    return name in known and type_ in ("", known[name])


def _prints_json(name: str) -> bool:
    return any(parameter.name == "json_" for parameter in documents.commands()[name].params)


def test_a_column_is_of_the_same_type_in_json() -> None:
    columns, table = documented(_columns()), documented(_table())
    assert set(table.values()) == set(TYPES.values())
    others = {name for name in columns.keys() & table.keys() if columns[name] != table[name]}
    assert {name for name in others if columns[name] in COLUMN_TYPES.values()} == {"events", "headers", "held"}


def test_a_name_is_in_the_table_once() -> None:
    listed = [
        name for line in _table() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line.split("|")[1])
    ]
    assert len(listed) > 80
    assert sorted(listed) == sorted(set(listed))
