"""The parts of a daemon that its polls and jobs share; handed down from the service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bounced.ledger.ledger import Ledger
from bounced.pipeline import Observer
from bounced.workers import Workers


@dataclass(frozen=True, slots=True)
class Context:
    """One of each."""

    ledger: Ledger
    workers: Workers
    observe: Observer
    run_in: Callable[[str, float], None]  # (name, seconds): runs that job then, unless it is due sooner
