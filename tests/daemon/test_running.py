"""`bounced status` says which daemon runs, and that none does: after a SIGKILL, and when its number is another's."""

from __future__ import annotations

import json
import os
import signal
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bounced import __version__
from bounced.daemon import running
from bounced.ledger import database
from bounced.ledger.daemons import DAEMONS_LIMIT, Daemon, Process, read
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.daemon import Daemon as Started
from tests.support.servers import ImapServer, free_port

#: Larger than any process number of Linux (proc(5), pid_max).
NOBODY = 2**22 + 1


def daemon_like(process: Process) -> Daemon:
    return Daemon(process.pid, process.ticks, process.namespace, "1", "2026-01-01T00:00:00Z")


def daemons(started: Started) -> list[dict[str, Any]]:
    told = json.loads(started.bounced("status", "--json").stdout)
    rows: list[dict[str, Any]] = told["daemons"]
    return rows


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_status_says_which_daemon_runs_and_that_it_has_ended(tmp_path: Path, end: signal.Signals) -> None:
    daemon = Started(tmp_path)
    daemon.configure({"bounces": ImapServer("scripted", free_port())})
    with daemon.running():
        daemon.wait_for("started")
        assert daemon.process is not None
        [row] = daemons(daemon)
        assert (row["version"], row["pid"], row["is_running"]) == (__version__, daemon.process.pid, True)
        said = f"version {__version__} running since {row['started_at']} (process {daemon.process.pid})"
        assert said in daemon.bounced("status").stdout
        daemon.stop(end)
    [row] = daemons(daemon)
    assert row["is_running"] is False
    status = daemon.bounced("status")
    problem = f"daemon: not running: process {row['pid']}, started at {row['started_at']}, has ended"
    assert status.stdout.startswith(f"BOUNCED CRITICAL - {problem}")
    assert "running since" not in status.stdout
    with daemon.running():
        daemon.wait_for("started")
        assert [row["is_running"] for row in daemons(daemon)] == [True]


def test_a_number_that_another_process_has_is_not_the_daemon() -> None:
    this = running.this()
    assert running.is_running(daemon_like(this)) is True
    assert running.is_running(daemon_like(replace(this, ticks=this.ticks - 1))) is False
    assert running.is_running(daemon_like(replace(this, pid=NOBODY))) is False


def test_what_another_container_or_hidden_proc_has_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    this = running.this()
    assert running.is_running(daemon_like(replace(this, namespace=this.namespace + 1))) is None
    assert running.problem([daemon_like(replace(this, namespace=this.namespace + 1))]) is None
    hidden = daemon_like(this)
    monkeypatch.setattr(running, "STAT", "/proc/{}/is-hidden")
    assert running.is_running(hidden) is None


def test_only_when_all_are_gone_none_runs() -> None:
    this = daemon_like(running.this())
    gone = replace(this, pid=NOBODY)
    assert running.problem([]) is None
    assert running.problem([this, gone]) is None
    problem = running.problem([gone, gone])
    assert problem is not None
    assert problem.is_critical


def test_several_daemons_are_remembered_while_they_run(tmp_path: Path) -> None:
    this = running.this()
    with Ledger(f"{tmp_path}/bounced.db", Policy()) as ledger:
        for number in range(DAEMONS_LIMIT + 5):
            ledger.daemons.started(replace(this, pid=number + 1), "1", lambda _: False)
        ledger.daemons.started(this, "2", lambda daemon: daemon.pid % 2 == 0)
        ledger.daemons.forget(lambda daemon: daemon.pid < DAEMONS_LIMIT)
    with closing(database.open_for_reading(f"{tmp_path}/bounced.db").conn) as connection:
        known = read(Database(connection, execute_plugins=False))
    assert [daemon.pid for daemon in known] == [17, 19, 21, os.getpid()]
    assert known[-1].version == "2"
