"""The daemon's jobs other than polling. Each has a key of its name in [schedule], and a row in the table jobs.

1. A job that fails is a line in the log and in `bounced status`; only a lost database stops the daemon.
2. The last run of a job is known across restarts: a daemon that is started every hour still makes its daily backup.
3. A job that failed is retried within the hour, regardless of its schedule.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal

from bounced import pipeline, times
from bounced.config import Config, Schedule
from bounced.daemon import log, mail_logs
from bounced.daemon.alarms import channels, watch
from bounced.daemon.poller import Task
from bounced.daemon.scheduler import Scheduler
from bounced.errors import LedgerError
from bounced.ledger import backup
from bounced.ledger.ledger import Ledger
from bounced.ledger.upkeep import Run
from bounced.model import JUNK, Judge
from bounced.pipeline import Observer
from bounced.sources import Polled

if TYPE_CHECKING:
    from bounced.daemon.metrics import Metrics

#: Between two writes of the figures for Prometheus.
METRICS = Schedule(timedelta(minutes=1))

#: Between two looks for suppressions that have expired.
EXPIRY = Schedule(timedelta(minutes=1))

#: Between two looks for mailboxes and feedback loops that are silent.
SILENCE = Schedule(timedelta(minutes=10))

#: Between two looks for events that other tables judged.
RECLASSIFY = Schedule(timedelta(minutes=10))

#: Between a failed run and the next try, at most.
RETRY_INTERVAL = timedelta(hours=1)


def _housekeep(config: Config, ledger: Ledger) -> None:
    """Drops what is old."""
    if dropped := ledger.upkeep.housekeep(config.database.keep_unrecognized):
        log.fact(logging.INFO, "housekeeping", dropped=dropped)
    if expired := ledger.upkeep.drop_held(config.database.keep_held):
        log.fact(logging.INFO, "housekeeping", held_events=expired)
    _drop_old(config, ledger)
    ledger.sinks.keep_for({*config.sink, *channels.names(config.alarms)})
    if told := ledger.upkeep.drop_outbox(config.database.keep_outbox):
        log.fact(logging.INFO, "housekeeping", outbox=told)
    if forgotten := ledger.upkeep.forget(config.sends.keep):
        log.fact(logging.INFO, "housekeeping", sends=forgotten)
    if forgotten := ledger.mail_logs.forget(config.sends.keep):
        log.fact(logging.INFO, "housekeeping", deliveries=forgotten)


def _drop_old(config: Config, ledger: Ledger) -> None:
    """Drops events that no judgment needs any more, and words, where they are not kept forever."""
    keep_events, keep_texts = config.database.keep_events, config.database.keep_texts
    if keep_events != "forever" and (old := ledger.upkeep.drop_events(keep_events, config.rule())):
        log.fact(logging.INFO, "housekeeping", old_events=old)
    if keep_texts != "forever" and (wordless := ledger.upkeep.drop_texts(keep_texts)):
        log.fact(logging.INFO, "housekeeping", texts=wordless)


def _back_up(config: Config, _: Ledger) -> None:
    if config.database.keep_backups:
        copy = backup.run(config.database.path, config.database.backups, config.database.keep_backups)
        log.fact(logging.INFO, "backup", copy=copy)


def _optimize(_: Config, ledger: Ledger) -> None:
    ledger.upkeep.optimize()


def _rates(_: Config, ledger: Ledger) -> None:
    ledger.upkeep.recount()


def write_metrics(metrics: Metrics) -> None:
    """Writes the figures for Prometheus; one line when that fails."""
    try:
        metrics.write()
    except OSError as error:
        log.fact(logging.WARNING, "job-failed", name="metrics", problem=f"{error.filename}: {error.strerror}")


def tell_expired(ledger: Ledger) -> None:
    """Puts suppressions that have expired into the outbox."""
    ledger.tell_expired()


def tell_silent(config: Config, ledger: Ledger) -> None:
    """Puts what falls silent, or does so no more, into the outbox, and logs it."""
    ledger.arrivals.read()
    for change in ledger.arrivals.judge(expected(config)):
        log.silence(change)


def expected(config: Config) -> dict[str, timedelta | None]:
    """How long nothing may arrive in each of the mailboxes: zero for ever, as in those for spam; ``None``: as usual."""
    return {
        f"{section.kind}:{name}/{folder}": timedelta() if folder == JUNK else _expected(section.expect)
        for name, section in config.mailbox.items()
        for folder in section.watched
    }


def _expected(value: timedelta | Literal["usual"]) -> timedelta | None:
    return None if value == "usual" else value


def _settle(config: Config, ledger: Ledger) -> None:
    for receipt in ledger.settle(config.mailbox):
        log.others(receipt)


def reclassify(judge: Judge, ledger: Ledger, observe: Observer) -> None:
    """Judges what is recorded by the tables of ``judge``, where it was judged by others; one line at the end."""
    steps = 0
    for steps, receipt in enumerate(ledger.reclassify(judge), 1):  # noqa: B007
        observe((), receipt)
    done = ledger.reclassification.progress()
    if steps and done and done.finished_at and done.judged + done.kept:
        log.fact(
            logging.INFO,
            "reclassified",
            tables=done.tables,
            judged=done.judged,
            changed=done.changed,
            kept=done.kept,
            suppressed=done.suppressed,
            released=done.released,
        )


#: The jobs, by their keys in [schedule].
JOBS: Mapping[str, Callable[[Config, Ledger], None]] = {
    "housekeeping": _housekeep,
    "backup": _back_up,
    "optimize": _optimize,
    "rates": _rates,
    "logs": mail_logs.follow,
    "settle": _settle,
}


def _retain(mailbox: Polled, ledger: Ledger, *_: object) -> None:
    """Removes messages past their retention; one line for each folder, even if it failed halfway."""
    for folder in mailbox.retained_folders:
        removed = 0
        try:
            for number in pipeline.retain(folder, ledger):
                removed += number
        finally:
            if removed:
                log.fact(logging.INFO, "retention", mailbox=folder.name, removed=removed)


#: Jobs done for every folder, in the turn of its poll; by their keys in [schedule] as well.
FOLDER_JOBS: Mapping[str, Task] = {
    "reconcile": pipeline.reconcile,
    "retention": _retain,
}

#: Asks every folder for a job, by its name.
Ask = Callable[[str, Task], None]


def schedule(
    scheduler: Scheduler, config: Config, ledger: Ledger, last_runs: Mapping[str, Run], ask: Ask, *, everywhere: bool
) -> None:
    """Adds every job to ``scheduler``, by its schedule in ``config`` and due by its last run.

    When ``ask`` does not reach the folders ``everywhere``, their jobs are not noted: they remain due for the others.
    """
    folder_jobs = {name: partial(ask, name, task) for name, task in FOLDER_JOBS.items()}
    others = {name: partial(job, config, ledger) for name, job in JOBS.items()}
    for name, job in {**folder_jobs, **others}.items():
        when: Schedule = getattr(config.schedule, name)
        noted = everywhere or name in JOBS
        work = partial(_run, scheduler, name, when, job, ledger) if noted else job
        scheduler.add(
            name, when, work, first=due(when, last_runs.get(name), times.now()), jitter=config.schedule.jitter
        )


def catch_up(config: Config, ledger: Ledger) -> None:
    """Runs the jobs that are due, where no daemon does."""
    tell_expired(ledger)
    tell_silent(config, ledger)
    for name in missed(config, ledger, JOBS):
        run(name, partial(JOBS[name], config, ledger), ledger)
    watch.judge(config, ledger)


def missed(config: Config, ledger: Ledger, names: Iterable[str]) -> list[str]:
    """The ``names`` whose job is due or never ran: here nothing waits for its scheduled time."""
    last_runs, now = ledger.upkeep.last_runs(), times.now()
    return [
        name
        for name in names
        if name not in last_runs or due(getattr(config.schedule, name), last_runs[name], now) <= now
    ]


def _run(scheduler: Scheduler, name: str, when: Schedule, job: Callable[[], None], ledger: Ledger) -> None:
    """As ``run``, and schedules a retry when it failed."""
    if not run(name, job, ledger):
        now = times.now()
        scheduler.run_in(name, (due(when, Run(now, failed=True), now) - now).total_seconds())


def run(name: str, job: Callable[[], None], ledger: Ledger) -> bool:
    """Runs ``job`` and records the result; False when it failed. Raises LedgerError when the database is lost."""
    problem = ""
    try:
        job()
    except LedgerError as error:
        if not error.passing:
            raise
        problem = str(error)
        log.fact(logging.WARNING, "job-failed", name=name, problem=problem)
    except Exception as error:  # noqa: BLE001  a bug in one job must not stop the polls
        problem = repr(error)
        log.fact(logging.ERROR, "job-failed", name=name, problem=problem, fault=error)
    try:
        ledger.upkeep.ran(name, problem)
    except LedgerError as error:
        if not error.passing:
            raise
    return not problem


def due(when: Schedule, last: Run | None, now: datetime) -> datetime:
    """When a job is to run next, by its ``last`` run (``None``: never); now when a run was missed.

    A last run in the future means that the clock was wrong.
    """
    if last is None or last.at > now:
        return when.after(now) if when.cron else now
    following = when.after(last.at)
    return max(now, min(following, last.at + RETRY_INTERVAL) if last.failed else following)
