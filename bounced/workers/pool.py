"""A pool of worker processes that is watched, since pebble does not report everything.

1. pebble forgets a task when its worker is killed before it has said what it works on, and every task that still waits
   in a pool that broke. A task that waits while later ones are finished is given back; a pool in which nothing moves
   is replaced.
2. A task that is not finished for long is given back; CPU time has a limit of its own, in the worker. pebble measures
   by the wall clock: where that is set forward, a task is tried again; where it is set back, the pool is replaced, but
   later if it finishes other tasks.
3. A process begins in the directory of its parent: where that is gone, or closed to this user (runuser in /root), both
   go to the root directory.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import resource_tracker
from typing import Any

from pebble import ProcessPool
from pebble.pool.process import WORKERS_NAME

from bounced.model import Parsed
from bounced.workers.calls import start
from bounced.workers.pools import Stopped

#: Seconds after which a process, or a pool, that has finished nothing is given up: it is stopped, the machine swaps, or
#: one that was killed holds a lock.
STALL_SECONDS = 60.0

#: Seconds between two looks at a pool that does not answer.
LOOK_SECONDS = 1.0

#: Seconds that closing may take: the daemon has two to end.
CLOSING_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Task:
    """Work for a process; see Ticket."""

    pool: Processes
    number: int
    processes: ProcessPool
    future: Future[list[Parsed]]
    since: float  # time.monotonic()

    def result(self) -> list[Parsed]:
        """The results, see Ticket."""
        return self.pool.result(self)

    def give_up(self) -> None:
        """Forgets it."""
        self.pool.give_up(self)


class Processes:
    """``count`` processes, started when first needed; see Pool."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._waiting: set[Future[list[Parsed]]] = set()
        self._processes = self._new_processes()
        self._scheduled = 0
        self._finished = 0  # the highest number of those that are finished
        self._moved_at = time.monotonic()
        self._closed = False

    def close(self) -> None:
        """Ends the processes, even busy ones; calls that wait for a result raise Stopped."""
        with self._lock:
            self._closed = True
            self._processes.stop()
        for future in tuple(self._waiting):  # pebble itself would leave their callers waiting forever
            future.cancel()
        # pebble sends SIGTERM first, which a process that is only starting ignores, and complains about later.
        _kill_children()
        _ending(self._processes).join(CLOSING_SECONDS)
        _kill_children()

    @property
    def stalled_for(self) -> float:
        """Seconds since something was finished while others wait, 0.0 when nothing waits."""
        return time.monotonic() - self._moved_at if self._waiting else 0.0

    def schedule(self, work: Callable[[], list[Parsed]]) -> Task:
        """Hands ``work`` to a worker; it is pickled. Raises Stopped."""
        with self._lock, _interrupts_blocked():  # asking whether it is active starts the processes
            if self._closed:
                raise Stopped
            if not self._processes.active:
                self._replace()
            if not self._waiting:
                self._moved_at = time.monotonic()
            future = self._processes.schedule(work, timeout=STALL_SECONDS)
            self._waiting.add(future)
            self._scheduled += 1
            task = Task(self, self._scheduled, self._processes, future, time.monotonic())
        future.add_done_callback(partial(self._done, task))
        return task

    def result(self, task: Task) -> list[Parsed]:
        """As Ticket.result."""
        while True:
            try:
                return task.future.result(LOOK_SECONDS)
            except CancelledError as error:
                raise Stopped from error
            except TimeoutError:
                self._check(task)
                if task.future.done():
                    return task.future.result()

    def give_up(self, task: Task) -> None:
        """As Ticket.give_up."""
        self._waiting.discard(task.future)
        if not task.future.running():
            task.future.cancel()

    def _done(self, task: Task, _: Future[list[Parsed]]) -> None:
        self._waiting.discard(task.future)
        if task.future.cancelled():
            return
        self._finished = max(self._finished, task.number)
        self._moved_at = time.monotonic()

    def _check(self, task: Task) -> None:
        """Raises BrokenProcessPool when there will be no result."""
        with self._lock:
            if task.processes is not self._processes or not task.processes.active:
                raise BrokenProcessPool("it broke")
            if self._finished > task.number and not (task.future.running() or task.future.done()):
                self._waiting.discard(task.future)
                raise BrokenProcessPool("it was forgotten")
            if time.monotonic() - max(self._moved_at, task.since) >= STALL_SECONDS:
                self._replace()
                raise BrokenProcessPool("it is stalled")

    def _replace(self) -> None:
        self._processes.stop()
        _ending(self._processes)
        self._waiting.clear()
        self._processes = self._new_processes()

    def _new_processes(self) -> ProcessPool:
        with _interrupts_blocked():
            # Where it starts by itself it leaves SIGINT and SIGTERM unblocked, in a thread of the daemon.
            resource_tracker.ensure_running()
        _leave_unusable_directory()
        return ProcessPool(self._count, initializer=start, context=multiprocessing.get_context("spawn"))


def kill_lock_tracker() -> None:
    """Ends the process in which multiprocessing keeps track of its locks, if there is one.

    Call it last: it would be started again for the next lock. What a service leaves behind, systemd kills with a line
    in the journal each time.
    """
    tracker: Any = resource_tracker._resource_tracker  # multiprocessing has no public way to end it
    if tracker._pid is not None:
        os.kill(tracker._pid, signal.SIGKILL)
        os.waitpid(tracker._pid, 0)


def _leave_unusable_directory() -> None:
    try:
        os.chdir(os.getcwd())  # noqa: PTH109
    except OSError:
        os.chdir(os.sep)


def _ending(pool: ProcessPool) -> threading.Thread:
    """Ends the processes and threads of a stopped pool.

    That may take forever: it waits for the rest of a message from a worker that was killed in the middle of it.
    """
    thread = threading.Thread(target=pool.join, daemon=True)
    thread.start()
    return thread


def _kill_children() -> None:
    for process in multiprocessing.active_children():
        if process.name == WORKERS_NAME:  # the workers of a Dask cluster may be children, too
            process.kill()


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """A Ctrl-C goes to every process of the terminal; one that is only starting would show a traceback."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
