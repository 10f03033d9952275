"""Understands mails in processes that can be killed.

flufl.bounce can be made to run for ever by a mail of 4 kB, in a regex that holds the GIL: no thread could stop it.
A mail that took a worker down is tried once more alone and then kept as unreadable; the others are not touched by it.
pebble forgets a mail when its worker is killed from outside before it has said what it works on, and whatever still
waits in a pool that broke: a pool in which nothing moves is thrown away.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import resource_tracker
from multiprocessing.connection import wait

from pebble import ProcessExpired, ProcessPool

from bounced.identify import Marks
from bounced.model import RawMessage, Reading
from bounced.rules import Rule
from bounced.understand import understand

#: What one mail may cost. Typical is 1 ms and 60 MB.
MAIL_SECONDS = 5.0
WORKER_OCTETS = 512 * 1024 * 1024

#: More is a matter of the configuration: a worker takes 60 MB even when it has nothing to do.
MOST_WORKERS = 8

#: Seconds after which a pool that has finished nothing is given up: a mail's, and a worker's start on a busy machine.
STALLED = 60.0

#: Seconds that closing may take: the daemon has two to end.
CLOSING_SECONDS = 0.5

#: How often a mail is tried alone while workers die that may never have seen it.
TRIES = 3

#: Mails handed to a worker at once: enough that the passing to and fro is not what costs, few enough to share out.
CHUNK = 16

Mail = tuple[bytes, datetime]  # content, and when it arrived
Ticket = tuple[ProcessPool, Future[list[Reading]]]


class Stopped(Exception):
    """The workers were closed while they were at it; nothing is known about the mails."""


class Workers:
    """``count`` processes, started when first needed. ``understand`` may be called from several threads."""

    def __init__(self, marks: Marks, rules: Sequence[Rule] = (), count: int | None = None) -> None:
        self._known = (marks, tuple(rules))
        self._count = count or min(os.cpu_count() or 1, MOST_WORKERS)
        self._lock = threading.Lock()
        self._waiting: set[Future[list[Reading]]] = set()
        self._pool = self._new_pool()
        self._moved_at = time.monotonic()
        self._closed = False

    def configure(self, marks: Marks, rules: Sequence[Rule]) -> None:
        """Has mails understood by these from now on."""
        self._known = (marks, tuple(rules))

    def close(self) -> None:
        """Ends the processes, whatever they are doing; waiting calls raise Stopped."""
        with self._lock:
            self._closed = True
            self._pool.stop()
        for future in tuple(self._waiting):  # pebble itself would leave their callers waiting for ever
            future.cancel()
        # It asks them with SIGTERM first, to which one that is only starting does not listen, but complains later.
        _kill_children()
        _ending(self._pool).join(CLOSING_SECONDS)
        _kill_children()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def understand(self, messages: Sequence[RawMessage]) -> list[Reading]:
        """The reading of each mail, in order; one that can't be read within the limits is ``unreadable``."""
        chunks = [messages[start : start + CHUNK] for start in range(0, len(messages), CHUNK)]
        waiting = [self._schedule(chunk) for chunk in chunks]
        readings: list[Reading] = []
        for chunk, ticket in zip(chunks, waiting, strict=True):
            try:
                readings += self._result(*ticket)
            except Stopped:
                raise
            except Exception:  # noqa: BLE001  some mail in this chunk: find out which
                readings += [self._alone(message) for message in chunk]
        return readings

    def _alone(self, message: RawMessage) -> Reading:
        for _ in range(TRIES):
            try:
                [reading] = self._result(*self._schedule([message]))
            except Stopped:
                raise
            except BrokenProcessPool:  # says less of this mail than of the machine
                continue
            except TimeoutError:
                return Reading("unreadable", problem=f"took longer than {MAIL_SECONDS:g} seconds")
            except ProcessExpired:
                return Reading("unreadable", problem="the process that read it died")
            except Exception as error:  # noqa: BLE001  whatever a worker raises belongs to this mail
                return Reading("unreadable", problem=f"{type(error).__name__}: {error}"[:200])
            return reading
        return Reading("unreadable", problem=f"{TRIES} processes died around it")

    def _schedule(self, messages: Sequence[RawMessage]) -> Ticket:
        mails = [(message.content, message.arrived_at) for message in messages]
        with self._lock, _interrupts_blocked():  # asking whether it is active starts the processes
            if self._closed:
                raise Stopped
            if not self._pool.active:
                self._replace_pool()
            future = self._pool.schedule(_work, args=(mails, *self._known), timeout=MAIL_SECONDS)
            self._waiting.add(future)
            ticket = self._pool, future
        future.add_done_callback(self._done)
        return ticket

    def _done(self, future: Future[list[Reading]]) -> None:
        self._waiting.discard(future)
        self._moved_at = time.monotonic()

    def _result(self, pool: ProcessPool, future: Future[list[Reading]]) -> list[Reading]:
        """What came of it. Raises BrokenProcessPool when nothing comes out of ``pool`` any more, and Stopped."""
        while True:
            try:
                return future.result(STALLED)
            except CancelledError as error:
                raise Stopped from error
            except TimeoutError:
                if future.done():  # the mail took too long, not the pool
                    return future.result()
                self._check(pool)

    def _check(self, pool: ProcessPool) -> None:
        with self._lock:
            if pool is self._pool and time.monotonic() - self._moved_at < STALLED:
                return
            if pool is self._pool:
                self._replace_pool()
            raise BrokenProcessPool("it stands still")

    def _replace_pool(self) -> None:
        self._pool.stop()
        _ending(self._pool)
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPool:
        with _interrupts_blocked():
            # Where it starts by itself it leaves SIGINT and SIGTERM unblocked, in a thread of the daemon.
            resource_tracker.ensure_running()
        return ProcessPool(self._count, initializer=_start, context=multiprocessing.get_context("spawn"))


def _ending(pool: ProcessPool) -> threading.Thread:
    """Ends the processes and threads of a stopped pool.

    That may take for ever: it waits for the rest of a message from a worker that was killed in the middle of it.
    """
    thread = threading.Thread(target=pool.join, daemon=True)
    thread.start()
    return thread


def _kill_children() -> None:
    for process in multiprocessing.active_children():
        process.kill()


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """A Ctrl-C goes to every process of the terminal; one that is only starting would show a traceback."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(mails: list[Mail], marks: Marks, rules: tuple[Rule, ...]) -> list[Reading]:
    return [understand(content, marks, rules, arrived_at) for content, arrived_at in mails]


def _start() -> None:
    """Prepares a worker: it has limits, leaves Ctrl-C to its parent, and dies with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())  # our parent blocked some
    resource.setrlimit(resource.RLIMIT_AS, (WORKER_OCTETS, WORKER_OCTETS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
