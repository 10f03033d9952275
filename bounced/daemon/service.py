"""The daemon: jobs run by the timetable, and the main thread that watches them.

1. The main thread obeys signals, feeds the watchdog and ends it all, and never waits; jobs only work.
2. A broken mailbox is a line in the log and in `bounced status`; a lost database ends the daemon.
3. A reload takes the whole new configuration or nothing of it.
"""

from __future__ import annotations

import logging
import queue
import signal
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress

from bounced import config, times
from bounced.config import Config
from bounced.daemon import jobs, log
from bounced.daemon.accounts import Accounts
from bounced.daemon.progress import Progress
from bounced.daemon.scheduler import WHEN_WOKEN, Scheduler
from bounced.daemon.systemd import SystemdNotifier
from bounced.errors import LedgerError, UserError
from bounced.ledger.ledger import Ledger, Receipt
from bounced.ledger.upkeep import Run
from bounced.model import Item
from bounced.retry import Reminder
from bounced.sources.oauth import command
from bounced.workers import Workers
from bounced.workers.pool import Stopped

#: Seconds between two looks of the main thread at signals, watchdog and clock.
TICK = 0.5

#: Looks in a row that find no job running, before that is believed: who was frozen for a minute needs a moment.
LOOKS = 10

EXIT_SOFTWARE = 70  # EX_SOFTWARE of sysexits.h
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Service:
    """The daemon for a configuration, which ``reread`` reads anew, and the mailboxes of ``names`` in it (none: all)."""

    def __init__(
        self,
        found: Config,
        names: Collection[str],
        environment: Mapping[str, str],
        ledger: Ledger,
        workers: Workers,
        reread: Callable[[], Config],
    ) -> None:
        self._found = found
        self._names = names
        self._ledger = ledger
        self._workers = workers
        self._reread = reread
        self._fatal: list[BaseException] = []
        self._notifier = SystemdNotifier()
        self._stuck = Reminder()
        self._tell = log.Batches()
        self._scheduler = Scheduler(self._job_failed)
        self._health = Progress(self._scheduler, workers, ledger)
        self._accounts = Accounts(ledger, workers, self._scheduler, self._took, names, environment)

    def run(self) -> int:
        """Works until SIGTERM or SIGINT (0), a lost database (74, 65) or a fault of our own (70); SIGHUP reloads.

        To be called in the main thread, with SIGNALS blocked since before any other thread was started. Raises
        UserError before it has begun to work.
        """
        prepared = self._accounts.prepare(self._found)
        self._scheduler.start()
        self._accounts.take(prepared)
        self._schedule(self._found, self._ledger.upkeep.last_runs())
        self._scheduler.add("reload", WHEN_WOKEN, self._reload, first=WHEN_WOKEN.after(times.now()))
        names = ",".join(poller.name for poller in self._accounts.pollers)
        log.fact(logging.INFO, "started", database=self._ledger.path, mailboxes=names)
        self._notifier.ready()
        status = self._supervise()
        self._notifier.stopping()
        self._stop()
        log.fact(logging.INFO, "stopped", status=status)
        return status

    def _supervise(self) -> int:
        heard = _signals()
        silent = 0
        while True:
            with suppress(queue.Empty):
                if heard.get(timeout=TICK) != signal.SIGHUP:
                    return 0
                self._scheduler.wake("reload")
            if self._fatal:
                return self._say_fatal(self._fatal[0])
            silent = 0 if self._scheduler.beating else silent + 1
            if silent > LOOKS:
                log.fact(logging.CRITICAL, "dead", problem=self._health.problem())
                return EXIT_SOFTWARE
            self._look_at_clock()
            self._report()

    def _look_at_clock(self) -> None:
        """After a jump every mailbox is looked at: the machine may have been asleep."""
        if jump := self._scheduler.follow_clock():
            log.fact(logging.WARNING, "clock", seconds=f"{jump:+.0f}")
            self._accounts.wake()

    def _report(self) -> None:
        """Tells the service manager that the daemon is alive, but only while everything makes progress."""
        problem = self._health.problem()
        if problem and self._stuck.failed(problem):
            log.fact(logging.CRITICAL, "stuck", problem=problem)
        elif not problem and self._stuck.recovered():
            log.fact(logging.WARNING, "stuck", recovered="yes")
        self._notifier.status(problem or self._health.status(self._accounts.pollers))
        if not problem:
            self._notifier.alive()

    def _reload(self) -> None:
        self._notifier.reloading()
        try:
            self._take_anew()
        except UserError as error:
            for problem in error.problems:
                log.fact(logging.ERROR, "reload", refused="yes", problem=problem)
            if isinstance(error, LedgerError) and not error.passing:
                raise
        else:
            log.fact(logging.INFO, "reloaded", database=self._ledger.path)
        finally:
            self._notifier.ready()

    def _take_anew(self) -> None:
        """Takes the configuration as it is now. Raises UserError, and then everything is as it was.

        The last step that can fail is that of the ledger: one transaction.
        """
        found = self._reread()
        for name, new, old in (
            ("database.path", found.database.path, self._found.database.path),
            ("workers", found.workers, self._found.workers),
            ("log", found.log, self._found.log),
        ):
            if new != old:
                raise UserError(f"{name}: another one needs a restart")
        sender, rules = config.sender(found), config.rules(found)
        prepared = self._accounts.prepare(found)
        last_runs = self._ledger.upkeep.last_runs()
        self._ledger.adopt(found.rule())
        self._workers.configure(sender, rules)
        self._accounts.take(prepared)
        self._schedule(found, last_runs)

    def _schedule(self, found: Config, last_runs: Mapping[str, Run]) -> None:
        everywhere = not self._names
        jobs.schedule(self._scheduler, found, self._ledger, last_runs, self._accounts.ask, everywhere=everywhere)

    def _took(self, items: Sequence[Item], receipt: Receipt) -> None:
        self._health.count(items, receipt)
        self._tell(items, receipt)

    def _job_failed(self, error: BaseException) -> None:
        if not isinstance(error, Stopped) and not (isinstance(error, LedgerError) and error.passing):
            self._fatal.append(error)

    def _say_fatal(self, error: BaseException) -> int:
        if isinstance(error, LedgerError):
            log.fact(logging.CRITICAL, "lost", problem=error)
            return error.exit_code
        log.fact(logging.CRITICAL, "fault", problem=repr(error), fault=error)
        return EXIT_SOFTWARE

    def _stop(self) -> None:
        """What was not taken is taken next time."""
        self._scheduler.pause()
        self._accounts.hang_up()
        command.end_all()
        self._scheduler.stop()


def _signals() -> queue.SimpleQueue[int]:
    """SIGNALS as they come, heard by a thread of their own.

    Python's sigtimedwait(), interrupted at its deadline, returns what happens to lie in its buffer: a daemon whose
    machine was suspended took that for a SIGTERM.
    """
    heard: queue.SimpleQueue[int] = queue.SimpleQueue()

    def listen() -> None:
        while True:
            heard.put(signal.sigwait(SIGNALS))

    threading.Thread(target=listen, name="signals", daemon=True).start()
    return heard


def run(found: Config, names: Collection[str], environment: Mapping[str, str], reread: Callable[[], Config]) -> int:
    """Runs the daemon and returns its exit status. Raises UserError before it has begun to work.

    The process should end at once after that: a thread may still wait for a server that does not answer.
    """
    sender, rules = config.sender(found), config.rules(found)
    ledger = Ledger(found.database.path, found.rule(), backups=found.database.backups, check=True)
    # Until here a signal simply kills: opening may wait for another program, and a kill loses nothing.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    workers = Workers(sender, rules, found.workers or None)
    try:
        return Service(found, names, environment, ledger, workers, reread).run()
    finally:
        workers.close()
        ledger.close(patience=0.5)
