"""How long to back off from a server that failed: exponential, with full jitter; and when to log that again.

Full jitter (a wait drawn from the whole range) spreads the retries of clients that were cut off together: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.
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


ORDINARY_WAIT = Span(5, 15 * 60)

#: A server counts refused logins and locks accounts out; Microsoft 365 also refuses logins to throttle.
REFUSED_WAIT = Span(5 * 60, 60 * 60)

#: For a locked database or a full disk: each try waits for half a minute itself.
DATABASE_WAIT = Span(5, 60)

#: 2 ** 10 times the shortest wait exceeds the longest.
_DOUBLINGS_LIMIT = 10


class Backoff:
    """The failures in a row of one account. For one thread at a time."""

    def __init__(self, draw: Draw, ordinary: Span = ORDINARY_WAIT) -> None:
        self._draw = draw
        self._ordinary = ordinary
        self._failures = 0

    def failed(self, *, refused: bool = False) -> float:
        """Seconds to wait after one more failure; ``refused`` when it was the login."""
        self._failures += 1
        span = REFUSED_WAIT if refused else self._ordinary
        doublings = min(self._failures, _DOUBLINGS_LIMIT)
        return self._draw(span.shortest, min(span.shortest * 2**doublings, span.longest))

    def recovered(self) -> None:
        """Resets the count: the next wait is short again."""
        self._failures = 0


class Pause:
    """The back-off of one account or folder, shared by the threads that use it."""

    def __init__(self, backoff: Backoff, clock: Callable[[], float] = time.monotonic) -> None:
        self.until = clock()
        self.successes = 0
        self.login_refused = False  # what the latest failure was
        self._backoff = backoff
        self._clock = clock
        self._reminder = Reminder(clock)
        self._lock = threading.Lock()

    @property
    def problem(self) -> str:
        """The latest failure, ``""`` for none."""
        return self._reminder.problem

    def left(self) -> float:
        """Seconds until the next try, 0 when it may be tried."""
        return max(0.0, self.until - self._clock())

    def begin(self, problem: str, *, refused: bool = False, seconds: float = 0.0) -> bool:
        """Begins a pause after a failed try, of ``seconds`` at least, unless another thread has begun one.

        True when a line is due.
        """
        with self._lock:
            if not self.left():
                self.until = self._clock() + max(seconds, self._backoff.failed(refused=refused))
            return self._reminder.is_due(problem)

    def end(self) -> bool:
        """Ends it after a successful try; the next pause is short again. True when a line is due."""
        with self._lock:
            self.successes += 1
            self._reset()
            return self._reminder.is_over()

    def lift(self) -> None:
        """Allows a try now, since things may have changed."""
        with self._lock:
            self._reset()

    def _reset(self) -> None:
        self._backoff.recovered()
        self.until = self._clock()


#: Seconds between two lines about a failure that persists.
REMINDER_INTERVAL = 3600.0


class Reminder:
    """When a lasting failure is due in the log. For one thread at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.problem = ""  # the latest failure, "" for none
        self._clock = clock
        self._logged_at = 0.0

    def is_due(self, problem: str) -> bool:
        """Takes note of a failure. True when a line is due: the first one, or an hour after the last line."""
        now = self._clock()
        due = not self.problem or now - self._logged_at >= REMINDER_INTERVAL
        self.problem = problem
        self._logged_at = now if due else self._logged_at
        return due

    def is_over(self) -> bool:
        """Takes note of a success. True when something had failed, so that a line about its end is due."""
        failing, self.problem = bool(self.problem), ""
        return failing
