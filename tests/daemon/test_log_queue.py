"""Nobody takes the log: an unread pipe, a journal that does not answer, no standard error at all."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bounced.daemon import log_queue
from bounced.daemon.log_line import line
from bounced.daemon.log_output import Descriptor, Journal, Text
from bounced.daemon.log_queue import RECORDS_LIMIT, Queued
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.daemon import PATIENCE, Daemon, bounce
from tests.support.servers import ImapServer

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)

#: More lines than a pipe and the queue hold.
MESSAGES = 3000


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("bounced", logging.INFO, __file__, 1, "%s", (line("mail", name=text),), None)


@contextmanager
def queued(writer: logging.Handler) -> Iterator[Queued]:
    writer.setFormatter(Text())
    handler = Queued(writer)
    yield handler
    handler.close()


class Gate(logging.Handler):
    """Takes one record, and the others when the gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.is_open = threading.Event()
        self.begun = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.begun.set()
        assert self.is_open.wait(PATIENCE)
        self.written.append(self.format(record))


def test_what_finds_no_room_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_queue, "ROOM_SECONDS", 0.01)
    gate = Gate()
    with queued(gate) as handler:
        handler.handle(record("0"))
        assert gate.begun.wait(PATIENCE)
        for number in range(1, RECORDS_LIMIT + 6):
            handler.handle(record(str(number)))
        handler.finish(0.01)
        assert gate.written == []
        assert (handler.is_written(0.01), handler.lost) == (False, 5)
        gate.is_open.set()
        assert handler.is_written(PATIENCE)
        handler.finish(PATIENCE)
        kept = [f"INFO mail name={number}" for number in range(RECORDS_LIMIT + 1)]
        assert gate.written == [kept[0], "WARNING log-dropped lines=5", *kept[1:]]
        handler.handle(record("again"))
        handler.finish(PATIENCE)
        assert gate.written[-1] == "INFO mail name=again"


def test_whoever_reads_slowly_gets_every_line() -> None:
    gate = Gate()
    lines = [record(str(number)) for number in range(RECORDS_LIMIT + 100)]
    with queued(gate) as handler:
        logging_ = threading.Thread(target=lambda: [handler.handle(line) for line in lines])
        logging_.start()
        logging_.join(log_queue.ROOM_SECONDS / 2)
        gate.is_open.set()
        logging_.join()
        handler.finish(PATIENCE)
    assert gate.written == [f"INFO mail name={number}" for number in range(RECORDS_LIMIT + 100)]


def test_lines_reach_a_pipe_whole() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as stream, queued(Descriptor(writing)) as handler:
        handler.handle(record("x" * 200))
        handler.finish(PATIENCE)
        os.close(writing)
        assert stream.read() == f"INFO mail name={'x' * 200}\n"


def test_what_a_library_logs_is_fixed_when_it_is_logged() -> None:
    gate, names = Gate(), ["a"]
    with queued(gate) as handler:
        handler.handle(logging.LogRecord("lib", logging.WARNING, __file__, 1, "names: %s", (names,), None))
        names.append("b")
        gate.is_open.set()
        handler.finish(PATIENCE)
    assert gate.written == ["""WARNING note logger=lib text="names: ['a']\""""]


def test_a_journal_that_does_not_answer_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_queue, "ROOM_SECONDS", 0.01)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unread:
        unread.bind(str(tmp_path / "journal"))
        with queued(Journal("bounced", logging.NullHandler(), str(tmp_path / "journal"))) as handler:
            for number in range(MESSAGES):
                handler.handle(record(str(number)))
            handler.finish(0.01)
            unread.settimeout(PATIENCE)
            while b"BOUNCED_EVENT=log-dropped" not in unread.recv(1 << 16):
                pass


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


def test_an_unread_pipe_stops_neither_the_counting_nor_the_end(daemon: Daemon, dovecot: ImapServer) -> None:
    dovecot.append_all("INBOX", [(bounce(number, f"a{number}@rcpt.test", DAY0), DAY0) for number in range(MESSAGES)])
    daemon.configure({"bounces": dovecot})
    with Ledger(str(daemon.database), Policy()):
        pass  # a file to look into from the start
    with daemon.unread():
        daemon.wait_until(f"SELECT count(*) = {MESSAGES} FROM messages")
        status, seconds = daemon.stop()
        assert (status, seconds < 2) == (0, True)


@pytest.mark.parametrize(("words", "status"), [(["run", "--once"], 0), (["check-config"], 0), (["status"], 74)])
def test_it_needs_no_standard_error(words: list[str], status: int, daemon: Daemon, mail_devel: ImapServer) -> None:
    """What is opened next would get its number, and the words for people: it must not be the database.

    Of what is asked for, the answer can't be written.
    """
    mail_devel.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
    daemon.configure({"bounces": mail_devel})
    assert daemon.bounced("run", "--once").returncode == 0
    command = [sys.executable, "-m", "bounced", *words, "--config", str(daemon.config)]
    closed = subprocess.run(["sh", "-c", 'exec "$@" 0<&- 1>&- 2>&-', "sh", *command], check=False, timeout=PATIENCE)
    assert closed.returncode == status
    assert daemon.rows("PRAGMA integrity_check") == [("ok",)]
