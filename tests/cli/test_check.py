"""`bounced check` loads what it needs, and answers long lists in pieces."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_utils import Database

from bounced.ledger import reading, schema
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.commands import bounced

LOADED = """
import json, sys
from bounced.cli import main
try:
    main(["check", "a@b.test"])
except SystemExit:
    print(json.dumps(sorted(sys.modules)))
"""

#: What takes longer to load than the answer.
SLOW = ("pydantic", "sqlite_utils", "email", "wcwidth", "imapclient", "fast_mail_parser", "ssl", "asyncio", "hashlib")

#: Of ours: their records are made when they are loaded.
SLOW_MODULES = frozenset(("bounced.model", "bounced.policy.names"))

#: Modules of ours.
MODULES_LIMIT = 23


def test_it_loads_no_library_but_click(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Ledger("bounced.db", Policy()).close()
    (tmp_path / "bounced.toml").write_text('[database]\npath = "bounced.db"\n[policy]\n')
    monkeypatch.setenv("BOUNCED_CONFIG", "bounced.toml")
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    answer, modules = done.stdout.splitlines()
    assert answer == "a@b.test: yes"
    loaded = json.loads(modules)
    assert [name for name in loaded if name.partition(".")[0] in SLOW] == []
    assert SLOW_MODULES.isdisjoint(loaded)
    assert len([name for name in loaded if name.partition(".")[0] == "bounced"]) <= MODULES_LIMIT


def test_a_list_is_answered_in_pieces_in_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bounced.cli.check.CHUNK_ADDRESSES", 3)
    with Ledger("bounced.db", Policy()) as ledger:
        ledger.decisions.decide(["b@b.test", "g@b.test"], "suppress", "all", "")
    asked = "".join(f"{name}@b.test\n" for name in "abcdefgb")
    answered = bounced("check", "-", stdin=asked.encode())
    assert answered.exit_code == 1
    said = [line.split(": ")[1] for line in answered.stdout.splitlines()]
    assert said == ["yes", "no", "yes", "yes", "yes", "yes", "no", "no"]


def test_the_last_migration_is_named() -> None:
    db = Database(memory=True)
    schema.migrations.apply(db)
    assert max(step.name for step in schema.migrations.applied(db)) == reading.LAST_MIGRATION
