"""What the daemon does beside reading mail. Each job has a key of its name in [schedule], and a row in the table jobs.

1. A job that fails is a line in the log and in `bounced status`; only a lost database ends the daemon.
2. When a job ran last is known across restarts: a daemon that is started every hour still makes its daily backup.
3. A job that failed is done again within the hour, whatever its schedule says.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial

from bounced import pipeline, times
from bounced.config import Config, Schedule
from bounced.daemon import log
from bounced.daemon.poller import Task
from bounced.daemon.scheduler import Scheduler
from bounced.errors import LedgerError
from bounced.ledger import backup
from bounced.ledger.ledger import Ledger
from bounced.ledger.upkeep import Run
from bounced.sources import Polled

#: From a job that failed to the next try.
RETRY = timedelta(hours=1)


def _housekeep(found: Config, ledger: Ledger) -> None:
    """Says which suppressions have ended by themselves since the last time, and drops old content."""
    before = ledger.upkeep.last_runs().get("housekeeping", Run(times.now()))
    for address, ended in ledger.upkeep.expired(since=before.at):
        log.log.info("%s", log.suppression("released", address, ended))
    if dropped := ledger.upkeep.housekeep(found.database.keep_unrecognized):
        log.fact(logging.INFO, "housekeeping", dropped=dropped)
    if forgotten := ledger.upkeep.forget(found.sends.keep):
        log.fact(logging.INFO, "housekeeping", sends=forgotten)


def _back_up(found: Config, _: Ledger) -> None:
    if found.database.keep_backups:
        copy = backup.run(found.database.path, found.database.backups, found.database.keep_backups)
        log.fact(logging.INFO, "backup", copy=copy)


def _optimize(_: Config, ledger: Ledger) -> None:
    ledger.upkeep.optimize()


def _rates(_: Config, ledger: Ledger) -> None:
    ledger.upkeep.recount()


#: The jobs, by their keys in [schedule].
JOBS: Mapping[str, Callable[[Config, Ledger], None]] = {
    "housekeeping": _housekeep,
    "backup": _back_up,
    "optimize": _optimize,
    "rates": _rates,
}


def _retain(mailbox: Polled, ledger: Ledger, *_: object) -> None:
    """Removes what the account does not want to retain; a line for each folder, also when it could not be cleared."""
    for folder in mailbox.retained_folders:
        removed = 0
        try:
            for number in pipeline.retain(folder, ledger):
                removed += number
        finally:
            if removed:
                log.fact(logging.INFO, "retention", mailbox=folder.name, removed=removed)


#: What is done with every folder, in the turn of its poll; by their keys in [schedule], too.
FOLDER_JOBS: Mapping[str, Task] = {
    "reconcile": pipeline.reconcile,
    "retention": _retain,
}

#: Asks every folder for a job, by its name.
Ask = Callable[[str, Task], None]


def schedule(
    scheduler: Scheduler, found: Config, ledger: Ledger, last_runs: Mapping[str, Run], ask: Ask, *, everywhere: bool
) -> None:
    """Puts every job into ``scheduler``, as ``found`` says and as it is due by its last run.

    When ``ask`` does not reach the folders ``everywhere``, their jobs are not noted: they are left to do in the others.
    """
    of_folders = {name: partial(ask, name, task) for name, task in FOLDER_JOBS.items()}
    others = {name: partial(job, found, ledger) for name, job in JOBS.items()}
    for name, job in {**of_folders, **others}.items():
        when: Schedule = getattr(found.schedule, name)
        noted = everywhere or name in JOBS
        work = partial(_run, scheduler, name, when, job, ledger) if noted else job
        scheduler.add(name, when, work, first=due(when, last_runs.get(name), times.now()), jitter=found.schedule.jitter)


def catch_up(found: Config, ledger: Ledger) -> None:
    """Does the jobs that are due, where no daemon runs."""
    for name in missed(found, ledger, JOBS):
        run(name, partial(JOBS[name], found, ledger), ledger)


def missed(found: Config, ledger: Ledger, names: Iterable[str]) -> list[str]:
    """Those of ``names`` whose job is due, or never ran: nobody waits for its time here."""
    last_runs, now = ledger.upkeep.last_runs(), times.now()
    return [
        name
        for name in names
        if name not in last_runs or due(getattr(found.schedule, name), last_runs[name], now) <= now
    ]


def _run(scheduler: Scheduler, name: str, when: Schedule, job: Callable[[], None], ledger: Ledger) -> None:
    """As ``run``, and has it done again soon when it failed."""
    if not run(name, job, ledger):
        now = times.now()
        scheduler.run_in(name, (due(when, Run(now, failed=True), now) - now).total_seconds())


def run(name: str, job: Callable[[], None], ledger: Ledger) -> bool:
    """Does ``job`` and notes its last word; False when it failed. Raises LedgerError when the database is lost."""
    problem = ""
    try:
        job()
    except LedgerError as error:
        if not error.passing:
            raise
        problem = str(error)
        log.fact(logging.WARNING, "job-failed", name=name, problem=problem)
    except Exception as error:  # noqa: BLE001  a fault in one job is no reason to read no mail
        problem = repr(error)
        log.fact(logging.ERROR, "job-failed", name=name, problem=problem, fault=error)
    try:
        ledger.upkeep.ran(name, problem)
    except LedgerError as error:
        if not error.passing:
            raise
    return not problem


def due(when: Schedule, last: Run | None, now: datetime) -> datetime:
    """When a job whose last run was that (``None``: it never ran) is to run: at once when it was missed.

    A date in the future is that of a clock that was wrong.
    """
    if last is None or last.at > now:
        return when.after(now) if when.cron else now
    following = when.after(last.at)
    return max(now, min(following, last.at + RETRY) if last.failed else following)
