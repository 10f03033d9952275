"""SIGKILL at every line of the path from the server into the ledger and back: what the next run finishes is exact.

A kill is a real one, of the real command, with a real Dovecot. There are a thousand such moments, each takes seconds:
the test takes every STRIDE-th of them, and `make steps` takes them all.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.daemon import Daemon, bounce, days
from tests.support.killed import PACKAGE
from tests.support.servers import ImapServer

STRIDE = int(os.environ.get("BOUNCED_STRIDE", "67"))
DAYS = days(datetime(2026, 9, 1, 12, tzinfo=UTC), 0, 8, 16)
LETTER = b"From: anna@rcpt.test\r\nTo: bounces@sender.test\r\nSubject: hello\r\nMessage-ID: <1@rcpt.test>\r\n\r\nHi\r\n"
MAILS = [
    *((bounce(number, "anna@rcpt.test", when), when) for number, when in enumerate(DAYS)),
    (bounce(0, "anna@rcpt.test", DAYS[0]), DAYS[0]),
    (LETTER, DAYS[0]),
]


def run(daemon: Daemon, *killed: str) -> int:
    """`bounced run --once`, killed or not; its exit status."""
    before = (
        [sys.executable, "-m", "tests.support.killed", *killed, "--"] if killed else [sys.executable, "-m", "bounced"]
    )
    command = [*before, "run", "--once", "--config", str(daemon.config)]
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode


def deliver(daemon: Daemon, server: ImapServer) -> None:
    """A new mailbox with the mails in it, and no ledger."""
    daemon.directory.mkdir()
    daemon.configure({"bounces": server}, idle=False, timeout="5s")
    server.append_all("INBOX", list(MAILS))


@pytest.mark.timeout(7200)
def test_a_kill_at_any_step_loses_and_doubles_nothing(tmp_path: Path, dovecot: ImapServer) -> None:
    rehearsal, record = Daemon(tmp_path / "rehearsal"), tmp_path / "steps"
    deliver(rehearsal, dovecot)
    assert run(rehearsal, "record", str(record)) == 0
    steps = record.read_text().splitlines()
    assert {step.partition(":")[0] for step in steps} >= {
        "pipeline/drain",
        "ledger/ledger",
        "ledger/uids",
        "sources/imap/__init__",
        "sources/imap/settle",
    }
    wrong = {step: found for step in steps[::STRIDE] if (found := _killed_at(step, tmp_path, dovecot.fresh()))}
    print(f"killed at {len(steps[::STRIDE])} of {len(steps)} steps")
    assert wrong == {}


@pytest.mark.timeout(7200)
def test_a_kill_while_messages_are_copied_leaves_no_second_copy(tmp_path: Path, dovecot: ImapServer) -> None:
    """On a server without MOVE; always between COPY and the note that it was done."""

    def fresh() -> ImapServer:
        return dataclasses.replace(dovecot.fresh(), host="127.0.0.2", port=dovecot.plain_port(), tls="none", ca_file="")

    rehearsal, record = Daemon(tmp_path / "rehearsal"), tmp_path / "steps"
    deliver(rehearsal, fresh())
    assert run(rehearsal, "record", str(record)) == 0
    steps = [step for step in record.read_text().splitlines() if step.startswith("sources/imap/settle:")]
    between = [step for step in steps if "copies.note_copied(" in _source(step)]
    assert between
    chosen = dict.fromkeys([*between, *steps[:: max(1, STRIDE // 2)]])
    wrong = {step: found for step in chosen if (found := _killed_at(step, tmp_path, fresh()))}
    assert wrong == {}


def _source(step: str) -> str:
    """The line of code that ``step`` is about to run."""
    module, line, _ = step.split(":")
    return Path(PACKAGE, f"{module}.py").read_text().splitlines()[int(line) - 1]


def _killed_at(step: str, folder: Path, server: ImapServer) -> list[str]:
    """What is not as it must be when a run was killed at ``step`` and another one followed."""
    daemon = Daemon(folder / step.replace(":", "-").replace("/", "-"))
    deliver(daemon, server)
    if run(daemon, step) != -9:
        return ["was not killed"]
    if run(daemon) != 0:
        return ["the next run failed"]
    found = {
        "messages": daemon.rows("SELECT count(*) FROM messages"),
        "suppressed": daemon.rows("SELECT address, bounces FROM suppressed"),
        "unsettled": daemon.rows("SELECT count(*) FROM places WHERE settled = 0"),
    }
    expected = {"messages": [(4,)], "suppressed": [("anna@rcpt.test", 3)], "unsettled": [(0,)]}
    problems = [f"{name}: {rows}" for name, rows in found.items() if rows != expected[name]]
    folders = {name: len(server.folder_contents(name)) for name in ("INBOX", "Bounced", "Bounced-Unrecognized")}
    if folders != {"INBOX": 0, "Bounced": 4, "Bounced-Unrecognized": 1}:
        problems.append(f"folders: {folders}")
    outcomes = Counter(dict(daemon.rows("SELECT outcome, count(*) FROM places GROUP BY outcome")))
    if outcomes != Counter({"counted": 3, "repeated": 1, "not-a-report": 1}):
        problems.append(f"outcomes: {outcomes}")
    return problems
