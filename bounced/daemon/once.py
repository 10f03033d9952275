"""Every mailbox polled once, for cron and timers: as the daemon polls it, without waiting for what comes next."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor

from bounced import config
from bounced.config import Config
from bounced.daemon import jobs, log
from bounced.daemon.accounts import Accounts
from bounced.daemon.poller import Poller
from bounced.daemon.scheduler import Scheduler
from bounced.ledger.ledger import Ledger
from bounced.workers import Workers


def run(found: Config, names: Collection[str], environment: Mapping[str, str]) -> bool:
    """Polls the mailboxes of ``names`` (none: all) and does the jobs that are due; False when a folder failed.

    What failed is in the log then. Raises UserError for what can't be watched, LedgerError when the database is lost.
    """
    sender, rules = config.sender(found), config.rules(found)
    with (
        Ledger(found.database.path, found.rule(), backups=found.database.backups, check=True) as ledger,
        Workers(sender, rules, found.workers or None) as workers,
    ):
        # Nobody starts this timetable: what is to be tried again is tried by the next run.
        accounts = Accounts(ledger, workers, Scheduler(lambda _: None), log.Batches(), names, environment)
        pollers = [poller for watched in accounts.prepare(found).values() for poller in watched.pollers]
        asked = jobs.missed(found, ledger, jobs.FOLDER_JOBS)
        for poller in pollers:
            for name in asked:
                poller.ask(name, jobs.FOLDER_JOBS[name])
        with ThreadPoolExecutor(len(pollers)) as threads:
            list(threads.map(Poller.poll, pollers))
        for poller in pollers:
            poller.end(patience=0)
        jobs.catch_up(found, ledger)
        if any(poller.problem for poller in pollers):
            return False
        for name in () if names else asked:  # another run may be for the others
            ledger.upkeep.ran(name)
        return True
