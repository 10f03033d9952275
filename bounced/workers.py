"""Understands mails in processes that can be killed.

flufl.bounce can be made to run for ever by a mail of 4 kB, in a regex that holds the GIL: no thread could stop it.
A mail that took a worker down is tried once more alone and then kept as unreadable; the others are not touched by it.

1. A timeout is the mail's own fault, and one is enough. A death may be somebody else's (the kernel kills for memory,
   people kill for fun): a mail is unreadable when it has seen TRIES of them, alone.
2. pebble forgets a mail when its worker is killed before it has said what it works on, and whatever still waits in a
   pool that broke. A mail that waits while later ones are finished is tried again; a pool in which nothing moves is
   thrown away.
3. pebble measures by the clock on the wall: what times out, or hangs, while that clock is set is tried again.
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
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import wait

from pebble import ProcessExpired, ProcessPool

from bounced.dkim_keys import Keys
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

#: The same for a pool that has finished something: its processes are there, but one that was killed may hold a lock.
STUCK = 20.0

#: Seconds between two looks at a pool that does not answer.
SLICE = 1.0

#: Seconds by which the clock must have been set to matter; it is slewed by less.
CLOCK_SET = 1.0

#: Processor seconds after which a worker is killed that has no parent any more to do it.
ORPHAN_SECONDS = 2 * MAIL_SECONDS

#: Seconds that closing may take: the daemon has two to end.
CLOSING_SECONDS = 0.5

#: How often a mail is tried alone while workers die.
TRIES = 3

#: Mails handed to a worker at once: enough that the passing to and fro is not what costs, few enough to share out.
CHUNK = 16

Mail = tuple[bytes, datetime]  # content, and when it arrived


@dataclass(frozen=True, slots=True)
class _Ticket:
    number: int
    pool: ProcessPool
    future: Future[list[Reading]]
    since: float  # time.monotonic()
    clock: float  # how far the clock on the wall was ahead of it then


class Stopped(Exception):
    """The workers were closed while they were at it; nothing is known about the mails."""


class Workers:
    """``count`` processes, started when first needed. ``understand`` may be called from several threads."""

    def __init__(
        self, marks: Marks, rules: Sequence[Rule] = (), count: int | None = None, keys: Keys | None = None
    ) -> None:
        self._known = (marks, tuple(rules))
        self._keys = keys or Keys()
        self._count = count or min(os.cpu_count() or 1, MOST_WORKERS)
        self._lock = threading.Lock()
        self._waiting: set[Future[list[Reading]]] = set()
        self._pool = self._new_pool()
        self._scheduled = 0
        self._finished = 0  # the highest number of those that are finished
        self._moved_at = time.monotonic()
        self._moved = False  # the pool that there is now has finished something
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

    @property
    def stalled_for(self) -> float:
        """Seconds since a mail came out while others wait, 0.0 when none waits."""
        return time.monotonic() - self._moved_at if self._waiting else 0.0

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def understand(self, messages: Sequence[RawMessage]) -> list[Reading]:
        """The reading of each mail, in order; one that can't be read within the limits is ``unreadable``."""
        return list(self.each(messages))

    def each(self, messages: Sequence[RawMessage]) -> Iterator[Reading]:
        """As ``understand``, one by one as they become known."""
        chunks = [messages[start : start + CHUNK] for start in range(0, len(messages), CHUNK)]
        with self._tickets(chunks) as tickets:
            for chunk, ticket in zip(chunks, tickets, strict=True):
                for message, reading in zip(chunk, self._together(chunk, ticket), strict=True):
                    # Keys of DKIM that it lacked, and that the DNS knows.
                    again = reading.wants and self._keys.find(reading.wants)
                    yield self._alone(message, self._schedule([message])) if again else reading

    def warm_up(self) -> None:
        """Returns when a worker is there. Raises Stopped."""
        for _ in range(TRIES):
            with suppress(BrokenProcessPool, ProcessExpired):
                self._result(self._schedule([]))
                return

    def _together(self, chunk: Sequence[RawMessage], ticket: _Ticket) -> Iterator[Reading]:
        try:
            readings = self._result(ticket)
        except Stopped:
            raise
        except Exception:  # noqa: BLE001  some mail in this chunk: find out which
            with self._tickets([[message] for message in chunk]) as tickets:
                yield from map(self._alone, chunk, tickets)
        else:
            yield from readings

    def _alone(self, message: RawMessage, ticket: _Ticket) -> Reading:
        for tries in range(1, TRIES + 1):
            try:
                [reading] = self._result(ticket)
            except Stopped:
                raise
            except (BrokenProcessPool, ProcessExpired):
                if tries < TRIES:
                    ticket = self._schedule([message])
            except TimeoutError:
                return Reading("unreadable", problem=f"took longer than {MAIL_SECONDS:g} seconds")
            except Exception as error:  # noqa: BLE001  whatever a worker raises belongs to this mail
                return Reading("unreadable", problem=f"{type(error).__name__}: {error}"[:200])
            else:
                return reading
        return Reading("unreadable", problem=f"{TRIES} processes that read it died")

    @contextmanager
    def _tickets(self, groups: Sequence[Sequence[RawMessage]]) -> Iterator[list[_Ticket]]:
        """A ticket for each group, for which nobody waits any more when the context ends."""
        tickets: list[_Ticket] = []
        try:
            tickets += map(self._schedule, groups)
            yield tickets
        finally:
            self._waiting.difference_update(ticket.future for ticket in tickets)

    def _schedule(self, messages: Sequence[RawMessage]) -> _Ticket:
        mails = [(message.content, message.arrived_at) for message in messages]
        marks, rules = self._known
        marks = replace(marks, ours=marks.ours.knowing(self._keys.known()))
        with self._lock, _interrupts_blocked():  # asking whether it is active starts the processes
            if self._closed:
                raise Stopped
            if not self._pool.active:
                self._replace_pool()
            if not self._waiting:
                self._moved_at = time.monotonic()
            future = self._pool.schedule(_work, args=(mails, marks, rules), timeout=MAIL_SECONDS)
            self._waiting.add(future)
            self._scheduled += 1
            ticket = _Ticket(self._scheduled, self._pool, future, time.monotonic(), _clock())
        future.add_done_callback(partial(self._done, ticket))
        return ticket

    def _done(self, ticket: _Ticket, _: Future[list[Reading]]) -> None:
        self._waiting.discard(ticket.future)
        self._finished = max(self._finished, ticket.number)
        self._moved = self._moved or ticket.pool is self._pool
        self._moved_at = time.monotonic()

    def _result(self, ticket: _Ticket) -> list[Reading]:
        """What came of it. Raises BrokenProcessPool when that says nothing of the mails, and Stopped."""
        while True:
            try:
                return ticket.future.result(SLICE)
            except CancelledError as error:
                raise Stopped from error
            except TimeoutError:
                self._check(ticket)
                if ticket.future.done():
                    return ticket.future.result()

    def _check(self, ticket: _Ticket) -> None:
        """Raises BrokenProcessPool when nothing will come of it any more."""
        with self._lock:
            if ticket.pool is not self._pool or not ticket.pool.active:
                raise BrokenProcessPool("it broke")
            if abs(_clock() - ticket.clock) > CLOCK_SET:
                self._replace_pool()
                raise BrokenProcessPool("it measures by a clock that was set")
            if self._finished > ticket.number and not (ticket.future.running() or ticket.future.done()):
                self._waiting.discard(ticket.future)
                raise BrokenProcessPool("it was forgotten")
            if time.monotonic() - max(self._moved_at, ticket.since) >= (STUCK if self._moved else STALLED):
                self._replace_pool()
                raise BrokenProcessPool("it stands still")

    def _replace_pool(self) -> None:
        self._pool.stop()
        _ending(self._pool)
        self._waiting.clear()
        self._moved = False
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPool:
        with _interrupts_blocked():
            # Where it starts by itself it leaves SIGINT and SIGTERM unblocked, in a thread of the daemon.
            resource_tracker.ensure_running()
        return ProcessPool(self._count, initializer=_start, context=multiprocessing.get_context("spawn"))


def _clock() -> float:
    """Changes when the clock on the wall is set, and when the machine was asleep."""
    return time.time() - time.monotonic()


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
    # Nobody is left to stop a worker whose parent was killed while it hangs in a regex, which no thread interrupts.
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + ORPHAN_SECONDS), resource.RLIM_INFINITY))
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
