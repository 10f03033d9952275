"""The poll of one folder: takes what is new, settles what is left, and backs off from what failed.

1. When an account fails, all its folders back off but those that have a connection; a folder that fails alone backs off
   alone. So does one that repeatedly can't connect while others can: the server may limit the connections of a user.
2. Settling and tasks are retried on their own, and never keep a message from being counted.
3. A poll never stops the daemon, unless the database is lost. What could not be done now is retried later.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from bounced import pipeline, times
from bounced.daemon import log
from bounced.daemon.context import Context
from bounced.errors import FolderMissing, LedgerError, LoginRefused, MailboxError, Throttled, Unreachable
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import Item
from bounced.pipeline import Observer, Unsettled
from bounced.sources import Polled, Watcher
from bounced.sources.retry import DATABASE_WAIT, Backoff, Draw, Pause
from bounced.workers import Workers
from bounced.workers.pools import Stopped

#: Something else to do with a mailbox, in the turn of its poll.
Task = Callable[[Polled, Ledger, Workers, Observer], None]


#: Errors after which a try soon would do harm.
_HARMFUL = (LoginRefused, Throttled)


class Poller:
    """One folder.

    ``account`` is the pause that the folders of one account share. ``watcher`` is called after each poll that found the
    folder.
    """

    def __init__(
        self,
        mailbox: Polled,
        account: Pause,
        context: Context,
        watcher: Watcher | None = None,
        *,
        draw: Draw = random.uniform,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = mailbox.name
        self._mailbox = mailbox
        self._account = account
        self._context = context
        self._ledger = context.ledger
        self._watcher = watcher
        self._clock = clock
        self._step_at: float | None = None  # while it polls: when it began, or took the last batch
        self._folder = Pause(Backoff(draw), clock)
        self._chores = Pause(Backoff(draw), clock)  # other work: settling, tasks
        self._database = Pause(Backoff(draw, DATABASE_WAIT), clock)
        self._problem = ""
        self._succeeded = False  # whether any poll did
        self._waits_until = 0.0  # for its account, as recorded in the ledger
        self._others: int | None = None  # successful polls of the account, by its last failure here
        self._turn = threading.Lock()  # held while the connection is in use
        self._tasks: dict[str, Task] = {}
        self._ended = False

    @property
    def problem(self) -> str:
        """Why the last poll failed, or what it could not do; ``""`` when it succeeded."""
        return self._problem or self._chores.problem

    @property
    def well(self) -> bool:
        """True when the last poll succeeded and left nothing undone; False before the first one."""
        return self._succeeded and not self.problem

    @property
    def idle_for(self) -> float:
        """Seconds that the poll under way has taken nothing, 0.0 when there is none; any thread may ask."""
        step_at = self._step_at
        return 0.0 if step_at is None else self._clock() - step_at

    def ask(self, name: str, task: Task) -> None:
        """Runs ``task`` once, after the next successful poll."""
        self._tasks[name] = task

    def poll(self) -> None:
        """Takes what is new, or schedules a retry. Raises LedgerError when the database is lost."""
        with self._turn:
            if self._ended:
                return
            self._step_at = self._clock()
            try:
                if not self._waits():
                    self._recovered(self._work())
            except Stopped:
                return
            except MailboxError as error:
                self._mailbox_failed(error)
            except LedgerError as error:
                self._ledger_failed(error)
            finally:
                self._step_at = None
                if self._ended:
                    self._mailbox.close()

    def end(self, patience: float) -> None:
        """Hangs up for good, once the current poll has ended or ``patience`` seconds are over."""
        if self._turn.acquire(timeout=max(0.0, patience)):
            self._ended = True
            self._mailbox.close()
            self._turn.release()
        else:
            self._ended = True
            self._mailbox.interrupt()

    def _work(self) -> bool:
        """False when the folder does not exist, and need not."""
        if not self._succeeded:
            self._ledger.folders.begun(self.name)
        due = not self._chores.left()
        missing, trouble = "", None
        try:
            missing = self._unless_missing(partial(self._take, settle=due))
        except Unsettled as error:
            trouble = error
        for receipt in self._ledger.attribute():
            self._context.observe((), receipt)
        if due:
            self._chores_done(trouble or self._do_tasks())
        left = self._chores.left()
        cursor = self._ledger.folders.cursor(self.name)
        next_try = times.now() + timedelta(seconds=left) if left else None
        remark = missing or self._chores.problem or self._mailbox.remark
        self._ledger.folders.polled(self.name, cursor.uid if cursor else 0, remark, next_try, failing=False)
        self._ledger.expirations.note(self.name.partition("/")[0], self._mailbox.expirations)
        return not missing

    def _take(self, *, settle: bool) -> None:
        with log.poll(self.name, self._observe) as observe:
            pipeline.look_back(self._mailbox, self._ledger)
            pipeline.drain(self._mailbox, self._ledger, self._context.workers, observe, resume=True, settle=settle)
            pipeline.catch_up(self._mailbox, self._ledger, self._context.workers, observe, settle=settle)

    def _do_tasks(self) -> MailboxError | None:
        """Runs the tasks; returns the first failure."""
        try:
            for name, task in list(self._tasks.items()):
                self._unless_missing(partial(self._do, task))
                del self._tasks[name]
        except MailboxError as error:
            return error
        return None

    def _do(self, task: Task) -> None:
        task(self._mailbox, self._ledger, self._context.workers, self._observe)

    def _observe(self, items: Sequence[Item], receipt: Receipt) -> None:
        self._step_at = self._clock()
        self._context.observe(items, receipt)

    def _chores_done(self, trouble: MailboxError | None) -> None:
        if not trouble:
            self._log_recovered(self._chores)
        elif not self._ended:
            self._log_failed(self._chores, str(trouble), refused=isinstance(trouble, _HARMFUL))
            self._context.run_in(self.name, self._chores.left())

    def _unless_missing(self, work: Callable[[], None]) -> str:
        """Does ``work``; returns a remark when the folder is missing, and need not exist."""
        try:
            work()
        except FolderMissing as missing:
            if not missing.optional:
                raise
            return str(missing)
        return ""

    def _waits(self) -> bool:
        """True while it backs off: schedules the retry, and records the reason when it waits with its account."""
        wait = max(self._folder.left(), self._database.left())
        account = 0.0 if self._mailbox.connected else self._account.left()
        if max(wait, account):
            self._context.run_in(self.name, max(wait, account))
        if account > wait and self._account.until != self._waits_until:
            self._note(self._account, self._account.problem, account)
            self._waits_until = self._account.until
        return max(wait, account) > 0

    def _mailbox_failed(self, error: MailboxError) -> None:
        if self._ended:
            return
        pause = self._whose(error)
        pause.login_refused = isinstance(error, LoginRefused)
        self._log_failed(pause, str(error), refused=isinstance(error, _HARMFUL))
        wait = pause.left()
        self._context.run_in(self.name, wait)
        try:
            self._note(pause, str(error), wait)
        except LedgerError as lost:
            self._ledger_failed(lost)

    def _whose(self, error: MailboxError) -> Pause:
        if not isinstance(error, Unreachable):
            return self._folder
        before, self._others = self._others, self._account.successes
        return self._account if before in (None, self._others) else self._folder

    def _note(self, pause: Pause, problem: str, wait: float) -> None:
        self._problem = problem
        next_try = times.now() + timedelta(seconds=wait)
        last_uid, login_refused = self._mailbox.last_uid, pause.login_refused
        self._ledger.folders.polled(self.name, last_uid, problem, next_try, login_refused=login_refused)

    def _ledger_failed(self, error: LedgerError) -> None:
        if not error.passing:
            raise error
        self._problem = str(error)
        self._log_failed(self._database, str(error))
        self._context.run_in(self.name, self._database.left())

    def _recovered(self, exists: bool) -> None:
        recovered, self._problem, self._others, self._succeeded = bool(self._problem), "", None, True
        for pause in (self._account, self._folder, self._database):
            self._log_recovered(pause)
        if exists and self._watcher:
            self._watcher.polled(recovered=recovered)

    def _log_recovered(self, pause: Pause) -> None:
        if pause.end():
            log.fact(logging.WARNING, "poll-recovered", **self._name(pause))

    def _log_failed(self, pause: Pause, problem: str, *, refused: bool = False) -> None:
        if pause.begin(problem, refused=refused):
            log.fact(logging.WARNING, "poll-failed", **self._name(pause), problem=problem)

    def _name(self, pause: Pause) -> dict[str, Any]:
        """The account or the folder: what fails for an account is logged once, not for each folder."""
        return {"account": self._mailbox.account_name} if pause is self._account else {"mailbox": self.name}
