"""When a trouble that lasts is worth a line: when it begins, once an hour, and when it is over."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Seconds between two lines about a trouble that lasts.
HOUR = 3600.0


class Episode:
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
