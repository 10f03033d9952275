"""The daemon: jobs run by the scheduler, and the main thread that watches them.

1. The main thread obeys signals, feeds the watchdog and ends everything, and never waits; jobs only work.
2. A broken mailbox is a line in the log and in `bounced status`; a lost database ends the daemon.
3. A reload takes the whole new configuration or none of it.
"""

from __future__ import annotations

import logging
import queue
import signal
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from bounced import __version__, times
from bounced.config import Config, judge_by, rules, sender, tables
from bounced.daemon import canary, changes, jobs, log, running
from bounced.daemon.accounts import Accounts
from bounced.daemon.alarms import watch
from bounced.daemon.alarms.watch import Watch
from bounced.daemon.changes import Changes
from bounced.daemon.context import Context
from bounced.daemon.deliveries import Deliveries
from bounced.daemon.exports import Exports
from bounced.daemon.outputs import Outputs
from bounced.daemon.progress import Progress, folders_status
from bounced.daemon.scheduler import WHEN_WOKEN, Scheduler
from bounced.daemon.systemd import SystemdNotifier
from bounced.errors import EXIT_SOFTWARE, EXIT_SUCCESS, LedgerError, UserError
from bounced.ledger.ledger import Ledger
from bounced.ledger.upkeep import Run
from bounced.model import Judge
from bounced.sources import commands
from bounced.sources.retry import Reminder
from bounced.workers import Workers
from bounced.workers.pools import Stopped

if TYPE_CHECKING:
    from bounced.daemon.metrics import Metrics

#: Seconds between two checks of signals, watchdog and clock by the main thread.
CHECK_INTERVAL = 0.5

#: Checks in a row, without a heartbeat between, before the scheduler counts as dead: a freeze needs a moment.
SILENT_CHECKS_ALLOWED = 10

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Service:
    """The daemon for a configuration, which ``reread`` reads again, and the mailboxes of ``names`` (none: all)."""

    def __init__(
        self,
        config: Config,
        names: Collection[str],
        environment: Mapping[str, str],
        ledger: Ledger,
        workers: Workers,
        reread: Callable[[], Config],
        judge: Judge,
    ) -> None:
        self._config = config
        self._judge = judge
        self._names = names
        self._environment = environment
        self._ledger = ledger
        self._workers = workers
        self._reread = reread
        self._fatal: list[BaseException] = []
        self._notifier = SystemdNotifier()
        self._stuck = Reminder()
        self._metrics = _metrics(config)
        self._scheduler = Scheduler(self._job_failed)
        self._changes = Changes(ledger.logged, self._scheduler.wake)
        self._outputs = Outputs(*([self._metrics.events] if self._metrics else []), self._changes)
        context = Context(ledger, workers, self._outputs, self._scheduler.run_in)
        self._accounts = Accounts(context, self._scheduler, names, environment)
        self._deliveries = Deliveries(ledger.sinks, ledger.expirations.note, self._scheduler, environment)
        self._exports = Exports(ledger, self._scheduler, environment)
        self._watch = Watch(ledger, environment)
        self._progress = Progress(self._scheduler, workers, ledger, lambda: self._accounts.pollers)

    def run(self) -> int:
        """Works until SIGTERM or SIGINT (0), a lost database (74, 65) or a fault of our own (70); SIGHUP reloads.

        Call in the main thread, with SIGNALS blocked before any other thread was started. Raises UserError before it
        has begun to work.
        """
        prepared, sinks = self._accounts.prepare(self._config), self._deliveries.prepare(self._config)
        if self._metrics:
            self._metrics.listen()
        self._ledger.daemons.started(running.this(), __version__, running.is_gone)
        self._scheduler.start()
        self._deliveries.take(sinks)
        self._exports.take(self._config)
        self._accounts.take(prepared)
        self._schedule(self._config, self._ledger.upkeep.last_runs())
        self._scheduler.add("reload", WHEN_WOKEN, self._reload, first=WHEN_WOKEN.after(times.now()))
        if self._metrics:
            self._scheduler.add("metrics", jobs.METRICS, partial(jobs.write_metrics, self._metrics))
        self._scheduler.add("expiry", jobs.EXPIRY, partial(jobs.tell_expired, self._ledger))
        self._scheduler.add(changes.NAME, changes.INTERVAL, self._changes.run)
        self._judge_again(self._judge)
        names = ",".join(poller.name for poller in self._accounts.pollers)
        log.migrated(self._ledger.news)
        log.followed(self._ledger.followed())
        log.fact(logging.INFO, "started", database=self._ledger.path, mailboxes=names)
        self._notifier.ready()
        status = self._supervise()
        self._notifier.stopping()
        self._stop()
        log.fact(logging.INFO, "stopped", status=status)
        return status

    def _supervise(self) -> int:
        signals = _signals()
        silent, beat = 0, self._scheduler.beat_at
        while True:
            with suppress(queue.Empty):
                if signals.get(timeout=CHECK_INTERVAL) != signal.SIGHUP:
                    return EXIT_SUCCESS
                self._scheduler.wake("reload")
            if self._fatal:
                return self._log_fatal(self._fatal[0])
            silent = silent + 1 if not self._scheduler.beating and self._scheduler.beat_at == beat else 0
            beat = self._scheduler.beat_at
            if silent > SILENT_CHECKS_ALLOWED:
                log.fact(logging.CRITICAL, "scheduler-dead", problem=self._progress.problem())
                return EXIT_SOFTWARE
            self._check_clock()
            self._report()

    def _check_clock(self) -> None:
        """After a jump every mailbox is polled: the machine may have been asleep."""
        if jump := self._scheduler.follow_clock():
            log.fact(logging.WARNING, "clock-jump", seconds=f"{jump:+.0f}")
            self._accounts.wake()

    def _report(self) -> None:
        """Tells the service manager that the daemon is alive, but only while everything makes progress."""
        problem = self._progress.problem()
        if problem and self._stuck.is_due(problem):
            log.fact(logging.CRITICAL, "stuck", problem=problem)
        elif not problem and self._stuck.is_over():
            log.fact(logging.WARNING, "unstuck")
        self._notifier.status(problem or f"{folders_status(self._accounts.pollers)}; {self._outputs.status()}")
        if not problem:
            self._notifier.alive()

    def _reload(self) -> None:
        self._notifier.reloading()
        try:
            self._apply_configuration()
        except UserError as error:
            for problem in error.problems:
                log.fact(logging.ERROR, "reload-refused", problem=problem)
            if isinstance(error, LedgerError) and not error.passing:
                raise
        else:
            log.fact(logging.INFO, "reloaded", database=self._ledger.path)
            log.followed(self._ledger.followed())
        finally:
            self._notifier.ready()

    def _apply_configuration(self) -> None:
        """Reads and applies the configuration. Raises UserError, and changes nothing then.

        The last step that can fail is that of the ledger: one transaction.
        """
        config = self._reread()
        for name, new, old in (
            ("database.path", config.database.path, self._config.database.path),
            ("workers", config.workers, self._config.workers),
            ("log", config.log, self._config.log),
            ("metrics", config.metrics, self._config.metrics),
        ):
            if new != old:
                raise UserError(f"{name}: changing this requires a restart")
        known = tables(config)
        parsing, judge = (sender(config), rules(config), known), judge_by(known, config)
        prepared, sinks = self._accounts.prepare(config), self._deliveries.prepare(config)
        last_runs = self._ledger.upkeep.last_runs()
        self._ledger.adopt(config.rule())
        self._workers.configure(*parsing)
        self._deliveries.take(sinks)
        self._exports.take(config)
        self._accounts.take(prepared)
        self._schedule(config, last_runs)
        self._judge_again(judge)

    def _schedule(self, config: Config, last_runs: Mapping[str, Run]) -> None:
        everywhere = not self._names
        jobs.schedule(self._scheduler, config, self._ledger, last_runs, self._accounts.ask, everywhere=everywhere)
        self._scheduler.add("silence", jobs.SILENCE, partial(jobs.tell_silent, config, self._ledger))
        work = partial(canary.run, config, self._ledger, self._environment)
        self._scheduler.add("canary", canary.INTERVAL, work)
        # Not before everything was polled once: what was there at the last end may be over.
        first = watch.INTERVAL.after(times.now())
        self._scheduler.add("alarms", watch.INTERVAL, partial(self._watch.run, config), first=first)

    def _judge_again(self, judge: Judge) -> None:
        """Has what is recorded judged by ``judge``, now and whenever another program used other tables."""
        work = partial(jobs.reclassify, judge, self._ledger, self._outputs)
        self._scheduler.add("reclassify", jobs.RECLASSIFY, work)

    def _job_failed(self, error: BaseException) -> None:
        if not isinstance(error, Stopped) and not (isinstance(error, LedgerError) and error.passing):
            self._fatal.append(error)

    def _log_fatal(self, error: BaseException) -> int:
        if isinstance(error, LedgerError):
            log.fact(logging.CRITICAL, "database-lost", problem=error)
            return error.exit_code
        log.internal_error(error)
        return EXIT_SOFTWARE

    def _stop(self) -> None:
        """Ends all work; what was not taken is taken by the next run."""
        self._scheduler.pause()
        self._deliveries.hang_up()
        self._accounts.hang_up()
        commands.end_all()
        self._scheduler.stop()


def _metrics(config: Config) -> Metrics | None:
    """The figures of a daemon with ``config``, if it has any."""
    if not config.metrics:
        return None
    from bounced.daemon.metrics import Metrics

    return Metrics(config.metrics, config.database.path)


def _signals() -> queue.SimpleQueue[int]:
    """SIGNALS as they arrive, received by a thread of their own.

    Python's sigtimedwait(), interrupted at its deadline, returns whatever is in its buffer: a daemon whose machine was
    suspended took that for a SIGTERM.
    """
    signals: queue.SimpleQueue[int] = queue.SimpleQueue()

    def listen() -> None:
        while True:
            signals.put(signal.sigwait(SIGNALS))

    threading.Thread(target=listen, name="signals", daemon=True).start()
    return signals


def run(config: Config, names: Collection[str], environment: Mapping[str, str], reread: Callable[[], Config]) -> int:
    """Runs the daemon and returns its exit status. Raises UserError before it has begun to work.

    The process should exit immediately after that: a thread may still wait for a server that does not answer.
    """
    parsing, known = (sender(config), rules(config)), tables(config)
    ledger = Ledger(config.database.path, config.rule(), backups=config.database.backups, check=True)
    # Until here a signal simply kills: opening may wait for another program, and a kill loses nothing.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    workers = Workers(*parsing, config.workers or None, tables=known)
    try:
        return Service(config, names, environment, ledger, workers, reread, judge_by(known, config)).run()
    finally:
        workers.close()
        ledger.close(patience=0.5)
