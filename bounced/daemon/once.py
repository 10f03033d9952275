"""Polls every mailbox once and delivers to the sinks, for cron and timers, as the daemon does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from bounced.config import Config, judge_by, rules, sender, tables
from bounced.daemon import canary, jobs, log, running
from bounced.daemon.accounts import Accounts
from bounced.daemon.changes import Changes
from bounced.daemon.context import Context
from bounced.daemon.deliveries import Deliveries
from bounced.daemon.outputs import Outputs
from bounced.daemon.poller import Poller
from bounced.daemon.scheduler import Scheduler
from bounced.ledger.ledger import Ledger
from bounced.workers import Workers


def run(config: Config, names: Collection[str], environment: Mapping[str, str]) -> bool:
    """Polls the mailboxes of ``names`` (none: all) and does the jobs that are due; False when a folder or sink failed.

    Only a run for all mailboxes delivers to sinks: two must not do so at the same time.
    What failed is in the log. Raises UserError for what can't be watched, LedgerError when the database is lost.
    """
    parsing, known = (sender(config), rules(config)), tables(config)
    with (
        Ledger(config.database.path, config.rule(), backups=config.database.backups, check=True) as ledger,
        Workers(*parsing, config.workers or None, tables=known) as workers,
    ):
        log.migrated(ledger.news)
        log.followed(ledger.followed())
        ledger.daemons.forget(running.is_gone)
        # This scheduler is never started: what is to be tried again is tried by the next run.
        scheduler = Scheduler(lambda _: None)
        outputs = Outputs()
        jobs.reclassify(judge_by(known, config), ledger, outputs)
        context = Context(ledger, workers, outputs, scheduler.run_in)
        accounts = Accounts(context, scheduler, names, environment)
        pollers = [poller for watched in accounts.prepare(config).values() for poller in watched.pollers]
        deliveries = Deliveries(ledger.sinks, ledger.expirations.note, scheduler, environment)
        sinks = {} if names else deliveries.prepare(config)
        for sink in sinks.values():
            sink.job.follow()
        asked = jobs.missed(config, ledger, jobs.FOLDER_JOBS)
        _poll(pollers, asked)
        canary.run(config, ledger, environment)
        jobs.catch_up(config, ledger)  # with a look for problems, the canary among them
        Changes(ledger.logged, scheduler.wake).once()
        delivered = deliveries.once(sinks)
        if any(poller.problem for poller in pollers):
            return False
        for name in () if names else asked:  # another run may be for the others
            ledger.upkeep.ran(name)
        return delivered


def _poll(pollers: Sequence[Poller], asked: Collection[str]) -> None:
    """Polls all of them at the same time, with the jobs ``asked`` for their folders, and ends their connections."""
    for poller in pollers:
        for name in asked:
            poller.ask(name, jobs.FOLDER_JOBS[name])
    with ThreadPoolExecutor(len(pollers)) as threads:
        list(threads.map(Poller.poll, pollers))
    for poller in pollers:
        poller.end(patience=0)
