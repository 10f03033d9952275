"""Whether the daemon makes progress: what the watchdog is told by, and the one line that says how it goes."""

from __future__ import annotations

from collections.abc import Sequence

from bounced.daemon.poller import Poller
from bounced.daemon.scheduler import Scheduler
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import Item
from bounced.workers import Workers

#: Seconds that one call of the ledger may last: another policy judges every address again, a million in a minute.
WRITER_LIMIT = 300.0

#: Seconds in which at least one mail comes out of the workers while mails wait; they mend themselves sooner.
WORKERS_LIMIT = 180.0

#: Failing folders that the line names.
NAMED = 3


class Progress:
    """Of one daemon. ``count`` is to be told of every batch that the ledger took."""

    def __init__(self, scheduler: Scheduler, workers: Workers, ledger: Ledger) -> None:
        self._scheduler = scheduler
        self._workers = workers
        self._ledger = ledger
        self._mails = 0
        self._suppressed = 0

    def count(self, _: Sequence[Item], receipt: Receipt) -> None:
        """Counts what a batch came to."""
        self._mails += sum(intake.outcome == "counted" for intake in receipt.intakes)
        self._suppressed += len(receipt.started)

    def problem(self) -> str:
        """What makes no progress, ``""`` when all does."""
        if not self._scheduler.beating:
            return "the scheduler does not run its jobs any more"
        if self._ledger.busy_for > WRITER_LIMIT:
            return f"the database has not answered for {WRITER_LIMIT:g} s"
        if self._workers.stalled_for > WORKERS_LIMIT:
            return f"no mail was read for {WORKERS_LIMIT:g} s, and mails are waiting"
        return ""

    def status(self, pollers: Sequence[Poller]) -> str:
        """How the mailboxes are, and what was counted since the start."""
        failing = [poller.name for poller in pollers if poller.problem]
        named = ", ".join(failing[:NAMED]) + (", …" if len(failing) > NAMED else "")
        well = f"{sum(poller.well for poller in pollers)} of {len(pollers)} folders well"
        counted = f"{self._mails} mails counted, {self._suppressed} suppressions"
        return "; ".join(filter(None, [well, f"failing: {named}" if named else "", counted]))
