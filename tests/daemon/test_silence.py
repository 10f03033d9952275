"""A mailbox in which nothing arrives any more: the daemon, days later by its clock, and a real IMAP server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bounced import times
from tests.support import clock
from tests.support.daemon import Daemon, bounce
from tests.support.servers import ImapServer


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


def run_days_later(daemon: Daemon, days: int) -> str:
    """`bounced run --once` so many days from now; what it said of silence."""
    environment = {**os.environ, **clock.environment(daemon.directory, f"+{days}d")}
    command = [sys.executable, "-m", "bounced", "run", "--once", "--config", str(daemon.config)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ended.returncode == 0
    return "\n".join(line for line in ended.stderr.splitlines() if "silen" in line)


def test_it_is_told_once_and_so_is_the_next_message(daemon: Daemon, mail_devel: ImapServer) -> None:
    daemon.configure({"bounces": mail_devel}, expect="20h")
    now = times.now()
    mail_devel.append("INBOX", bounce(1, "a@rcpt.test", now), now)
    said = [run_days_later(daemon, days) for days in (0, 1, 1)]
    assert [bool(line) for line in said] == [False, True, False]
    assert said[1].startswith("WARNING silent kind=mailbox name=imap:bounces/INBOX since=")
    status = json.loads(daemon.bounced("status", "--json").stdout)
    [silent] = [job for job in status["jobs"] if job["job"] == "mailbox:imap:bounces/INBOX"]
    assert (silent["state"], status["state"]) == ("WARNING", "WARNING")
    later = now + timedelta(days=1)
    mail_devel.append("INBOX", bounce(2, "b@rcpt.test", later), later)
    assert run_days_later(daemon, 1).startswith("INFO silence-over kind=mailbox name=imap:bounces/INBOX ")
    types = daemon.rows("SELECT type FROM outbox WHERE type LIKE 'silence.%' ORDER BY id")
    assert types == [("silence.began",), ("silence.ended",)]


def test_the_running_daemon_looks_too(daemon: Daemon, mail_devel: ImapServer) -> None:
    daemon.configure({"bounces": mail_devel}, expect="20h")
    now = times.now()
    mail_devel.append("INBOX", bounce(1, "a@rcpt.test", now), now)
    assert run_days_later(daemon, 0) == ""
    daemon.environment = clock.environment(daemon.directory, "+1d")
    with daemon.running():
        daemon.wait_until("SELECT unixepoch(polled_at) > unixepoch('now', '+12 hours') FROM polls")
        daemon.hup()
        daemon.wait_until("SELECT count(*) = 1 FROM outbox WHERE type = 'silence.began'")
