"""SIGKILL at every line of `bounced erase`: run again, nothing of the address is left, and it is still refused.

The kill is a real one, of the real command, with a real Dovecot. The test takes every STRIDE-th line, and those at
which something is done that can't be taken back; `make steps` takes them all.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.commands import bounced
from tests.support.daemon import Daemon, bounce, days
from tests.support.killed import chosen
from tests.support.servers import ImapServer

STRIDE = int(os.environ.get("BOUNCED_STRIDE", "67"))

#: Before and after messages are removed, the transaction, the new file, its -wal file, and the backups.
MOMENTS = (
    "client.uid_expunge(uids)",
    "return [origin for origin in origins if origin.uid in uids]",
    "ledger.erasure.erase(",
    "self._judge_rest()",
    'db.execute("VACUUM")',
    "wal_checkpoint(TRUNCATE)",
    "if busy:",
    "backup.run(",
)

ANNA = "anna@rcpt.test"
BEA = "bea@other.test"
DAYS = days(datetime(2026, 9, 1, 12, tzinfo=UTC), 0, 8, 16)
OTHERS = bounce(7, BEA, DAYS[0])
MAILS = [*((bounce(number, ANNA, when), when) for number, when in enumerate(DAYS)), (OTHERS, DAYS[0])]


def erase(daemon: Daemon, *killed: str) -> int:
    """`bounced erase`, killed or not; its exit status."""
    program = ["-m", "tests.support.killed", *killed, "--"] if killed else ["-m", "bounced"]
    words = ["erase", ANNA, "--messages", "--backups", "--yes", "--config", str(daemon.config)]
    environment = {**os.environ, "BOUNCED_STEPS": "erasure"}
    command = [sys.executable, *program, *words]
    return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60).returncode


def prepared(folder: Path, server: ImapServer) -> Daemon:
    """Messages that were counted and moved, with a backup."""
    daemon = Daemon(folder)
    folder.mkdir()
    daemon.configure({"bounces": server}, on_done="move", done_folder="Done", unrecognized_folder="Other")
    server.append_all("INBOX", list(MAILS))
    for words in (["scan", "imap:bounces"], ["backup"]):
        assert bounced(*words, "--config", str(daemon.config)).exit_code == 0
    return daemon


def files_with_it(*folders: Path) -> list[str]:
    files = (file for folder in folders for file in folder.rglob("*") if file.is_file())
    return [str(file) for file in files if ANNA.encode() in file.read_bytes()]


@pytest.mark.timeout(7200)
def test_a_kill_at_any_step_of_an_erasure_is_finished_by_the_next(tmp_path: Path, dovecot: ImapServer) -> None:
    rehearsal, record = prepared(tmp_path / "rehearsal", dovecot), tmp_path / "steps"
    assert files_with_it(rehearsal.directory, dovecot.directory / "mail" / dovecot.user)
    assert erase(rehearsal, "record", str(record)) == 0
    steps = record.read_text().splitlines()
    some = chosen(steps, MOMENTS, STRIDE)
    wrong = {step: problems for step in some if (problems := _killed_at(step, tmp_path, dovecot.fresh()))}
    print(f"killed at {len(some)} of {len(steps)} steps")
    assert wrong == {}


def _killed_at(step: str, folder: Path, server: ImapServer) -> list[str]:
    """What is not as it must be when an erasure was killed at ``step`` and another one followed."""
    daemon = prepared(folder / step.replace(":", "-").replace("/", "-"), server)
    if erase(daemon, step) != -9:
        return ["was not killed"]
    if erase(daemon) != 0:
        return ["the next one failed"]
    problems = files_with_it(daemon.directory, server.directory / "mail" / server.user)
    if not bounced("check", ANNA, "--config", str(daemon.config)).stdout.startswith(f"{ANNA}: no"):
        problems.append("may be mailed")
    if daemon.rows("SELECT address FROM events_view") != [(BEA,)]:
        problems.append("what is about others has changed")
    if [message.content.replace(b"\r\n", b"\n") for message in server.folder_contents("Done")] != [OTHERS]:
        problems.append("messages about others have changed")
    return problems
