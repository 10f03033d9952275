"""How long to leave a server alone that failed: exponential with full jitter.

Full jitter (a wait drawn from the whole range) spreads those who were cut off together over the time in which they
come back: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

#: Draws a number between two, each equally likely: ``random.uniform``.
Draw = Callable[[float, float], float]


class Span(NamedTuple):
    """The shortest and the longest wait, in seconds."""

    shortest: float
    longest: float


ORDINARY = Span(5, 15 * 60)

#: A server counts refused logins and locks accounts out; Microsoft 365 says so of throttling, too.
REFUSED = Span(5 * 60, 60 * 60)

#: A program that holds the database locked, or a full disk: each try waits for half a minute by itself.
DATABASE = Span(5, 60)

#: 2 ** 10 leads from the shortest wait beyond the longest.
_MOST_DOUBLINGS = 10


class Backoff:
    """The failures in a row of one account. For one thread at a time."""

    def __init__(self, draw: Draw, ordinary: Span = ORDINARY) -> None:
        self._draw = draw
        self._ordinary = ordinary
        self._failures = 0

    def failed(self, *, refused: bool = False) -> float:
        """Seconds to wait after one more failure; ``refused`` when it was the login."""
        self._failures += 1
        span = REFUSED if refused else self._ordinary
        doublings = min(self._failures, _MOST_DOUBLINGS)
        return self._draw(span.shortest, min(span.shortest * 2**doublings, span.longest))

    def recovered(self) -> None:
        """The next failure is a first one again."""
        self._failures = 0


class Pause:
    """What several threads know together of one that failed."""

    def __init__(self, backoff: Backoff, clock: Callable[[], float] = time.monotonic) -> None:
        self.until = clock()
        self.successes = 0
        self._backoff = backoff
        self._clock = clock
        self._episode = Reminder(clock)
        self._lock = threading.Lock()

    @property
    def problem(self) -> str:
        """What failed last, ``""`` when all is well."""
        return self._episode.problem

    def left(self) -> float:
        """Seconds until the next try, 0 when it may be tried."""
        return max(0.0, self.until - self._clock())

    def failed(self, problem: str, *, refused: bool = False) -> bool:
        """Begins a pause after a try that failed, unless another thread has seen it, too, and begun one.

        True when ``problem`` is due in the log.
        """
        with self._lock:
            if not self.left():
                self.until = self._clock() + self._backoff.failed(refused=refused)
            return self._episode.failed(problem)

    def recovered(self) -> bool:
        """Ends it after a try that went through, and the next one is short again; True when that is due in the log."""
        with self._lock:
            self.successes += 1
            self._end()
            return self._episode.recovered()

    def lift(self) -> None:
        """Has it tried now, as things may have changed."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        self._backoff.recovered()
        self.until = self._clock()


#: Seconds between two lines about a trouble that lasts.
HOUR = 3600.0


class Reminder:
    """One trouble. For one thread at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.problem = ""  # what failed last, "" while all is well
        self._clock = clock
        self._told_at = 0.0

    def failed(self, problem: str) -> bool:
        """True when ``problem`` is due in the log: the first one, or an hour after the last one that was."""
        now = self._clock()
        due = not self.problem or now - self._told_at >= HOUR
        self.problem = problem
        self._told_at = now if due else self._told_at
        return due

    def recovered(self) -> bool:
        """True when something had failed: that it is over is due in the log."""
        failing, self.problem = bool(self.problem), ""
        return failing
