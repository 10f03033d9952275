"""How long to leave a server alone that failed: exponential with full jitter.

Full jitter (a wait drawn from the whole range) spreads those who were cut off together over the time in which they
come back: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.
"""

from __future__ import annotations

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
