"""Until when an account, or a folder of it, is left alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from bounced.backoff import Backoff


class Pause:
    """What several threads know together of one that failed."""

    def __init__(self, backoff: Backoff, clock: Callable[[], float] = time.monotonic) -> None:
        self._backoff = backoff
        self._clock = clock
        self._until = clock()
        self._lock = threading.Lock()

    def left(self) -> float:
        """Seconds until the next try, 0 when it may be tried."""
        return max(0.0, self._until - self._clock())

    def failed(self, *, refused: bool = False) -> None:
        """Begins a pause after a try that failed; nothing when another thread has seen it, too, and begun one."""
        with self._lock:
            if not self.left():
                self._until = self._clock() + self._backoff.failed(refused=refused)

    def recovered(self) -> None:
        """The next pause is a short one again."""
        with self._lock:
            self._backoff.recovered()
            self._until = self._clock()
