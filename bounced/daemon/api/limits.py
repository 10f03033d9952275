"""How many requests each token may make: a bucket that fills by the second. Pure, but for the clock."""

from __future__ import annotations

import math
import time
from collections.abc import Callable


class Rates:
    """For each name ``rate`` requests a second, those of a second at once, and ``burst`` at once at least.

    Names are those of tokens, so there are as many as the file has. For one thread.
    """

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._size = max(rate, burst)
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}  # requests, and when

    def wait(self, name: str, requests: float) -> int:
        """Takes ``requests`` for ``name``: 0, or the seconds after which to try again, and nothing is taken."""
        now = self._clock()
        left, since = self._left.get(name, (self._size, now))
        left = min(self._size, left + (now - since) * self._rate)
        if left < requests:
            self._left[name] = (left, now)
            return math.ceil((requests - left) / self._rate)
        self._left[name] = (left - requests, now)
        return 0
