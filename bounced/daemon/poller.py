"""The poll of one folder: takes what is new, settles what is left, and leaves alone for a while what failed.

1. A failing account is left alone by all its folders but those that have a connection; a folder that fails by itself
   leaves the others alone. One that can't connect, again, though others could since, does so by itself: the server may
   let the user have so many connections and no more.
2. What can't be settled, and what else there is to do, is tried again by itself and keeps no mail from being counted.
3. The poll never ends the daemon, unless the database is lost. What could not be done now is tried again by itself.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from bounced import pipeline, times
from bounced.daemon import log
from bounced.daemon.context import Context
from bounced.errors import FolderMissing, LedgerError, LoginRefused, MailboxError, Unreachable
from bounced.ledger.ledger import Ledger
from bounced.pipeline import Observer, Unsettled
from bounced.retry import DATABASE, Backoff, Draw, Pause
from bounced.sources import Polled, Watcher
from bounced.workers import Workers
from bounced.workers.pool import Stopped

#: Something else to be done with a mailbox, in the turn of its poll.
Task = Callable[[Polled, Ledger, Workers, Observer], None]


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
        self._folder = Pause(Backoff(draw), clock)
        self._chores = Pause(Backoff(draw), clock)  # what there is to do beside reading: settling, tasks
        self._database = Pause(Backoff(draw, DATABASE), clock)
        self._problem = ""
        self._through = False  # whether any poll went through
        self._waits_until = 0.0  # for its account, as the ledger knows
        self._others: int | None = None  # how many polls of the account had gone through when this one failed last
        self._turn = threading.Lock()  # held while the connection is in use
        self._tasks: dict[str, Task] = {}
        self._ended = False

    @property
    def problem(self) -> str:
        """What stopped the last poll, or what it could not do, ``""`` when all went through."""
        return self._problem or self._chores.problem

    @property
    def well(self) -> bool:
        """True when the last poll went through and could do all that there was to do; not before the first one."""
        return self._through and not self.problem

    def ask(self, name: str, task: Task) -> None:
        """Has ``task`` done by the next poll that goes through, once."""
        self._tasks[name] = task

    def poll(self) -> None:
        """Takes what is new, or says when to try again. Raises LedgerError when the database is lost."""
        with self._turn:
            if self._ended:
                return
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
                if self._ended:
                    self._mailbox.close()

    def end(self, patience: float) -> None:
        """Hangs up for good, once the poll that is under way has ended or ``patience`` seconds are over."""
        if self._turn.acquire(timeout=max(0.0, patience)):
            self._ended = True
            self._mailbox.close()
            self._turn.release()
        else:
            self._ended = True
            self._mailbox.interrupt()

    def _work(self) -> bool:
        """False when the folder is not there, and need not be."""
        if not self._through:
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
            self._chores_went(trouble or self._do_tasks())
        left = self._chores.left()
        cursor = self._ledger.folders.cursor(self.name)
        next_try = times.now() + timedelta(seconds=left) if left else None
        remark = missing or self._chores.problem
        self._ledger.folders.polled(self.name, cursor.uid if cursor else 0, remark, next_try, failing=False)
        return not missing

    def _take(self, *, settle: bool) -> None:
        with log.poll(self.name, self._context.observe) as observe:
            pipeline.look_back(self._mailbox, self._ledger)
            pipeline.drain(self._mailbox, self._ledger, self._context.workers, observe, resume=True, settle=settle)
            pipeline.catch_up(self._mailbox, self._ledger, self._context.workers, observe, settle=settle)

    def _do_tasks(self) -> MailboxError | None:
        """Does what was asked for; returns what failed."""
        try:
            for name, task in list(self._tasks.items()):
                self._unless_missing(partial(self._do, task))
                del self._tasks[name]
        except MailboxError as error:
            return error
        return None

    def _do(self, task: Task) -> None:
        task(self._mailbox, self._ledger, self._context.workers, self._context.observe)

    def _chores_went(self, trouble: MailboxError | None) -> None:
        if not trouble:
            self._tell_recovered(self._chores)
        elif not self._ended:
            self._say(self._chores, str(trouble), refused=isinstance(trouble, LoginRefused))
            self._context.run_in(self.name, self._chores.left())

    def _unless_missing(self, work: Callable[[], None]) -> str:
        """Does ``work``; returns what there is to say when the folder is missing and need not be there."""
        try:
            work()
        except FolderMissing as missing:
            if not missing.optional:
                raise
            return str(missing)
        return ""

    def _waits(self) -> bool:
        """True when it is not to be tried yet; says when, and in the ledger what it waits for with its account."""
        wait = max(self._folder.left(), self._database.left())
        account = 0.0 if self._mailbox.connected else self._account.left()
        if max(wait, account):
            self._context.run_in(self.name, max(wait, account))
        if account > wait and self._account.until != self._waits_until:
            self._note(self._account.problem, account)
            self._waits_until = self._account.until
        return max(wait, account) > 0

    def _mailbox_failed(self, error: MailboxError) -> None:
        if self._ended:
            return
        pause = self._whose(error)
        self._say(pause, str(error), refused=isinstance(error, LoginRefused))
        wait = pause.left()
        self._context.run_in(self.name, wait)
        try:
            self._note(str(error), wait)
        except LedgerError as lost:
            self._ledger_failed(lost)

    def _whose(self, error: MailboxError) -> Pause:
        if not isinstance(error, Unreachable):
            return self._folder
        before, self._others = self._others, self._account.successes
        return self._account if before in (None, self._others) else self._folder

    def _note(self, problem: str, wait: float) -> None:
        self._problem = problem
        next_try = times.now() + timedelta(seconds=wait)
        self._ledger.folders.polled(self.name, self._mailbox.last_uid, problem, next_try)

    def _ledger_failed(self, error: LedgerError) -> None:
        if not error.passing:
            raise error
        self._problem = str(error)
        self._say(self._database, str(error))
        self._context.run_in(self.name, self._database.left())

    def _recovered(self, there: bool) -> None:
        recovered, self._problem, self._others, self._through = bool(self._problem), "", None, True
        for pause in (self._account, self._folder, self._database):
            self._tell_recovered(pause)
        if there and self._watcher:
            self._watcher.polled(recovered=recovered)

    def _tell_recovered(self, pause: Pause) -> None:
        if pause.recovered():
            log.fact(logging.WARNING, "poll-recovered", **self._name(pause))

    def _say(self, pause: Pause, problem: str, *, refused: bool = False) -> None:
        if pause.failed(problem, refused=refused):
            log.fact(logging.WARNING, "poll-failed", **self._name(pause), problem=problem)

    def _name(self, pause: Pause) -> dict[str, Any]:
        """Whose trouble it is: what fails for the account is told once, and not by each folder."""
        return {"account": self._mailbox.account_name} if pause is self._account else {"mailbox": self.name}
