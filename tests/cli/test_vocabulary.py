"""JSON has one vocabulary: each name in it is a column of a view, or in the table of docs/commands.md."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bounced import times
from tests.support import documents, reported
from tests.support.commands import bounced, use_one_worker
from tests.support.documents import DOCS, ROOT

NOW = times.now()
MAIL = ROOT / "samples" / "story" / "bounces" / "01-anna-unknown.eml"

#: How each command that can print JSON is called.
CALLS = {
    "scan": [str(MAIL)],
    "parse": [str(MAIL)],
    "check": ["gone@dead.test"],
    "explain": ["gone@dead.test"],
    "undo": ["--reason", "reputation", "--yes"],
    "incident show": ["1"],
    "token show": ["x"],
    "policy show": ["gone@dead.test"],
    "erase": ["gone@dead.test"],
}

#: What lists rows that the others could not work with.
LISTED_LAST = ("incidents", "incident show", "sink list")

#: Under these the names are not ours: headers of the configuration, ids, tables, outcomes and kinds that are counted.
FREE = {"headers", "filter", "outcomes", "kinds", "rows"}


@pytest.fixture
def everything(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A month, and a configuration with keys of tokens."""
    configuration = Path(use_one_worker(here.parent))
    (here / "keys").write_text(bounced("token", "new-key").stdout)
    (here / "keys").chmod(0o600)
    configuration.write_text(f'{configuration.read_text()}[identify]\ntoken_keys = "{here}/keys"\n')
    monkeypatch.setenv("BOUNCED_CONFIG", str(configuration))
    reported.month("bounced.db", NOW)


def add_incident_and_sink() -> None:
    """As they are listed; nothing that judges could make sense of that incident."""
    with closing(sqlite3.connect("bounced.db")) as db:
        hour = times.seconds(NOW) // 3600
        db.execute("INSERT INTO failure_units VALUES (1, 0, 'provider', 'dead.test', 'verified', '')")
        db.execute("INSERT INTO incident_spans VALUES (1, 1, ?, 3, ?, NULL)", [hour, hour])
        db.execute("INSERT INTO sinks (name, configured, position) VALUES ('crm', 1, 0)")
        db.commit()


def documented() -> set[str]:
    """The columns of the views, and the names of the table."""
    lines = [*(DOCS / "database.md").read_text("utf-8").splitlines(), *_table()]
    return {name for line in lines if line.startswith("| `") for name in re.findall(r"`(\w+)`", line.split("|")[1])}


def _table() -> list[str]:
    text = (DOCS / "commands.md").read_text("utf-8")
    return text.partition("\n## Names in JSON\n")[2].partition("\n## ")[0].splitlines()


def names(value: object) -> Iterator[str]:
    """Every name in a JSON value."""
    if isinstance(value, dict):
        yield from value
        for name, inner in value.items():
            yield from names(inner) if name not in FREE else ()
    elif isinstance(value, list):
        for inner in value:
            yield from names(inner)


def printed(command: str) -> set[str]:
    """The names in what a command prints."""
    result = bounced(*command.split(), *CALLS.get(command, []), "--json")
    return {name for line in result.stdout.splitlines() for name in names(json.loads(line))}


@pytest.mark.usefixtures("everything")
def test_every_name_is_documented() -> None:
    commands = [name for name, command in documents.commands().items() if _prints_json(name)]
    assert len(commands) > 20
    by_command = {command: printed(command) for command in commands if command not in LISTED_LAST}
    add_incident_and_sink()
    by_command |= {command: printed(command) for command in LISTED_LAST}
    assert {command for command, seen in by_command.items() if not seen} <= {"withheld"}, "says nothing here"
    known = documented()
    assert {command: sorted(seen - known) for command, seen in by_command.items() if seen - known} == {}


def _prints_json(name: str) -> bool:
    return any(parameter.name == "json_" for parameter in documents.commands()[name].params)


def test_a_name_is_in_the_table_once() -> None:
    listed = [
        name for line in _table() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line.split("|")[1])
    ]
    assert len(listed) > 80
    assert sorted(listed) == sorted(set(listed))
