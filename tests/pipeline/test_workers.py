"""Mails that take a worker down, and that nothing else suffers from it."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bounced import tokens
from bounced.classify.rules import Rule
from bounced.errors import NoWorkers
from bounced.identify import HeaderRule, Sender
from bounced.identify.sender import TrustAnchors
from bounced.model import Origin, Parsed, RawMessage
from bounced.parse import NEVER, parse
from bounced.workers import CHUNK, Workers, pool, worker
from bounced.workers.pool import Processes, Task
from bounced.workers.pools import Mail, Pack, Stopped
from bounced.workers.worker import WORKER_OCTETS
from tests.support.hostile import PLACES
from tests.support.packs import with_phrase

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


def raw(contents: Sequence[bytes]) -> list[RawMessage]:
    return [RawMessage(Origin("test"), NEVER, content, len(content)) for content in contents]


def parsed(workers: Workers, contents: Sequence[bytes]) -> list[Parsed]:
    return list(workers.parse(raw(contents)))


def work(contents: list[Mail], sender: Sender, rules: tuple[Rule, ...], pack: Pack) -> list[Parsed]:
    """What a worker does, to which hostile mails can do what they like."""
    vars(worker).update(parse=parse_hostile)
    if any(content == b"hang" for content, *_ in contents):
        vars(worker).update(KILL_SECONDS=0.2)
    return REAL_WORK(contents, sender, rules, pack)


def parse_hostile(content: bytes, *how: Any) -> Parsed:
    """The result for ``content``, and what hostile mails do meanwhile."""
    match content:
        case b"hang":
            signal.signal(signal.SIGPROF, signal.SIG_IGN)  # as where no signal interrupts
            re.match(r"(a+)+$", "a" * 60 + "b")  # inside the regex engine, which holds the GIL, for years
        case b"die":
            os.kill(os.getpid(), signal.SIGKILL)
        case b"eat":
            bytearray(2 * WORKER_OCTETS)
        case _ if content.startswith(b"fifo "):
            Path(content[5:].decode()).write_text("I am at it")
            Path(content[5:].decode()).read_text()
    return parse(content, *how)


REAL_WORK = worker.work


@pytest.fixture(autouse=True)
def hostile_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bounced.workers.work", work)


@pytest.fixture
def workers() -> Iterator[Workers]:
    with Workers(Sender(), count=1) as opened:
        yield opened


def test_readings_come_back_in_order(workers: Workers) -> None:
    readings = parsed(workers, [BOUNCE % (n, n) for n in range(40)])
    assert [reading.events[0].address for reading in readings] == [f"user{n}@rcpt.test" for n in range(40)]
    assert parsed(workers, []) == []


def test_no_table_is_built_in_the_time_of_a_message() -> None:
    program = (
        "import gc; from bounced.mime import PhraseTable; from bounced.workers import worker; worker.start();"
        "built = ['_automaton' in vars(table) for table in gc.get_objects() if isinstance(table, PhraseTable)];"
        "print(len(built) > 10, all(built))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "True True\n"


def test_workers_alone_load_what_parses() -> None:
    program = "import sys, bounced.cli.scan; print({'bounced.parse', 'bounced.decode', 'flufl'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_workers_classify_by_the_tables_of_their_parent(workers: Workers) -> None:
    assert parsed(workers, [BOUNCE % (1, 1)])[0].events[0].reason == "user_unknown"
    workers.configure(Sender(), (), with_phrase("policy", "user unknown"))
    assert [message.events[0].reason for message in parsed(workers, [BOUNCE % (n, n) for n in range(40)])] == [
        "policy"
    ] * 40
    workers.configure(Sender(), ())
    assert parsed(workers, [BOUNCE % (1, 1)])[0].events[0].reason == "user_unknown"


@pytest.mark.parametrize(
    ("mail", "problem"),
    [
        (b"hang", "exceeded 2 s of CPU time"),
        (b"die", "took down 3 worker processes"),
        (b"eat", "MemoryError: "),
    ],
)
def test_a_mail_that_crashes_its_worker_is_unreadable_and_others_are_parsed(
    workers: Workers, mail: bytes, problem: str
) -> None:
    mails = [BOUNCE % (n, n) for n in range(20)]
    readings = parsed(workers, [*mails[:7], mail, *mails[7:]])
    assert [reading.kind for reading in readings] == ["bounce"] * 7 + ["unreadable"] + ["bounce"] * 13
    assert readings[7].problem == problem
    assert [reading.events[0].address for reading in readings[8:]] == [f"user{n}@rcpt.test" for n in range(7, 20)]


def test_a_limit_of_cpu_time_for_all_of_it_is_no_fault_of_a_mail() -> None:
    """As of `ulimit -t`, which nobody but root can raise."""
    code = """
import resource
from bounced.identify import Sender
from bounced.workers import Workers
from tests.pipeline.test_workers import BOUNCE, parsed
if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (3600, 3600))
    with Workers(Sender(), count=1) as workers:
        print(*(reading.kind for reading in parsed(workers, [BOUNCE % (1, 1)])))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "bounce\n"


def dying() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_can_not_start_is_no_fault_of_a_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "start", dying)
    monkeypatch.setattr(pool, "STALL_SECONDS", 0.5)
    with Workers(Sender(), count=1) as workers, pytest.raises(NoWorkers):
        parsed(workers, [BOUNCE % (1, 1)])


#: A bounce whose returned header X-Slow keeps SLOW busy for years.
RETURNED = b"--b\nContent-Type: text/rfc822-headers\n\nX-Slow: " + b"a" * 60 + b"b\n\n--b--"
SLOW_MAIL = (BOUNCE % (0, 0)).replace(b"--b--", RETURNED)
SLOW = Sender(header_rules=(HeaderRule("X-Slow", "campaign", "(a+)+$"),))


def test_a_worker_gives_up_a_slow_mail_and_goes_on() -> None:
    mails = [BOUNCE % (n, n) for n in range(5)]
    with Workers(SLOW, count=1) as workers:
        workers.warm_up()
        before = children()
        readings = parsed(workers, [*mails, SLOW_MAIL, SLOW_MAIL, *mails])
        assert children() == before
    problem = "exceeded 2 s of CPU time"
    assert [reading.problem for reading in readings] == [*[""] * 5, problem, problem, *[""] * 5]
    assert [reading.kind for reading in readings[-5:]] == ["bounce"] * 5


def processes(workers: Workers) -> Processes:
    assert isinstance(workers._pool, Processes)
    return workers._pool


def test_slow_mails_hardly_delay_other_mailboxes() -> None:
    """Whatever is handed out already is read first."""
    with Workers(SLOW, count=1) as workers:
        flood = workers.parse(raw([SLOW_MAIL] * 10 * CHUNK))
        next(flood)
        parsed(workers, [BOUNCE % (1, 1)])
        assert processes(workers)._scheduled <= 5
        del flood


def test_flufl_bounce_is_not_kept_busy_by_a_line_without_end(workers: Workers) -> None:
    """The whole of it keeps it busy for over a minute."""
    mail = PLACES["announced text"](b"<" * 20_000)
    assert [reading.problem for reading in workers.parse(raw([mail]))] == [""]


def test_every_worker_may_die(workers: Workers) -> None:
    assert [reading.kind for reading in workers.parse(raw([b"die"] * 3))] == ["unreadable"] * 3
    assert parsed(workers, [BOUNCE % (1, 1)])[0].kind == "bounce"


def test_workers_may_be_killed_again_and_again_and_every_mail_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill may also leave a lock of pebble's held forever."""
    monkeypatch.setattr(pool, "STALL_SECONDS", 15.0)
    mails = [BOUNCE % (n, n) for n in range(1000)]
    with Workers(Sender(), count=2) as workers:
        readings = []
        for reading in workers.parse(raw(mails)):
            readings.append(reading)
            if len(readings) % 300 == 0:
                for pid in children():
                    os.kill(pid, signal.SIGKILL)
    assert [reading.events[0].address for reading in readings] == [f"user{n}@rcpt.test" for n in range(1000)]


def test_a_mail_that_pebble_lost_is_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was killed before it said what it had taken leaves nothing that anybody would miss."""
    monkeypatch.setattr(pool, "STALL_SECONDS", 3600.0)
    with Workers(Sender(), count=1) as workers:
        forgotten = workers.schedule(raw([BOUNCE % (1, 1)]))
        assert isinstance(forgotten, Task)
        pending = forgotten.processes._pool_manager.task_manager.tasks
        workers.warm_up()
        lost = dataclasses.replace(forgotten, future=Future())
        assert pending == {}
        with pytest.raises(BrokenProcessPool, match="it was forgotten"):
            lost.result()
        assert workers.stalled_for == 0


def test_nobody_waits_for_mails_that_were_given_up(workers: Workers) -> None:
    """Else the watchdog would end a daemon that has nothing to do."""
    readings = workers.parse(raw([*[BOUNCE % (n, n) for n in range(CHUNK)], b"hang"]))
    next(readings)
    assert processes(workers)._waiting
    del readings
    assert workers.stalled_for == 0


@contextlib.contextmanager
def at_it(workers: Workers, fifo: Path) -> Iterator[list[Parsed]]:
    """Has the workers read a mail that waits at ``fifo``; its reading is there in the end."""
    os.mkfifo(fifo)
    readings: list[Parsed] = []
    reader = threading.Thread(target=lambda: readings.extend(parsed(workers, [b"fifo %s" % bytes(fifo)])))
    reader.start()
    yield readings
    reader.join()


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock on the wall, forward or back, for the daemon and for pebble in it."""
    real, steps = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + sum(steps))
    return steps.append


@pytest.fixture
def stall(monkeypatch: pytest.MonkeyPatch) -> Callable[[Workers], None]:
    """Lets the time pass after which workers are given up that finish nothing."""
    real, steps = time.monotonic, [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: real() + sum(steps))
    monkeypatch.setattr(pool, "LOOK_SECONDS", 0.05)

    def pass_time(workers: Workers) -> None:
        with processes(workers)._lock:  # whatever is handed over was
            steps.append(pool.STALL_SECONDS)

    return pass_time


def test_a_worker_that_is_stopped_over_a_mail_makes_it_not_unreadable(
    workers: Workers, tmp_path: Path, stall: Callable[[Workers], None]
) -> None:
    """As on a machine that is frozen, or swaps: it gets no processor time."""
    fifo = tmp_path / "fifo"
    with at_it(workers, fifo) as readings:
        for _ in ("in its chunk", "alone", "alone again"):
            assert fifo.read_text() == "I am at it"
            for pid in children():
                os.kill(pid, signal.SIGSTOP)
            stall(workers)
        assert fifo.read_text() == "I am at it"
        fifo.write_text("go on")
    assert [reading.kind for reading in readings] == ["other"]


def test_a_mail_that_stalls_every_worker_is_unreadable(
    workers: Workers, tmp_path: Path, stall: Callable[[Workers], None]
) -> None:
    """Where nothing else does, between one and the next."""
    fifo = tmp_path / "fifo"
    with at_it(workers, fifo) as readings:
        for _ in ("in its chunk", "alone", "alone", "alone"):
            assert fifo.read_text() == "I am at it"
            stall(workers)
    assert [reading.problem for reading in readings] == ["took down 3 worker processes"]


def start_by(fifo: Path) -> None:
    """Starts a worker as whoever is at ``fifo`` says."""
    fifo.write_text("starting")
    if fifo.read_text() == "go on":
        worker.start()
    else:
        threading.Event().wait()


def test_workers_that_start_slowly_make_no_mail_unreadable(
    tmp_path: Path, stall: Callable[[Workers], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More often than a mail may take one down."""
    fifo = tmp_path / "starts"
    os.mkfifo(fifo)
    monkeypatch.setattr(pool, "start", partial(start_by, fifo))
    readings: list[Parsed] = []
    with Workers(Sender(), count=1) as workers:
        reader = threading.Thread(target=lambda: readings.extend(parsed(workers, [BOUNCE % (1, 1)])))
        reader.start()
        for _ in range(4):
            assert fifo.read_text() == "starting"
            fifo.write_text("wait")
            stall(workers)
        assert fifo.read_text() == "starting"
        fifo.write_text("go on")
        reader.join()
    assert [reading.kind for reading in readings] == ["bounce"]


def test_a_clock_that_is_set_forward_makes_no_mail_unreadable(
    workers: Workers, tmp_path: Path, set_clock: Callable[[float], None]
) -> None:
    fifo = tmp_path / "fifo"
    with at_it(workers, fifo) as readings:
        for _ in ("in its chunk", "alone"):
            assert fifo.read_text() == "I am at it"
            while not all(future.running() for future in processes(workers)._waiting):
                time.sleep(0.01)
            set_clock(365 * 86400)
        assert fifo.read_text() == "I am at it"
        fifo.write_text("go on")
    assert [reading.kind for reading in readings] == ["other"]


def test_a_clock_that_is_set_back_keeps_no_mail_for_ever(
    workers: Workers, tmp_path: Path, set_clock: Callable[[float], None], stall: Callable[[Workers], None]
) -> None:
    fifo = tmp_path / "fifo"
    with at_it(workers, fifo) as readings:
        assert fifo.read_text() == "I am at it"
        set_clock(-3600)
        stall(workers)
        assert fifo.read_text() == "I am at it"
        fifo.write_text("go on")
    assert [reading.kind for reading in readings] == ["other"]


def test_workers_that_never_take_anything_up_are_replaced(
    workers: Workers, stall: Callable[[Workers], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine that swaps: nothing is held against the mail."""
    parsed(workers, [b""])
    for pid in children():
        os.kill(pid, signal.SIGSTOP)
    ticket = workers.schedule(raw([BOUNCE % (1, 1)]))
    stall(workers)
    assert [reading.kind for reading in workers.parsed(raw([BOUNCE % (1, 1)]), ticket)] == ["bounce"]


def children(process: int | str = "self") -> list[int]:
    """The workers that this process has now, or another one."""
    found = []
    for task in Path(f"/proc/{process}/task").iterdir():
        found += [int(pid) for pid in (task / "children").read_text().split()]
    return [pid for pid in found if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_closing_ends_a_call_that_is_waiting(tmp_path: Path) -> None:
    os.mkfifo(fifo := tmp_path / "fifo")
    workers = Workers(Sender(), count=1)
    parsed(workers, [BOUNCE % (1, 1)])
    stopped = threading.Event()

    def wait_for_ever() -> None:
        with contextlib.suppress(Stopped):
            parsed(workers, [b"fifo %s" % bytes(fifo)])
            return
        stopped.set()

    waiting = threading.Thread(target=wait_for_ever)
    waiting.start()
    assert fifo.read_text() == "I am at it"
    workers.close()
    waiting.join()
    assert stopped.is_set()
    with pytest.raises(Stopped):
        parsed(workers, [b"x"])


def test_a_pool_in_which_nothing_moves_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """pebble forgets mails whose worker was killed between taking and telling, as the kernel does for memory."""
    monkeypatch.setattr(pool, "STALL_SECONDS", 30.0)
    with Workers(Sender(), count=1) as workers:
        before = parsed(workers, [BOUNCE % (n, n) for n in range(3)])
        for pid in children():
            os.kill(pid, signal.SIGSTOP)
        stopper = threading.Timer(0.2, processes(workers)._processes.stop)
        stopper.start()
        assert parsed(workers, [BOUNCE % (n, n) for n in range(3)]) == before


def survivors(code: str, *arguments: str) -> list[int]:
    """Those of the processes that ``code`` prints before it kills itself which are still there a minute later."""
    with subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert pids
        # Whoever still lives holds the pipe open: it ends when the last of them has gone.
        ended, _, _ = select.select([parent.stdout], [], [], 60)
        left = [] if ended else pids
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    return left


def test_workers_die_with_their_parent(tmp_path: Path) -> None:
    """Also one that waits for something in the middle of a mail: an idle one sees that nobody gives it work."""
    code = """
import os, signal, sys, threading
from pathlib import Path
from bounced import workers
from bounced.identify import Sender
from tests.pipeline.test_workers import children, parsed, work
if __name__ == "__main__":
    workers.work = work
    fifo = Path(sys.argv[1])
    os.mkfifo(fifo)
    mails = [b"fifo " + bytes(fifo)]
    threading.Thread(target=parsed, args=(workers.Workers(Sender(), count=1), mails)).start()
    fifo.read_text()
    print(*children(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert survivors(code, str(tmp_path / "fifo")) == []


def deaf(contents: list[Mail], sender: Sender, rules: tuple[Rule, ...], pack: Pack) -> list[Parsed]:
    """What a worker does that does not interrupt itself."""
    signal.signal(signal.SIGPROF, signal.SIG_IGN)
    return REAL_WORK(contents, sender, rules, pack)


def test_a_worker_stuck_in_a_regex_dies_soon_after_its_parent() -> None:
    """Inside the regex engine it holds the GIL: no thread of its own sees that the parent has gone."""
    code = """
import os, signal, threading, time
from bounced import workers
from tests.pipeline.test_workers import SLOW, SLOW_MAIL, children, deaf, parsed
if __name__ == "__main__":
    workers.work = deaf
    threading.Thread(target=parsed, args=(workers.Workers(SLOW, count=1), [SLOW_MAIL])).start()
    while not any(int(open(f"/proc/{pid}/stat").read().split()[13]) > 150 for pid in children()):
        time.sleep(0.05)
    print(*children(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert survivors(code) == []


def test_other_threads_block_the_signals_of_the_main_thread() -> None:
    """A SIGTERM that another thread gets would kill the daemon in the middle of things."""
    code = """
import signal, threading
from pathlib import Path
from bounced.identify import Sender
from bounced.workers import Workers
from tests.pipeline.test_workers import parsed
if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    with Workers(Sender(), count=1) as workers:
        threading.Thread(target=parsed, args=(workers, [b"x"])).start()
        parsed(workers, [b"x"])
        for task in Path("/proc/self/task").iterdir():
            print(next(line for line in (task / "status").read_text().splitlines() if line.startswith("SigBlk")))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    masks = [int(line.split()[1], 16) for line in done.stdout.splitlines()]
    wanted = sum(1 << (number - 1) for number in (signal.SIGTERM, signal.SIGINT))
    assert masks
    assert all(mask & wanted == wanted for mask in masks)


@pytest.mark.parametrize(
    ("stored_at", "migrated", "trust"),
    [
        (datetime(2026, 11, 1, tzinfo=UTC), False, "plausible"),  # C8: the token had expired a month before
        (datetime(2026, 10, 1, tzinfo=UTC), False, "verified"),
        (datetime(2026, 11, 1, tzinfo=UTC), True, "verified"),
        (None, False, "verified"),  # a file
    ],
)
def test_a_token_has_expired_by_the_date_of_the_mailbox(stored_at: datetime | None, migrated: bool, trust: str) -> None:
    """The topmost Received, by which the message seems older, may be the forger's."""
    key = tokens.Key("k2", bytes(32))
    token = tokens.make(key, date(2026, 10, 1), recipient="user1@rcpt.test")
    content = BOUNCE.replace(b"--b--", b"--b\nContent-Type: text/rfc822-headers\n\nX-Bounced-Token: %b\n\n--b--") % (
        *(1, 1),
        token.encode(),
    )
    message = RawMessage(Origin("test"), datetime(2026, 9, 1, tzinfo=UTC), content, 1, stored_at=stored_at)
    sender = Sender(keys=(key,), anchors=TrustAnchors(migrated=migrated))
    with Workers(sender, count=1) as workers:
        [parsed] = workers.parse([message])
    assert [event.trust for event in parsed.events] == [trust]
