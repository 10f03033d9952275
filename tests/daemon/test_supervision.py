"""What the service manager is told, and when the daemon is well."""

from __future__ import annotations

import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bounced.daemon import progress, scheduler
from bounced.daemon.progress import Progress
from bounced.daemon.scheduler import Scheduler
from bounced.identify import Sender
from bounced.ledger.ledger import Ledger
from bounced.model import Origin, RawMessage
from bounced.policy import Policy
from bounced.workers import Workers
from tests.support.daemon import PATIENCE, Daemon, bounce
from tests.support.manager import Manager
from tests.support.servers import ImapServer, free_port

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)


def test_the_manager_hears_how_it_goes_from_the_start_to_the_end(
    daemon: Daemon, manager: Manager, mail_devel: ImapServer
) -> None:
    """READY comes though one server never answers and another is not there."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        servers = {"silent": ImapServer("mail-devel", silent.getsockname()[1])}
        daemon.configure({"bounces": mail_devel, "dead": ImapServer("mail-devel", free_port()), **servers}, poll="1s")
        with daemon.running():
            assert manager.hear() == "READY=1"
            manager.wait_for("STATUS=1 of 3 folders OK; failing: imap:dead/INBOX; 0 messages counted, 0 suppressions")
            _, *rows = daemon.bounced("status").stdout.splitlines()
            [waiting] = (row for row in rows if "imap:silent/" in row)
            assert waiting.endswith("  no poll has succeeded yet")
            mail_devel.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
            manager.wait_for("; 1 message counted")
            manager.wait_for("WATCHDOG=1")
            manager.wait_for("WATCHDOG=1")
            daemon.hup()
            assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", manager.wait_for("RELOADING"))
            manager.wait_for("READY=1")
            assert daemon.stop()[0] == 0
            manager.wait_for("STOPPING=1")


def test_a_stopped_daemon_is_not_alive(daemon: Daemon, manager: Manager) -> None:
    daemon.configure({"dead": ImapServer("mail-devel", free_port())})
    with daemon.running():
        manager.wait_for("WATCHDOG=1")
        assert daemon.process is not None
        daemon.process.send_signal(signal.SIGSTOP)
        manager.drain()
        assert manager.is_silent()
        daemon.process.send_signal(signal.SIGCONT)
        manager.wait_for("WATCHDOG=1")


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[tuple[Scheduler, Workers, Ledger]]:
    """What a healthy daemon is made of."""
    made = Scheduler(lambda _: None)
    made.start()
    with Workers(Sender(), count=1) as workers, Ledger(str(tmp_path / "bounced.db"), Policy()) as ledger:
        yield made, workers, ledger
    made.stop()


def test_all_is_well_while_nothing_is_to_be_done(parts: tuple[Scheduler, Workers, Ledger]) -> None:
    assert Progress(*parts, list).problem() == ""


def test_a_hanging_writer_is_a_problem(
    parts: tuple[Scheduler, Workers, Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "WRITER_LIMIT", 0.2)
    inside, go_on = threading.Event(), threading.Event()

    def hanging() -> Iterator[str]:
        inside.set()
        go_on.wait(PATIENCE)
        yield from ()

    writing = threading.Thread(target=parts[2].known, args=(hanging(),))
    writing.start()
    assert inside.wait(PATIENCE)
    time.sleep(0.3)
    assert "database has not answered" in Progress(*parts, list).problem()
    go_on.set()
    writing.join()
    assert Progress(*parts, list).problem() == ""


def test_workers_that_stand_still_are_a_problem(
    parts: tuple[Scheduler, Workers, Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starting one takes longer than that."""
    monkeypatch.setattr(progress, "WORKERS_LIMIT", 0.01)
    mail = RawMessage(Origin("test"), DAY0, b"Subject: x\n\ny\n", 15)
    reading = threading.Thread(target=lambda: list(parts[1].parse([mail])))
    reading.start()
    told = set()
    while reading.is_alive():
        told.add(Progress(*parts, list).problem())
        time.sleep(0.01)
    assert any("with messages queued" in problem for problem in told)
    assert Progress(*parts, list).problem() == ""


def test_a_dead_scheduler_is_a_problem(
    parts: tuple[Scheduler, Workers, Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    parts[0].pause()
    monkeypatch.setattr(scheduler, "HEARTBEAT_LIMIT", -1.0)
    assert "scheduler stopped" in Progress(*parts, list).problem()


def test_no_process_that_it_starts_has_a_secret_in_its_environment(daemon: Daemon, mail_devel: ImapServer) -> None:
    """And a reload, which wants the same account anew, finds it all the same."""
    daemon.configure({"bounces": mail_devel})
    password_file = f'password_file = "{daemon.directory / "password"}"'
    text = daemon.config.read_text().replace(password_file, 'password_env = "B_PASSWORD"')
    daemon.config.write_text(f"workers = 1\n{text}")
    daemon.environment = {"B_PASSWORD": "secret", "B_OTHER": "no secret"}
    mail_devel.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
    with daemon.running():
        daemon.wait_for("address=a@rcpt.test")
        assert daemon.process is not None
        started = descendants(daemon.process.pid)
        found = [Path(f"/proc/{process}/environ").read_bytes() for process in started]
        assert started
        assert all(b"B_OTHER=" in environment and b"B_PASSWORD=" not in environment for environment in found)
        own = Path(f"/proc/{daemon.process.pid}/environ").read_bytes()  # J2: its workers are of the same user
        assert b"B_OTHER=no secret\0" in own
        assert b"B_PASSWORD=\0" in own
        daemon.config.write_text(daemon.config.read_text().replace('"20s"', '"10s"'))
        mail_devel.append("INBOX", bounce(2, "b@rcpt.test", DAY0), DAY0)
        daemon.hup()
        daemon.wait_for("address=b@rcpt.test")
        assert daemon.stop()[0] == 0


def descendants(process: int) -> list[int]:
    """The processes that ``process`` has started."""
    found = [int(pid) for file in Path(f"/proc/{process}/task").glob("*/children") for pid in file.read_text().split()]
    return [*found, *(below for pid in found for below in descendants(pid))]


#: The daemon with a heart that beats ten times as fast as its limit of half a second wants.
QUICK = """\
from bounced import cli
from bounced.daemon import scheduler as timetable

timetable.HEARTBEAT_INTERVAL, timetable.HEARTBEAT_LIMIT = 0.05, 0.5
cli.main()
"""


def test_a_daemon_survives_being_frozen_longer_than_the_heartbeat_limit(daemon: Daemon) -> None:
    """As by the freezer of cgroups, or a virtual machine that was paused: the main thread may be the first to wake."""
    daemon.program = ("-c", QUICK)
    daemon.configure({"dead": ImapServer("mail-devel", free_port())})
    with daemon.running():
        daemon.wait_for("started")
        assert daemon.process is not None
        for _ in range(20):  # more often than checks may find it silent
            daemon.process.send_signal(signal.SIGSTOP)
            time.sleep(0.6)  # longer than the limit
            daemon.process.send_signal(signal.SIGCONT)
            daemon.hup()
            daemon.wait_for("reloaded")
        assert daemon.stop()[0] == 0
