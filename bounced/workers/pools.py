"""What parses for Workers: processes on this machine (bounced.workers.pool) or a cluster (bounced.workers.cluster)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bounced.model import Parsed


class Stopped(Exception):
    """The pool was closed during the call, or is lost; nothing is known about the messages."""


class Ticket(Protocol):
    """For work that was handed over."""

    def result(self) -> list[Parsed]:
        """What the work returns. Raises BrokenProcessPool when there is nothing and no message is to blame,
        ProcessExpired when its process died, TimeoutError when it took too long, Stopped, and what the work raised.
        """
        ...

    def give_up(self) -> None:
        """Forgets it: nobody waits for it any longer. What has not begun does not begin."""
        ...


class Pool(Protocol):
    """Runs work in processes that can be killed. Any thread may call any method."""

    def schedule(self, work: Callable[[], list[Parsed]]) -> Ticket:
        """Hands ``work`` over; it is pickled. Raises Stopped."""
        ...

    @property
    def stalled_for(self) -> float:
        """Seconds since something was finished while others wait, 0.0 when nothing waits."""
        ...

    def close(self) -> None:
        """Ends what it started; calls that wait for a result raise Stopped."""
        ...
