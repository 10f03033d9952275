"""What the service manager is told, and what a reload changes while the daemon runs."""

from __future__ import annotations

import re
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bounced.daemon import progress, scheduler
from bounced.daemon.progress import Progress
from bounced.daemon.scheduler import Scheduler
from bounced.errors import LedgerError
from bounced.identify import Sender
from bounced.ledger import database
from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item, Origin, Parsed, RawMessage
from bounced.policy import Limit, Policy
from bounced.workers import Workers
from tests.support import token_endpoint
from tests.support.daemon import PATIENCE, Daemon, bounce, secret_file
from tests.support.scripted import ScriptedImap
from tests.support.servers import ImapServer, free_port
from tests.support.token_endpoint import REFRESH_TOKEN

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)


class Manager:
    """What systemd would hear on $NOTIFY_SOCKET."""

    def __init__(self, path: Path) -> None:
        self.heard: list[str] = []
        self.environment = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "200000"}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(PATIENCE)

    def hear(self) -> str:
        """The next datagram."""
        self.heard.append(self._socket.recv(4096).decode())
        return self.heard[-1]

    def wait_for(self, words: str) -> str:
        """The next datagram in which ``words`` stand."""
        while words not in self.hear():
            pass
        return self.heard[-1]

    def is_silent(self) -> bool:
        """True when nothing has come within a second."""
        self._socket.settimeout(1)
        try:
            self.hear()
        except TimeoutError:
            return True
        finally:
            self._socket.settimeout(PATIENCE)
        return False

    def drain(self) -> None:
        """Forgets what has come up to now."""
        self._socket.setblocking(False)
        try:
            while self._socket.recv(4096):
                pass
        except BlockingIOError:
            self._socket.settimeout(PATIENCE)

    def close(self) -> None:
        """Ends it."""
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    with closing(Manager(tmp_path / "notify")) as made:
        yield made


@pytest.fixture
def daemon(tmp_path: Path, manager: Manager) -> Daemon:
    return Daemon(tmp_path, environment=manager.environment)


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
            [waiting] = (line for line in daemon.bounced("status").stdout.splitlines() if "imap:silent/" in line)
            assert waiting.endswith("  no poll has succeeded yet")
            mail_devel.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
            manager.wait_for("; 1 messages counted")
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
    assert Progress(*parts).problem() == ""


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
    assert "database has not answered" in Progress(*parts).problem()
    go_on.set()
    writing.join()
    assert Progress(*parts).problem() == ""


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
        told.add(Progress(*parts).problem())
        time.sleep(0.01)
    assert any("with messages queued" in problem for problem in told)
    assert Progress(*parts).problem() == ""


def test_a_dead_scheduler_is_a_problem(
    parts: tuple[Scheduler, Workers, Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    parts[0].pause()
    monkeypatch.setattr(scheduler, "HEARTBEAT_LIMIT", -1.0)
    assert "scheduler stopped" in Progress(*parts).problem()


def connections(daemon: Daemon, server: ImapServer) -> set[str]:
    """The sockets that the daemon has to ``server``."""
    assert daemon.process is not None
    peers = Path(f"/proc/{daemon.process.pid}/net/tcp").read_text()
    links = [str(link.readlink()) for link in Path(f"/proc/{daemon.process.pid}/fd").iterdir()]
    inodes = {
        fields[9] for fields in map(str.split, peers.splitlines()[1:]) if fields[2].endswith(f":{server.port:04X}")
    }
    return {inode for inode in inodes if f"socket:[{inode}]" in links}


def test_a_reload_adds_and_removes_mailboxes_and_leaves_the_others_alone(
    daemon: Daemon, mail_devel: ImapServer, dovecot: ImapServer
) -> None:
    daemon.configure({"first": dovecot, "second": mail_devel})
    dovecot.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
    mail_devel.append("INBOX", bounce(2, "b@rcpt.test", DAY0), DAY0)
    with daemon.running():
        daemon.wait_for("address=")
        daemon.wait_for("address=")
        daemon.wait_until("SELECT count(*) = 2 FROM polls WHERE problem = ''")
        while not len(connections(daemon, dovecot)) == len(connections(daemon, mail_devel)) == 2:
            time.sleep(0.05)  # IDLE begins after the first poll
        before = connections(daemon, dovecot)
        other = dovecot.fresh()
        other.append("INBOX", bounce(3, "c@rcpt.test", DAY0), DAY0)
        daemon.configure({"first": dovecot, "third": other})
        daemon.hup()
        daemon.wait_for("reloaded")
        daemon.wait_for("address=c@rcpt.test")
        assert connections(daemon, mail_devel) == set()
        assert before < connections(daemon, dovecot)
        dovecot.append("INBOX", bounce(4, "d@rcpt.test", DAY0), DAY0)
        daemon.wait_for("address=d@rcpt.test")
        mail_devel.append("INBOX", bounce(5, "e@rcpt.test", DAY0), DAY0)
        daemon.configure({"first": dovecot, "second": mail_devel})
        daemon.hup()
        daemon.wait_for("address=e@rcpt.test")
        assert daemon.stop()[0] == 0
    assert daemon.rows("SELECT count(*), count(DISTINCT address) FROM events") == [(5, 5)]


def test_a_new_password_is_taken_by_a_reload(daemon: Daemon, mail_devel: ImapServer) -> None:
    """The refused login would be tried again in five minutes at the earliest."""
    daemon.configure({"bounces": mail_devel})
    (daemon.directory / "password").write_text("wrong\n")
    mail_devel.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
    with daemon.running():
        daemon.wait_for("account=bounces", "login refused")
        daemon.configure({"bounces": mail_devel})
        daemon.hup()
        daemon.wait_for("address=a@rcpt.test")
        assert daemon.stop()[0] == 0


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


def test_a_daemon_that_was_frozen_for_longer_than_its_heart_may_stand_still_goes_on(daemon: Daemon) -> None:
    """As by the freezer of cgroups, or a virtual machine that was paused: the main thread may be the first to wake."""
    daemon.program = ("-c", QUICK)
    daemon.configure({"dead": ImapServer("mail-devel", free_port())})
    with daemon.running():
        daemon.wait_for("started")
        assert daemon.process is not None
        for _ in range(6):
            daemon.process.send_signal(signal.SIGSTOP)
            time.sleep(0.6)  # longer than the limit
            daemon.process.send_signal(signal.SIGCONT)
            daemon.hup()
            daemon.wait_for("reloaded")
        assert daemon.stop()[0] == 0


def test_mailboxes_whose_servers_do_not_even_accept_hold_up_no_reload(daemon: Daemon, mail_devel: ImapServer) -> None:
    """One connection is all that their queue holds: the next ones wait for an answer until their time is over."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as silent,
        socket.create_connection(silent.getsockname()) as first,
    ):
        port = first.getpeername()[1]
        daemon.configure({f"m{number}": replace(mail_devel.fresh(), port=port) for number in range(8)})
        with daemon.running():
            daemon.wait_for("started")
            daemon.configure({"bounces": mail_devel})
            begun = time.monotonic()
            daemon.hup()
            daemon.wait_for("reloaded")
            assert time.monotonic() - begun < 5
            assert daemon.stop()[0] == 0


def test_a_new_refresh_token_in_the_same_file_is_taken_by_a_reload(daemon: Daemon) -> None:
    """The refused one would be tried again in five minutes at the earliest."""
    empty = "* 0 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 1] .\r\n"
    with token_endpoint.running(None, daemon.directory) as endpoint, ScriptedImap({"SELECT": [empty]}) as server:
        daemon.configure({"office": ImapServer("mail-devel", server.account().port)})
        daemon.by_refresh_token(endpoint.url, "old")
        with daemon.running():
            daemon.wait_for("account=office", "no token")
            secret_file(daemon.directory / "refresh-token", REFRESH_TOKEN)
            daemon.hup()
            daemon.wait_until("SELECT count(*) = 1 FROM polls WHERE problem = '' AND polled_at IS NOT NULL")
            assert daemon.stop()[0] == 0
    assert [grant["refresh_token"] for grant in endpoint.grants] == ["old", REFRESH_TOKEN]


WRONG = {
    "a mailbox without its password": '[mailbox.more]\nhost = "h"\nuser = "u"\npassword_file = "/nonexistent"\n',
    "rules that are not there": '[classify]\nrules = "/nonexistent"\n',
    "another form of the log": '[log]\nformat = "json"\n',
    "an unknown key": "[polici]\nhard = 3\n",
    "another database": "",
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_wrong_anywhere_changes_nothing_at_all(daemon: Daemon, mail_devel: ImapServer, wrong: str) -> None:
    """The same file takes the mailbox away and makes one failure enough: neither happens."""
    daemon.configure({"bounces": mail_devel}, poll="1s")
    with daemon.running():
        daemon.wait_for("started")
        daemon.configure({"another": mail_devel.fresh()})
        policy = "[policy]\nhard = { bounces = 1, days = 0 }\n"
        text = daemon.config.read_text() if wrong else daemon.config.read_text().replace("bounced.db", "other.db")
        daemon.config.write_text(f"{text}{policy}{wrong}")
        daemon.hup()
        daemon.wait_for("reload-refused")
        mail_devel.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
        daemon.wait_for("address=a@rcpt.test")
        assert daemon.rows("SELECT count(*) FROM suppressed") == [(0,)]
        assert daemon.stop()[0] == 0


def test_a_reload_while_the_database_is_locked_ends_within_two_seconds_when_told(
    daemon: Daemon, manager: Manager, mail_devel: ImapServer
) -> None:
    """It waits for the lock beside the main thread."""
    daemon.configure({"bounces": mail_devel})
    with daemon.running():
        daemon.wait_for("started")
        daemon.wait_until("SELECT count(*) = 1 FROM polls WHERE polled_at IS NOT NULL")
        with closing(sqlite3.connect(daemon.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            daemon.config.write_text(daemon.config.read_text() + "[policy]\nhard = { bounces = 1, days = 0 }\n")
            daemon.hup()
            manager.wait_for("RELOADING")
            status, seconds = daemon.stop()
    assert (status, seconds < 2) == (0, True)


def test_a_policy_that_the_ledger_could_not_take_is_not_half_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "bounced.db")
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    at_once = Policy({"hard": Limit(1, 0)})
    reading = Parsed("bounce", "dsn", "", (Event("a@rcpt.test", "bounce", "failed", "hard", "user_unknown"),))
    item = Item(RawMessage(Origin("test"), DAY0, b"x", 1), "f" * 64, reading)
    with Ledger(path, Policy()) as ledger, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError):
            ledger.adopt(at_once)
        other.execute("ROLLBACK")
        assert ledger.take([item]).started == ()
        ledger.adopt(at_once)
        assert other.execute("SELECT address FROM suppressed").fetchall() == [("a@rcpt.test",)]
