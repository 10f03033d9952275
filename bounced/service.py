"""The daemon: a poll job for every folder and a daily housekeeping, run by APScheduler and watched by the main thread.

1. The main thread owns signals, the watchdog and the end; jobs only work.
2. A broken mailbox is a line in the log and in `bounced status`; a lost database ends the daemon.
3. IDLE only wakes the poll. A wake-up while the poll runs is not lost: it is remembered and the poll runs again.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor as PoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from bounced import config, log, pipeline, sources
from bounced.imap import Idler, ImapMailbox
from bounced.ledger import Ledger
from bounced.model import LedgerError, MailboxError, UserError
from bounced.notify import notify, watchdog_seconds
from bounced.settings import Config
from bounced.workers import Stopped, Workers

#: Seconds between two looks of the main thread at signals, watchdog and jobs.
TICK = 0.5

#: Seconds after which a scheduler that did not run the heartbeat job counts as dead.
HEARTBEAT_LIMIT = 60.0

#: Seconds that a poll has to settle its batch when the daemon is told to end.
GRACE = 0.8

EXIT_SOFTWARE = 70  # EX_SOFTWARE of sysexits.h
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Poller:
    """The poll job of one folder. Only ``interrupt``, ``dirty`` and ``done`` are for other threads."""

    def __init__(self, mailbox: ImapMailbox, ledger: Ledger, workers: Workers) -> None:
        self.mailbox = mailbox
        self.dirty = threading.Event()
        self.done = threading.Event()  # set while no poll is under way
        self.done.set()
        self._ledger = ledger
        self._workers = workers
        self._failing = False
        self._interrupted = False

    def interrupt(self) -> None:
        """Ends the poll that is under way, if there is one, for good."""
        self._interrupted = True
        self.mailbox.interrupt()

    def poll(self) -> None:
        """Takes what is new, then settles what is left; a mailbox that can't be read is noted and tried next time."""
        self.done.clear()
        self.dirty.clear()
        name = self.mailbox.name
        try:
            pipeline.drain(self.mailbox, self._ledger, self._workers, log.batch, resume=True)
            pipeline.catch_up(self.mailbox, self._ledger)
            attribute(self._ledger)
            cursor = self._ledger.cursor(name)
            self._ledger.polled(name, cursor.uid if cursor else 0)
        except MailboxError as error:
            if self._interrupted:
                return
            self._note(str(error))
            self._ledger.polled(name, self.mailbox.last_uid, str(error))
        except LedgerError as error:
            if not error.passing:
                raise
            self._note(str(error))
        else:
            self._note("")
        finally:
            self.done.set()

    def _note(self, problem: str) -> None:
        """Logs the first failure and the recovery, not every failure between them."""
        if problem and not self._failing:
            log.log.warning("%s", log.line("poll", mailbox=self.mailbox.name, problem=problem))
        if self._failing and not problem:
            log.log.warning("%s", log.line("poll", mailbox=self.mailbox.name, recovered="yes"))
        self._failing = bool(problem)


class Service:
    """The daemon for one configuration, which ``reread`` reads anew; ``run`` returns its exit status."""

    def __init__(self, found: Config, ledger: Ledger, workers: Workers, reread: Callable[[], Config]) -> None:
        self._keep_unread = found.database.keep_unread
        self._ledger = ledger
        self._workers = workers
        self._reread = reread
        self._fatal: list[BaseException] = []
        self._beat_at = time.monotonic()
        self._pollers: dict[str, Poller] = {}
        self._idlers: list[Idler] = []
        self._scheduler = self._new_scheduler(sum(len(box.folders) for box in found.mailbox.values()))
        for name in found.mailbox:
            self._add(found, name)
        self._every(timedelta(seconds=5), self._beat, "heartbeat")
        self._every(timedelta(days=1), self._housekeep, "housekeeping")

    def run(self) -> int:
        """Works until SIGTERM or SIGINT (0), a lost database (74) or a fault of our own (70); SIGHUP reloads.

        To be called in the main thread, with SIGNALS blocked since before any other thread was started.
        """
        self._scheduler.start()
        for idler in self._idlers:
            idler.start()
        log.log.info("%s", log.line("started", database=self._ledger.path, mailboxes=",".join(self._pollers)))
        notify("READY=1", f"STATUS=watching {len(self._pollers)} folders")
        status = self._supervise()
        notify("STOPPING=1")
        self._stop()
        log.log.info("%s", log.line("stopped", status=status))
        return status

    def _supervise(self) -> int:
        every, told_at = watchdog_seconds() / 2, 0.0
        while True:
            sent = signal.sigtimedwait(SIGNALS, TICK)
            if sent and sent.si_signo == signal.SIGHUP:
                self._reload()
            elif sent:
                return 0
            if self._fatal:
                return self._say_fatal(self._fatal[0])
            if time.monotonic() - self._beat_at > HEARTBEAT_LIMIT:
                log.log.critical("%s", log.line("dead", problem="the scheduler does not run its jobs any more"))
                return EXIT_SOFTWARE
            if every and time.monotonic() - told_at >= every:
                notify("WATCHDOG=1")
                told_at = time.monotonic()

    def _reload(self) -> None:
        """Takes marks, rules and policy from the configuration as it is now, or keeps the old ones when it is wrong."""
        try:
            found = self._reread()
            self._workers.configure(found.marks(), config.rules(found))
            self._ledger.adopt(found.rule())
        except UserError as error:
            for problem in error.problems:
                log.log.error("%s", log.line("reload", refused="yes", problem=problem))
        else:
            log.log.info("%s", log.line("reloaded", database=self._ledger.path))

    def _say_fatal(self, error: BaseException) -> int:
        if isinstance(error, LedgerError):
            log.log.critical("%s", log.line("lost", problem=error))
            return error.exit_code
        log.log.critical("%s", log.line("fault", problem=repr(error)), exc_info=error)
        return EXIT_SOFTWARE

    def _stop(self) -> None:
        """Lets polls that are nearly done end, then hangs up on every server; what was not taken is taken next time."""
        self._scheduler.pause()
        until = time.monotonic() + GRACE
        for poller in self._pollers.values():
            poller.done.wait(max(0.0, until - time.monotonic()))
            poller.interrupt()
        self._scheduler.shutdown(wait=False)

    def _new_scheduler(self, folders: int) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": PoolExecutor(folders + 2)},
            # Without misfire_grace_time=None a poll that is a second late is dropped.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        scheduler.add_listener(self._job_ended, EVENT_JOB_ERROR | EVENT_JOB_EXECUTED)
        return scheduler

    def _add(self, found: Config, name: str) -> None:
        box = found.mailbox[name]
        for mailbox in sources.imap_mailboxes(found, name):
            poller = Poller(mailbox, self._ledger, self._workers)
            self._pollers[mailbox.name] = poller
            self._every(box.poll, poller.poll, mailbox.name)
            if box.idle:
                self._idlers.append(Idler(mailbox.account, mailbox.folder, partial(self._wake, mailbox.name)))

    def _every(self, interval: timedelta, job: Callable[[], None], name: str) -> None:
        seconds = interval.total_seconds()
        self._scheduler.add_job(job, "interval", seconds=seconds, id=name, next_run_time=datetime.now(UTC))

    def _wake(self, name: str) -> None:
        self._pollers[name].dirty.set()
        with suppress(JobLookupError):
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def _job_ended(self, event: JobExecutionEvent) -> None:
        if event.exception:
            if not _passing(event.exception):
                self._fatal.append(event.exception)
            return
        poller = self._pollers.get(event.job_id)
        if poller and poller.dirty.is_set():
            # The scheduler drops a wake-up that comes while the job runs.
            self._wake(event.job_id)

    def _beat(self) -> None:
        self._beat_at = time.monotonic()

    def _housekeep(self) -> None:
        dropped = self._ledger.housekeep(self._keep_unread)
        if dropped:
            log.log.info("%s", log.line("housekeeping", dropped=dropped))


def attribute(ledger: Ledger) -> None:
    """Names whom complaints are about of which the sender's tables have heard since."""
    for receipt in ledger.attribute():
        log.changes(receipt)


def _passing(error: BaseException) -> bool:
    """True for what is over by itself: the daemon is ending, or another program holds the database."""
    return isinstance(error, Stopped) or (isinstance(error, LedgerError) and error.passing)


def run(found: Config, reread: Callable[[], Config]) -> int:
    """Runs the daemon and returns its exit status. Raises UserError before it has begun to work.

    The process should end at once after that: a thread may still wait for a server that does not answer.
    """
    rules = config.rules(found)
    ledger = Ledger(found.database.path, found.rule(), backups=found.database.backups)
    # Until here a signal simply kills: opening may wait for another program, and a kill loses nothing.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    workers = Workers(found.marks(), rules, found.workers or None)
    try:
        return Service(found, ledger, workers, reread).run()
    finally:
        workers.close()
        ledger.close(patience=0.5)
