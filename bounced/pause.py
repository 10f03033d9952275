"""Until when an account, or a folder of it, is left alone, and when that is worth a line in the log."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from bounced.backoff import Backoff
from bounced.episode import Episode


class Pause:
    """What several threads know together of one that failed."""

    def __init__(self, backoff: Backoff, clock: Callable[[], float] = time.monotonic) -> None:
        self.until = clock()
        self.successes = 0
        self._backoff = backoff
        self._clock = clock
        self._episode = Episode(clock)
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
