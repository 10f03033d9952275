"""SIGKILL in the middle of `bounced list import`: importing the list again ends as if nothing had happened."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

#: Steps that are tried, of all lines that the ledger runs through.
STEPS = int(os.environ.get("BOUNCED_STEPS", "8"))

#: Three entries for a transaction: the list takes four.
RUN = "import sys, bounced.cli.lists as l; l.CHUNK_ENTRIES = 3; from tests.support.killed import run; run(sys.argv[1:])"

SES = "EmailAddress,Reason,LastUpdateTime\n" + "".join(
    f"user{number}@rcpt.test,{'COMPLAINT' if number % 4 == 3 else 'BOUNCE'},2023-04-1{number % 10}T21:03:05Z\n"
    for number in range(10)
)

#: What does not say when the import ran.
QUESTIONS = (
    "SELECT address, scope, cause, reason, class, since, until, detail FROM suppressed ORDER BY address, cause",
    "SELECT address, what, scope, cause, class, reason, origin, decided_at, why FROM decisions ORDER BY address",
    "SELECT type, address, scope, cause FROM outbox_view ORDER BY address, type",
)


def imported(folder: Path, step: str, *more: str) -> int:
    """The exit status of the import of the list in ``folder``, killed at ``step``, which may be "record"."""
    (folder / "ses.csv").write_text(SES)
    (folder / "c.toml").write_text(f'[database]\npath = "{folder}/bounced.db"\n')
    words = ("list", "import", "--from", "ses", "--config", f"{folder}/c.toml", f"{folder}/ses.csv")
    command = [sys.executable, "-c", RUN, step, *more, "--", *words]
    return subprocess.run(command, capture_output=True, check=False, timeout=100).returncode


def content(folder: Path) -> list[list[Any]]:
    with closing(sqlite3.connect(f"file:{folder}/bounced.db?mode=ro", uri=True)) as db:
        return [db.execute(sql).fetchall() for sql in QUESTIONS]


@pytest.mark.timeout(600)
def test_a_kill_at_any_step_loses_and_doubles_nothing(tmp_path: Path) -> None:
    whole, record = tmp_path / "whole", tmp_path / "steps"
    whole.mkdir()
    assert imported(whole, "record", str(record)) == 0
    steps = [step for step in record.read_text().splitlines() if step.startswith("ledger/")]
    assert any(step.startswith("ledger/listed:") for step in steps)
    assert len(content(whole)[0]) == 10
    for number, step in enumerate(steps[len(steps) // STEPS // 2 :: len(steps) // STEPS]):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert imported(folder, step) == -9, step
        assert imported(folder, "record", str(tmp_path / "again")) == 0
        assert content(folder) == content(whole), step
