"""What every poll and job of one daemon works with; handed down from the service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bounced.ledger.ledger import Ledger
from bounced.pipeline import Observer
from bounced.workers import Workers


@dataclass(frozen=True, slots=True)
class Context:
    """The parts that there is one of."""

    ledger: Ledger
    workers: Workers
    observe: Observer
    run_in: Callable[[str, float], None]  # runs the job of that name in so many seconds, unless it is due sooner
