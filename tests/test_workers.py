"""Mails that take a worker down, and that nothing but they suffer from it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bounced import workers as module
from bounced.identify import Marks
from bounced.workers import Stopped, Workers

BOUNCE = b"""Return-Path: <>
Message-ID: <%d@mx.rcpt.test>
From: MAILER-DAEMON@mx.rcpt.test
To: bounces@sender.test
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

It failed.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.rcpt.test

Final-Recipient: rfc822; user%d@rcpt.test
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 user unknown

--b--
"""


#: One of flufl.bounce's patterns looks for an address in every suffix of this line: minutes, inside one call of `re`.
HANGS_FLUFL = (
    b"Message-ID: <hang@x.test>\nFrom: MAILER-DAEMON@x.test\nSubject: Delivery failure\n\n"
    b"failed addresses follow:\n" + b"x" * 240_000 + b"\nmessage text follows:\n"
)


def children() -> set[int]:
    """The processes that this one has started, and that are still there."""
    return {int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(Marks(), count=1) as opened:
        yield opened


def test_readings_come_back_in_order(workers: Workers) -> None:
    readings = workers.understand([BOUNCE % (n, n) for n in range(40)])
    assert [reading.events[0].address for reading in readings] == [f"user{n}@rcpt.test" for n in range(40)]
    assert workers.understand([]) == []


def test_a_mail_that_kills_its_worker_is_unreadable_and_its_neighbours_are_read(workers: Workers) -> None:
    """The worker is killed from outside as soon as it is there, again and again, until the mail was given up."""
    before = workers.understand([BOUNCE % (1, 1)])
    stop = threading.Event()

    def kill() -> None:
        while not stop.is_set():
            for pid in children():
                with contextlib.suppress(OSError):
                    if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                        os.kill(pid, signal.SIGKILL)
            stop.wait(0.05)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        [reading] = workers.understand([BOUNCE % (2, 2)])
    finally:
        stop.set()
        killer.join()
    assert (reading.kind, reading.problem) == ("unreadable", "the process that read it died")
    assert workers.understand([BOUNCE % (1, 1)]) == before


def test_a_mail_that_never_ends_is_given_up_and_its_neighbours_are_read(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAIL_SECONDS", 1.0)
    readings = workers.understand([BOUNCE % (1, 1), HANGS_FLUFL, BOUNCE % (2, 2)])
    assert [reading.kind for reading in readings] == ["bounce", "unreadable", "bounce"]
    assert readings[1].problem == "took longer than 1 seconds"


def test_closing_ends_a_call_that_is_waiting() -> None:
    workers = Workers(Marks(), count=1)
    workers.understand([BOUNCE % (1, 1)])
    stopped = threading.Event()
    begun = threading.Event()

    def wait_for_ever() -> None:
        begun.set()
        with contextlib.suppress(Stopped):
            workers.understand([HANGS_FLUFL])
            return
        stopped.set()

    waiting = threading.Thread(target=wait_for_ever)
    waiting.start()
    begun.wait()
    workers.close()
    waiting.join(5)
    assert stopped.is_set()
    with pytest.raises(Stopped):
        workers.understand([b"x"])


def test_workers_die_with_their_parent() -> None:
    """A parent that is killed in the middle of everything leaves nobody behind."""
    code = """
import os, signal, sys
from pathlib import Path
from bounced.identify import Marks
from bounced.workers import Workers
if __name__ == "__main__":
    Workers(Marks(), count=1).understand([b"x"])
    print(*(p for t in Path("/proc/self/task").iterdir() for p in (t / "children").read_text().split()), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = parent.stdout.readline().split()
        # Whoever still lives holds the pipe open: it ends when the last of them has gone.
        assert parent.stdout.read() == ""
    assert pids
