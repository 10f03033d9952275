"""Answers a long question in parts: the first in this process, each other one in a process of its own.

1. Whatever ends this process ends the others: of what they have done next they can tell nobody.
2. Ctrl-C goes to every process of a terminal. Only this one hears it, and kills the others.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from bounced.errors import EXIT_IO, UserError

Answer = TypeVar("Answer")

#: Called with the number of what is done since.
Step = Callable[[int], None]

#: What answers a part: its number, of how many, and what to call.
Part = Callable[[int, int, Step], Answer]

#: A process begins as a copy of this one, which has no threads, and no database open.
FORK = multiprocessing.get_context("fork")

#: Processes at most: each takes 150 MB.
PROCESSES_LIMIT = 8


def processes(amount: int, enough: int) -> int:
    """How many parts to make of an ``amount`` of work of which a process should have ``enough``."""
    return max(1, min(len(os.sched_getaffinity(0)), PROCESSES_LIMIT, amount // enough))


def answers(part: Part[Answer], of: int, step: Step) -> list[Answer]:
    """The answers of ``part`` in order. Raises the UserError that one raised, and UserError when a process died."""
    others: list[_Process[Answer]] = []
    try:
        others += (_Process(part, number, of) for number in range(1, of))

        def forward(done: int) -> None:
            step(done)
            for other in others:
                step(other.done())

        first = part(0, of, forward)
        return [first, *(other.answer(step) for other in others)]
    finally:
        for other in others:
            other.kill()


class _Process(Generic[Answer]):
    """A process that answers a part."""

    def __init__(self, part: Part[Answer], number: int, of: int) -> None:
        self._pipe, pipe = FORK.Pipe(duplex=False)
        self._process = FORK.Process(target=_run, args=(part, number, of, self._pipe, pipe), daemon=True)
        self._last: list[Any] = []  # the answer, or what it raised
        with _interrupts_blocked():
            self._process.start()
        pipe.close()

    def done(self) -> int:
        """What it has done since this was asked last."""
        done = 0
        while not self._last and self._pipe.poll():
            done += self._received()
        return done

    def answer(self, step: Step) -> Answer:
        """Its answer, as soon as there is one. Raises UserError."""
        while not self._last:
            step(self._received())
        [answer] = self._last
        if isinstance(answer, UserError):
            raise answer
        result: Answer = answer
        return result

    def kill(self) -> None:
        """Ends it, if it has not ended."""
        self._process.kill()
        self._process.join()

    def _received(self) -> int:
        """The next number that it tells of what is done; 0 with its last message."""
        try:
            message = self._pipe.recv()
        except EOFError:
            self._process.join()
            problem = f"one of the processes that read the database died (exit code {self._process.exitcode})"
            raise UserError(problem, exit_code=EXIT_IO) from None
        if isinstance(message, int):
            return message
        self._last.append(message)
        return 0


def _run(part: Part[Any], number: int, of: int, theirs: Connection, pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    theirs.close()

    try:
        pipe.send(part(number, of, pipe.send))
    except UserError as error:
        pipe.send(error)
    except BrokenPipeError:
        os._exit(EXIT_IO)


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
