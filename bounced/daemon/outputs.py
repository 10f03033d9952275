"""The observers of every batch that the daemon has taken, in order: counters and log.

1. An output is called after the commit, in the thread of the poll: it never raises, and never waits.
2. Each daemon makes its own. A new output is a file with such a class, and a row here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from bounced.daemon import log, progress
from bounced.ledger.ledger import Receipt
from bounced.model import Item


class Output(Protocol):
    """One output of one daemon. May be called from several threads."""

    def __call__(self, items: Sequence[Item], receipt: Receipt) -> None:
        """Called with every batch that the ledger took, after commit."""
        ...

    def status(self) -> str:
        """Its part of the daemon's status line, ``""`` for none."""
        ...


OUTPUTS: tuple[Callable[[], Output], ...] = (progress.Counts, log.Batches)


class Outputs:
    """All of OUTPUTS, and ``others``, as the one observer that pipeline and pollers call."""

    def __init__(self, *others: Output) -> None:
        self._outputs = (*(make() for make in OUTPUTS), *others)

    def __call__(self, items: Sequence[Item], receipt: Receipt) -> None:
        """Passes a batch on to every output."""
        for output in self._outputs:
            output(items, receipt)

    def status(self) -> str:
        """Their parts of the status line."""
        return "; ".join(filter(None, (output.status() for output in self._outputs)))
