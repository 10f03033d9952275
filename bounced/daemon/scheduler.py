"""Jobs that run by a schedule, each in a thread of the pool and never twice at once. What APScheduler 3.11 does else:

1. It drops a run that is a second late: ``misfire_grace_time=None``.
2. It drops a wake-up that comes while the job runs: that is remembered here, and the job runs again.
3. It logs and swallows whatever a job raises, SystemExit included: ``failed`` is told of it.
4. ``shutdown(wait=True)`` deadlocks when a job touches the scheduler: nobody waits.
5. Its thread can die while ``running`` stays true: the heartbeat job stops, and ``beating`` says so.
6. It goes by the wall clock. Set back, it waits until the old time is reached again; set forward by a year, its
   triggers count every run that was missed. So a trigger of our own looks forward only, and when the clock was set the
   jobs keep the time that they had left.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import SchedulerNotRunningError
from apscheduler.triggers.base import BaseTrigger

from bounced.config import Schedule
from bounced.retry import Draw

#: Seconds between two heartbeats, and without one after which the scheduler counts as dead.
HEARTBEAT = 5.0
HEARTBEAT_LIMIT = 60.0

#: Seconds by which the clock must leave its course to have been set.
JUMP = 1.0

#: Threads are only made when one is needed: two jobs for each folder at most.
MOST_THREADS = 10_000

#: For a job that only runs when it is woken.
WHEN_WOKEN = Schedule(timedelta(days=36500))


class Scheduler:
    """The jobs by their names. Any thread may call any method, ``stop`` once."""

    def __init__(self, failed: Callable[[BaseException], None], draw: Draw = random.uniform) -> None:
        self._failed = failed
        self._draw = draw
        self._woken: set[str] = set()
        self._beat_at = time.monotonic()
        self._clock_ahead = _clock_ahead()
        self._scheduler = _Scheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(MOST_THREADS)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.add_listener(self._ended, EVENT_JOB_ERROR | EVENT_JOB_EXECUTED)
        self.add("heartbeat", Schedule(timedelta(seconds=HEARTBEAT)), self._beat)

    def start(self) -> None:
        """From now on jobs run; those that were added before run as they are due."""
        self._beat_at = time.monotonic()
        self._scheduler.start()

    def pause(self) -> None:
        """No job begins any more; those that run may end."""
        self._scheduler.pause()

    def stop(self) -> None:
        """Gives up the jobs. Does not wait for those that run."""
        with suppress(SchedulerNotRunningError):
            self._scheduler.shutdown(wait=False)

    def add(
        self,
        name: str,
        schedule: Schedule,
        job: Callable[[], None],
        *,
        first: datetime | None = None,
        jitter: timedelta = timedelta(),
    ) -> None:
        """Has ``job`` run by ``schedule`` from ``first`` on (``None``: at once), instead of an earlier one."""
        trigger = _Trigger(schedule, jitter, self._draw)
        run = partial(self._run, name, job)
        at = first or datetime.now(UTC)
        if first is None:
            self._woken.add(name)
        self._scheduler.add_job(run, trigger, id=name, next_run_time=at, replace_existing=True)

    def remove(self, name: str) -> None:
        """Has the job not run any more; one that runs ends by itself."""
        self._woken.discard(name)
        with suppress(JobLookupError):
            self._scheduler.remove_job(name)

    def wake(self, name: str) -> None:
        """Has the job run now; once more when it is running."""
        self._woken.add(name)
        with suppress(JobLookupError):
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def run_in(self, name: str, seconds: float) -> None:
        """Has the job run after so many seconds, if it is not to run sooner, and by its schedule from then on."""
        at = datetime.now(UTC) + timedelta(seconds=seconds)
        with suppress(JobLookupError):
            job = self._scheduler.get_job(name)
            if job and at < job.next_run_time:
                job.modify(next_run_time=at)

    @property
    def beating(self) -> bool:
        """True while the scheduler runs its jobs."""
        return time.monotonic() - self._beat_at <= HEARTBEAT_LIMIT

    def follow_clock(self) -> float:
        """Seconds by which the clock was set since the last call, 0.0 for none; the jobs follow it."""
        ahead = _clock_ahead()
        jump, self._clock_ahead = ahead - self._clock_ahead, ahead
        if abs(jump) < JUMP:
            return 0.0
        self._scheduler.follow_clock()  # or it would put off what is woken now, by the jump
        self._scheduler.wakeup()
        return jump

    def _run(self, name: str, job: Callable[[], None]) -> None:
        self._woken.discard(name)
        job()

    def _ended(self, event: JobExecutionEvent) -> None:
        if event.exception:
            self._failed(event.exception)
        if event.job_id in self._woken:
            self.wake(event.job_id)

    def _beat(self) -> None:
        self._beat_at = time.monotonic()


class _Trigger(BaseTrigger):  # type: ignore[misc]
    """Looks forward from now, whatever was missed."""

    def __init__(self, schedule: Schedule, jitter: timedelta, draw: Draw) -> None:
        self.schedule = schedule
        self._jitter = jitter
        self._draw = draw

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        at = self.schedule.after(now)
        tenth = (self.schedule.after(at) - at) / 10  # until the run after that
        return at + timedelta(seconds=self._draw(0, min(self._jitter, tenth).total_seconds()))


class _Scheduler(BackgroundScheduler):  # type: ignore[misc]
    """Follows the clock before it looks for what is due: what a jump makes look due is not."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._clock_ahead = _clock_ahead()
        self._following = threading.Lock()

    def _process_jobs(self) -> float | None:
        self.follow_clock()
        waits: float | None = super()._process_jobs()
        return waits

    def follow_clock(self) -> None:
        with self._following:
            self._follow()

    def _follow(self) -> None:
        ahead = _clock_ahead()
        jump, self._clock_ahead = timedelta(seconds=ahead - self._clock_ahead), ahead
        if abs(jump.total_seconds()) >= JUMP:
            now = datetime.now(UTC)
            for job in self.get_jobs():
                latest = job.trigger.schedule.after(now)
                next_run = latest if job.trigger.schedule.cron else min(job.next_run_time + jump, latest)
                job.modify(next_run_time=next_run)


def _clock_ahead() -> float:
    return time.time() - time.monotonic()
