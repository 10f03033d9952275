"""What parses for Workers: processes on this machine (bounced.workers.pool) or a cluster (bounced.workers.cluster)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol

from bounced.model import Parsed

#: CPU time that one message may take. Typical are 1 ms and 60 MB; the slowest of 2,417 hostile messages of 1 MB took
#: 170 ms, 10 % more beside sixteen busy processes, and some machines are ten times slower.
MAIL_SECONDS = 2.0

#: CPU time after which the kernel kills a worker over a message: not everything can be interrupted.
KILL_SECONDS = 2 * MAIL_SECONDS

TOO_SLOW = Parsed("unreadable", problem=f"exceeded {MAIL_SECONDS:g} s of CPU time", seconds=KILL_SECONDS)

Mail = tuple[bytes, datetime, bool]  # content, when it arrived, and whether it may be a part of another message


class Pack(NamedTuple):
    """Tables for a worker, as bounced.classify.pack packs them, and their digest."""

    text: str
    digest: str


class Stopped(Exception):
    """The pool was closed during the call, or is lost; nothing is known about the messages."""


class Ticket(Protocol):
    """For work that was handed over."""

    def result(self) -> list[Parsed]:
        """What the work returns. Raises BrokenProcessPool when there is nothing and no message is to blame,
        ProcessExpired when its process died, TimeoutError when it finished nothing, Stopped, and what the work raised.
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
