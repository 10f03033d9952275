"""Blocks in the log: a line for each provider and text at once, and then one an hour, not a line for each message."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bounced.model import Event
from bounced.policy.providers import provider
from bounced.policy.units import normalized
from bounced.sources.retry import REMINDER_INTERVAL

#: Providers and texts that are told apart: what else comes in an hour is counted together.
DIGESTS_LIMIT = 500


@dataclass(slots=True)
class Digest:
    """What one provider said in the same words since the last line."""

    provider: str
    text: str  # verbatim, the first one
    events: int = 0
    logged_at: float | None = None  # seconds of the clock; None for never

    def is_due(self, now: float) -> bool:
        """True when a line is due: the first one, or an hour after the last."""
        return self.events > 0 and (self.logged_at is None or now - self.logged_at >= REMINDER_INTERVAL)

    def is_over(self, now: float) -> bool:
        """True when there was nothing to log for an hour."""
        return not self.events and self.logged_at is not None and now - self.logged_at >= REMINDER_INTERVAL


class Blocks:
    """Counts blocks between two lines. From any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._digests: dict[tuple[str, str], Digest] = {}

    def add(self, events: Iterable[Event]) -> list[Digest]:
        """Counts ``events``, and returns what is to be logged now, of these and of earlier ones."""
        with self._lock:
            for event in events:
                self._digest(provider(event.address, event.remote_mta), event.diagnostic_code).events += 1
            return list(self._due(self._clock()))

    def _digest(self, name: str, text: str) -> Digest:
        key = name, normalized(text)
        if key not in self._digests and len(self._digests) >= DIGESTS_LIMIT:
            name, text, key = "other providers", "", ("", "")
        return self._digests.setdefault(key, Digest(name, text))

    def _due(self, now: float) -> Iterator[Digest]:
        self._digests = {key: digest for key, digest in self._digests.items() if not digest.is_over(now)}
        for digest in self._digests.values():
            if digest.is_due(now):
                yield Digest(digest.provider, digest.text, digest.events)
                digest.events, digest.logged_at = 0, now
