"""The poll of one folder: takes what is new, settles what is left, and leaves alone for a while what failed.

1. A failing account is left alone by all its folders; a folder that fails by itself leaves the others alone.
2. The poll never ends the daemon, unless the database is lost. What could not be done now is tried again by itself.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from bounced import log, pipeline, times
from bounced.backoff import DATABASE, Backoff, Draw
from bounced.imap import FolderMissing, ImapMailbox, LoginRefused, Unreachable
from bounced.ledger import Ledger
from bounced.model import LedgerError, MailboxError
from bounced.pause import Pause
from bounced.pipeline import Observer
from bounced.pool import Stopped
from bounced.workers import Workers

#: Something else to be done with a mailbox, in the turn of its poll.
Task = Callable[[ImapMailbox, Ledger, Workers, Observer], None]


class Poller:
    """One folder.

    ``run_in`` is told in how many seconds the poll is to be tried again, ``found`` of each poll that found the folder,
    and whether the one before had failed.
    """

    def __init__(
        self,
        mailbox: ImapMailbox,
        account: Pause,
        ledger: Ledger,
        workers: Workers,
        observe: Observer,
        run_in: Callable[[str, float], None],
        draw: Draw = random.uniform,
        found: Callable[[bool], None] = lambda recovered: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = mailbox.name
        self._mailbox = mailbox
        self._account = account
        self._ledger = ledger
        self._workers = workers
        self._observe = observe
        self._run_in = run_in
        self._found = found
        self._folder = Pause(Backoff(draw), clock)
        self._database = Pause(Backoff(draw, DATABASE), clock)
        self._episode = log.Episode(clock)
        self._turn = threading.Lock()  # held while the connection is in use
        self._tasks: dict[str, Task] = {}
        self._ended = False

    @property
    def problem(self) -> str:
        """What stopped the last poll, ``""`` when it went through."""
        return self._episode.problem

    def ask(self, name: str, task: Task) -> None:
        """Has ``task`` done by the next poll that goes through, once."""
        self._tasks[name] = task

    def poll(self) -> None:
        """Takes what is new, or says when to try again. Raises LedgerError when the database is lost."""
        with self._turn:
            if self._ended:
                return
            wait = max(pause.left() for pause in (self._account, self._folder, self._database))
            if wait:
                self._run_in(self.name, wait)
                return
            try:
                there = self._work()
            except Stopped:
                return
            except MailboxError as error:
                self._mailbox_failed(error)
            except LedgerError as error:
                self._ledger_failed(error)
            else:
                self._recovered(there)
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
        remark = self._unless_missing(self._take)
        for receipt in self._ledger.attribute():
            self._observe((), receipt)
        for name, task in list(self._tasks.items()):
            self._unless_missing(partial(task, self._mailbox, self._ledger, self._workers, self._observe))
            del self._tasks[name]
        cursor = self._ledger.folders.cursor(self.name)
        self._ledger.folders.polled(self.name, cursor.uid if cursor else 0, remark, failing=False)
        return not remark

    def _take(self) -> None:
        with log.poll(self.name, self._observe) as observe:
            pipeline.look_back(self._mailbox, self._ledger)
            pipeline.drain(self._mailbox, self._ledger, self._workers, observe, resume=True)
            pipeline.catch_up(self._mailbox, self._ledger, self._workers, observe)

    def _unless_missing(self, work: Callable[[], None]) -> str:
        """Does ``work``; returns what there is to say when the folder is missing and need not be there."""
        try:
            work()
        except FolderMissing as missing:
            if not missing.optional:
                raise
            return str(missing)
        return ""

    def _mailbox_failed(self, error: MailboxError) -> None:
        if self._ended:
            return
        pause = self._account if isinstance(error, Unreachable) else self._folder
        pause.failed(refused=isinstance(error, LoginRefused))
        self._say(str(error))
        wait = pause.left()
        self._run_in(self.name, wait)
        try:
            next_try = times.now() + timedelta(seconds=wait)
            self._ledger.folders.polled(self.name, self._mailbox.last_uid, str(error), next_try)
        except LedgerError as lost:
            self._ledger_failed(lost)

    def _ledger_failed(self, error: LedgerError) -> None:
        if not error.passing:
            raise error
        self._database.failed()
        self._say(str(error))
        self._run_in(self.name, self._database.left())

    def _recovered(self, there: bool) -> None:
        for pause in (self._account, self._folder, self._database):
            pause.recovered()
        recovered = self._episode.recovered()
        if recovered:
            log.fact(logging.WARNING, "poll", mailbox=self.name, recovered="yes")
        if there:
            self._found(recovered)

    def _say(self, problem: str) -> None:
        if self._episode.failed(problem):
            log.fact(logging.WARNING, "poll", mailbox=self.name, problem=problem)
