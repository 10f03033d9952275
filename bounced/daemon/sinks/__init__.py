"""Sinks: where the daemon delivers every change of the outbox to, at least once, and in order for each address.

A new kind of sink is a class with the methods of ``Sink``, and a row in ``configured.KINDS``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from bounced.ledger.sinks import Notice
from bounced.policy import Suppression, patterns

#: What is in force for the key of an address now, for sinks that tell the state instead of the change.
Current = Callable[[str], Suppression | None]


class Unavailable(Exception):
    """A sink takes nothing at present; not before ``seconds``, when it said so. The text is for people."""

    def __init__(self, problem: str, seconds: float = 0.0) -> None:
        super().__init__(problem)
        self.seconds = seconds


class Refused(Exception):
    """A sink will never take this change. The text is for people."""


class Sink(Protocol):
    """One place that takes changes. ``lanes`` is how many may be delivered at once, of different addresses."""

    lanes: int

    def deliver(self, notice: Notice) -> None:
        """Delivers a change, perhaps not for the first time. Raises Unavailable or Refused."""
        ...

    def flush(self) -> None:
        """Called after some deliveries, before they are noted: whatever was delivered must last. Raises Unavailable."""
        ...

    def close(self) -> None:
        """Ends it, whatever it is waiting for."""
        ...


def message(notice: Notice) -> dict[str, Any]:
    """What every sink is told of a change, as in a Standard Webhooks payload."""
    return {
        "id": notice.id,
        "type": notice.type,
        "timestamp": notice.written_at,
        "data": {"address": notice.address, **({"tenant": notice.tenant} if notice.tenant else {}), **notice.data},
    }


def is_told(notice: Notice) -> bool:
    """True for a change of what is in force for one address, which is all that other programs know."""
    return notice.type.startswith("suppression.") and not patterns.is_pattern(notice.address)
