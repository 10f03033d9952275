"""SIGKILL at every line from a problem to those who are told: everybody is told once or twice, never less or more.

The kill is a real one, of the real command, with a mail server, a command and the log at once. The test takes every
STRIDE-th line, and those at which something is told or noted; `make steps` takes them all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.daemon import Daemon
from tests.support.killed import chosen
from tests.support.servers import ImapServer
from tests.support.submission import Inbox

STRIDE = int(os.environ.get("BOUNCED_STRIDE", "151"))

#: Where an alarm goes out, or the word about it comes back.
MOMENTS = (
    "outbox.tell_alarm(",
    "client.sendmail(",
    "client.close()",
    "self._sink.deliver(notice)",
    "self._sink.flush()",
    "self._sinks.delivered(",
    "log.change(notice)",
    "self._logged.note(self._position)",
)

#: One message that is no report is a problem at once.
ALARMS = """
[alarms]
unrecognized = 1
off = ["disk"]
command = ["/bin/sh", "-c", "cat >> '{directory}/told'"]
[alarms.mail]
host = "127.0.0.1"
port = {port}
tls = "none"
sender = "bounced@sender.test"
to = ["admin@sender.test"]
"""

#: What the ledger knows in the end, and who would be told again.
ONCE = [(1,)], [("alarm.raised",)]
WAITING = """
SELECT name FROM sinks WHERE position < (SELECT max(id) FROM outbox)
UNION ALL SELECT name FROM meta
WHERE name = 'suppressions_logged' AND CAST(value AS INTEGER) < (SELECT max(id) FROM outbox)
"""

LETTER = b"From: anna@rcpt.test\r\nTo: bounces@sender.test\r\nMessage-ID: <1@rcpt.test>\r\n\r\nHello.\r\n"


def prepared(directory: Path, server: ImapServer, port: int) -> Daemon:
    """A daemon that will see one problem."""
    daemon = Daemon(directory)
    directory.mkdir()
    daemon.configure({"bounces": server}, idle=False, expect="0d", on_done="leave")
    alarms = ALARMS.format(directory=directory, port=port)
    daemon.config.write_text(f"workers = 1\n{daemon.config.read_text()}{alarms}")
    (directory / "told").touch()
    return daemon


def run(daemon: Daemon, *killed: str) -> tuple[int, str]:
    """`bounced run --once`, killed or not; its exit status and its log."""
    program = ["-m", "tests.support.killed", *killed, "--"] if killed else ["-m", "bounced"]
    command = [sys.executable, *program, "run", "--once", "--config", str(daemon.config)]
    environment = {**os.environ, "BOUNCED_STEPS": "alarms"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=100)
    return ended.returncode, ended.stderr


@pytest.mark.timeout(7200)
def test_a_kill_at_any_step_of_an_alarm_tells_it_once_or_twice(
    tmp_path: Path, mail_devel: ImapServer, inbox: Inbox, plain: int
) -> None:
    mail_devel.append("INBOX", LETTER)
    rehearsal, record = prepared(tmp_path / "rehearsal", mail_devel, plain), tmp_path / "steps"
    assert run(rehearsal, "record", str(record))[0] == 0
    assert len(inbox.messages) == 1
    steps = record.read_text().splitlines()
    tried = chosen(steps, MOMENTS, STRIDE)
    wrong = {step: problems for step in tried if (problems := killed_at(step, tmp_path, mail_devel, inbox, plain))}
    print(f"killed at {len(tried)} of {len(steps)} steps")
    assert wrong == {}


def killed_at(step: str, folder: Path, server: ImapServer, inbox: Inbox, port: int) -> list[str]:
    """What is not as it must be when a run was killed at ``step`` and another one followed."""
    inbox.messages.clear()
    daemon = prepared(folder / step.replace(":", "-").replace("/", "-"), server, port)
    (killed, log), (status, more) = run(daemon, step), run(daemon)
    if (killed, status) != (-9, 0):
        return [f"exit statuses {killed}, {status}"]
    times = {
        "command": (daemon.directory / "told").read_text().count("alarm.raised"),
        "mail": len(inbox.messages),
        "log": (log + more).count("alarm-raised"),
    }
    problems = [f"{channel}: told {number} times" for channel, number in times.items() if number not in (1, 2)]
    alarms = daemon.rows("SELECT times_told FROM alarms"), daemon.rows("SELECT type FROM outbox")
    waiting = daemon.rows(WAITING)
    shutil.rmtree(daemon.directory)
    return [*problems, *([] if (alarms, waiting) == (ONCE, []) else [f"noted as {alarms}, waits for {waiting}"])]
