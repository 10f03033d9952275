"""SIGTERM while something hangs that cannot be hurried: the daemon ends within two seconds, with 0."""

from __future__ import annotations

import os
import select
import socket
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

import pytest

from tests.support import token_endpoint
from tests.support.daemon import PATIENCE, Daemon, bounce
from tests.support.scripted import ScriptedImap
from tests.support.servers import ImapServer, free_port
from tests.support.token_endpoint import REFRESH_TOKEN

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)

#: Put in front of the daemon's path: name resolution that never answers, as with a dead name server.
NO_RESOLVER = """\
import os, socket, threading

def getaddrinfo(*unused, **named):
    os.write(2, b"INFO resolving\\n")  # in one piece: two threads may say it at once
    threading.Event().wait()

socket.getaddrinfo = getaddrinfo
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


def ends_in_time(daemon: Daemon) -> None:
    """Asserts that it does, and without a word of warning."""
    status, seconds = daemon.stop()
    assert (status, seconds < 2) == (0, True)
    assert [line for line in daemon.rest() if not line.startswith("INFO ")] == []


def test_while_a_name_is_being_resolved(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(NO_RESOLVER)
    here = Path(__file__).parents[2]
    daemon.environment["PYTHONPATH"] = f"{tmp_path / 'site'}:{here}"
    daemon.configure({"bounces": ImapServer("mail-devel", free_port(), host="localhost")})
    with daemon.running():
        daemon.wait_for("resolving")
        ends_in_time(daemon)


def test_while_a_connection_is_being_made(daemon: Daemon) -> None:
    """A listener whose queue is full leaves SYN unanswered, as a black hole does."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        daemon.configure({"bounces": ImapServer("mail-devel", full.getsockname()[1])}, timeout="60s")
        with daemon.running():
            daemon.wait_for("started")
            ends_in_time(daemon)
        for filler in fillers:
            filler.close()


def test_while_the_greeting_does_not_come(daemon: Daemon) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        daemon.configure({"silent": ImapServer("mail-devel", silent.getsockname()[1])}, timeout="60s")
        with daemon.running(), silent.accept()[0]:
            daemon.wait_for("started")
            ends_in_time(daemon)


def test_while_a_token_is_being_fetched(daemon: Daemon) -> None:
    with token_endpoint.running(None, daemon.directory) as endpoint, ScriptedImap({}) as server:
        endpoint.gate.clear()
        daemon.configure({"office": ImapServer("mail-devel", server.account().port)})
        daemon.by_refresh_token(endpoint.url, REFRESH_TOKEN)
        with daemon.running():
            assert endpoint.waiting.wait(PATIENCE)
            ends_in_time(daemon)
        endpoint.gate.set()


def test_while_a_command_prints_no_token(daemon: Daemon, tmp_path: Path) -> None:
    """What it has started is gone, too: nothing holds the FIFO open any more."""
    os.mkfifo(tmp_path / "fifo")
    command = 'exec 3> "$0"; echo here >&3; sleep 600; exit 1'
    watch = select.poll()
    with ScriptedImap({}) as server, FileIO(os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)) as fifo:
        watch.register(fifo, select.POLLIN)
        daemon.configure({"office": ImapServer("mail-devel", server.account().port)})
        daemon.by_command("/bin/sh", "-c", command, str(tmp_path / "fifo"))
        with daemon.running():
            assert watch.poll(PATIENCE * 1000)
            assert fifo.read(64) == b"here\n"
            ends_in_time(daemon)
        assert watch.poll(PATIENCE * 1000)
        assert fifo.read(64) == b""


def test_it_leaves_no_process_behind(daemon: Daemon, dovecot: ImapServer) -> None:
    """systemd kills what is left, with a line in the journal at every stop."""
    dovecot.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
    daemon.configure({"bounces": dovecot})
    with daemon.running():
        daemon.wait_for("address=a@rcpt.test")
        children = daemon.children()
        assert len(children) > 1
        ends_in_time(daemon)
        assert [child for child in children if Path(f"/proc/{child}").exists()] == []


def test_an_unresolvable_host_is_one_line_and_retried(daemon: Daemon) -> None:
    daemon.configure({"bounces": ImapServer("mail-devel", 143, host="nowhere.invalid", tls="starttls")}, poll="1s")
    with daemon.running():
        daemon.wait_for("account=bounces", "nowhere.invalid has no address")
        daemon.wait_until("SELECT count(*) = 1 FROM polls WHERE next_try > failing_since")
        assert daemon.stop()[0] == 0
    assert sum("nowhere.invalid" in line for line in [*daemon.lines, *daemon.rest()] if "poll-failed " in line) == 1
