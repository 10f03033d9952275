"""Whether the daemon makes progress, for the watchdog, and its status line. (`bounced health` is about campaigns.)"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bounced.daemon.poller import Poller
from bounced.daemon.scheduler import Scheduler
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import Item
from bounced.peer import counted
from bounced.workers import Workers

#: Seconds that one call of the ledger may take: a new policy judges every address again, a million in a minute.
WRITER_LIMIT = 300.0

#: Seconds in which the workers parse at least one of the messages queued; they recover by themselves sooner.
WORKERS_LIMIT = 180.0

#: Seconds in which a poll takes at least one batch or ends: every wait for a server is much shorter.
POLL_LIMIT = 3600.0

#: Failing folders that the status line names.
NAMES_LIMIT = 3


class Counts:
    """Totals since the start: an output."""

    def __init__(self) -> None:
        self._messages = 0
        self._suppressed = 0

    def __call__(self, items: Sequence[Item], receipt: Receipt) -> None:
        """Adds a batch."""
        self._messages += sum(
            intake.outcome == "counted" and not (item.parsed and item.parsed.canary)
            for item, intake in zip(items, receipt.intakes, strict=False)
        )
        self._suppressed += len(receipt.started)

    def status(self) -> str:
        """The numbers."""
        return f"{counted(self._messages, 'message')} counted, {counted(self._suppressed, 'suppression')}"


class Progress:
    """Watches the parts of one daemon that can get stuck."""

    def __init__(
        self, scheduler: Scheduler, workers: Workers, ledger: Ledger, pollers: Callable[[], Sequence[Poller]]
    ) -> None:
        self._scheduler = scheduler
        self._workers = workers
        self._ledger = ledger
        self._pollers = pollers

    def problem(self) -> str:
        """The part that makes no progress, ``""`` when all do."""
        if not self._scheduler.beating:
            return "scheduler stopped"
        if self._ledger.busy_for > WRITER_LIMIT:
            return f"database has not answered for {WRITER_LIMIT:g} s"
        if self._workers.stalled_for > WORKERS_LIMIT:
            return f"workers stalled for {WORKERS_LIMIT:g} s with messages queued"
        hanging = [poller.name for poller in self._pollers() if poller.idle_for > POLL_LIMIT]
        return f"{hanging[0]}: poll has taken nothing for {POLL_LIMIT:g} s" if hanging else ""


def folders_status(pollers: Sequence[Poller]) -> str:
    """How many folders could be read, and some of those that could not."""
    failing = [poller.name for poller in pollers if poller.problem]
    names = ", ".join(failing[:NAMES_LIMIT]) + (", …" if len(failing) > NAMES_LIMIT else "")
    well = f"{sum(poller.well for poller in pollers)} of {len(pollers)} folders OK"
    return "; ".join(filter(None, [well, f"failing: {names}" if names else ""]))
