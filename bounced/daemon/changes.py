"""Logs every suppression that begins or ends, whoever caused it: a job that follows the outbox, and an output.

1. The position moves only over changes whose lines were written: a kill repeats some lines, and loses none.
2. LINES_LIMIT lines at a time, with a pause after each: the journal drops what comes faster (journald.conf(5),
   RateLimitBurst=: 10,000 lines in 30 seconds).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from bounced.config import Schedule
from bounced.daemon import log
from bounced.ledger.ledger import Receipt
from bounced.ledger.logged import Logged
from bounced.model import Item

#: The name of the job, and between two looks for changes that other programs made.
NAME = "changes"
INTERVAL = Schedule(timedelta(seconds=2))

#: Changes that are logged at once, and seconds until more of them are.
LINES_LIMIT = 300
PAUSE_SECONDS = 2.0

#: Seconds that the lines may take to be written; what takes longer is noted later.
WRITING_SECONDS = 1.0

#: How often LINES_LIMIT changes are logged by a process that polls once; the rest is for the next one.
ROUNDS_LIMIT = 15


class Changes:
    """``wake`` has the job run now, by its name."""

    def __init__(self, logged: Logged, wake: Callable[[str], None]) -> None:
        self._logged = logged
        self._wake = wake
        self._resumes_at = 0.0  # monotonic
        self._position = 0  # the last change that was logged and is not noted
        self._lost = 0  # lines that had been lost before that

    def __call__(self, items: Sequence[Item], receipt: Receipt) -> None:
        """Has the changes of a batch logged immediately."""
        if receipt.started or receipt.ended:
            self._wake(NAME)

    def status(self) -> str:
        """Nothing: all of it is in the log."""
        return ""

    def run(self) -> None:
        """Logs what changed since the last time, or a part of it. Raises LedgerError."""
        if time.monotonic() >= self._resumes_at and self._log():
            self._resumes_at = time.monotonic() + PAUSE_SECONDS

    def once(self) -> None:
        """Logs what there is, as far as the limits go. Raises LedgerError."""
        for _ in range(ROUNDS_LIMIT):
            if not self._log():
                return

    def _log(self) -> bool:
        """Logs LINES_LIMIT changes at most; True when there may be more."""
        if not self._note():
            return False
        self._lost = log.lost()
        notices = self._logged.next(LINES_LIMIT)
        for notice in notices:
            log.change(notice)
        self._position = notices[-1].id if notices else 0
        return self._note() and len(notices) == LINES_LIMIT

    def _note(self) -> bool:
        """Notes what was logged; False while its lines are not written. If some were lost, all of them are repeated."""
        if not self._position:
            return True
        if not log.is_written(WRITING_SECONDS):
            return False
        if log.lost() == self._lost:
            self._logged.note(self._position)
        self._position = 0
        return True
