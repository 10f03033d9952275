"""What the messages of one source, the host that brought them, may take: questions to the DNS, processor time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MINUTE = 60.0
HOUR = 3600.0

#: Seconds of processor time of a message that are free: a thousand times as much as most take.
FREE_SECONDS = 0.1

#: What the messages of one source may take beyond that in an hour.
SECONDS_PER_HOUR = 5.0


class Questions:
    """The questions of the last minute: at most ``limit``, and ``part`` of them for one source."""

    def __init__(self, limit: int, part: int) -> None:
        self._limit, self._part = limit, part
        self._spent: list[tuple[float, str]] = []

    def allows(self, source: str, now: float) -> bool:
        """True when one more may be asked for ``source``."""
        self._spent = [(when, by) for when, by in self._spent if now - when < MINUTE]
        own = sum(by == source for _, by in self._spent)
        return len(self._spent) < self._limit and own < self._part

    def spend(self, source: str, now: float, cost: int) -> None:
        """Counts ``cost`` questions."""
        self._spent += [(now, source)] * cost


class ProcessorTime:
    """The processor time of the last hour by source. Any thread may call any method."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._spent: list[tuple[float, str, float]] = []

    def spend(self, source: Callable[[], str], seconds: float) -> None:
        """Counts what a message took, for the ``source`` of those that are not free."""
        if seconds > FREE_SECONDS:
            entry = (self._clock(), source(), seconds - FREE_SECONDS)
            with self._lock:
                self._spent.append(entry)

    def used_up(self) -> frozenset[str]:
        """The sources that have had their time."""
        with self._lock:
            now = self._clock()
            self._spent = [entry for entry in self._spent if now - entry[0] < HOUR]
            seconds: dict[str, float] = {}
            for _, source, took in self._spent:
                seconds[source] = seconds.get(source, 0.0) + took
            return frozenset(source for source, total in seconds.items() if total >= SECONDS_PER_HOUR)
