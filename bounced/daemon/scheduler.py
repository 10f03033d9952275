"""Jobs that run by a schedule, each in a thread of the pool and never twice at once. Quirks of APScheduler 3.11:

1. It drops a run that is a second late; hence ``misfire_grace_time=None``.
2. It drops a wake-up during a run: that is remembered here, and the job runs again.
3. It logs and swallows whatever a job raises, SystemExit included: ``failed`` is called with it.
4. ``shutdown(wait=True)`` deadlocks when a job touches the scheduler: nothing waits here.
5. Its thread can die while ``running`` stays true: the heartbeat job stops then, and ``beating`` is false.
6. It follows the wall clock. Set back, it waits until the old time is reached again; set forward by a year, its
   triggers count every missed run. So our own trigger looks forward only, and after a clock jump the jobs keep the time
   they had left.
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

from bounced import times
from bounced.config import Schedule
from bounced.sources.retry import Draw

#: Seconds between two heartbeats, and without one until the scheduler counts as dead.
HEARTBEAT_INTERVAL = 5.0
HEARTBEAT_LIMIT = 60.0

#: Seconds of difference from which the clock counts as set.
CLOCK_JUMP = 1.0

#: Threads are only created when needed: two jobs for each folder at most.
THREADS_LIMIT = 10_000

#: For a job that only runs when it is woken.
WHEN_WOKEN = Schedule(timedelta(days=36500))


class Scheduler:
    """The jobs by name. Any thread may call any method, ``stop`` once. ``beat_at``: monotonic seconds."""

    def __init__(self, failed: Callable[[BaseException], None], draw: Draw = random.uniform) -> None:
        self._failed = failed
        self._draw = draw
        self._woken: set[str] = set()
        self.beat_at = time.monotonic()
        self._clock_ahead = times.clock_ahead()
        self._scheduler = _Scheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(THREADS_LIMIT)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.add_listener(self._ended, EVENT_JOB_ERROR | EVENT_JOB_EXECUTED)
        self.add("heartbeat", Schedule(timedelta(seconds=HEARTBEAT_INTERVAL)), self._beat)

    def start(self) -> None:
        """Starts to run jobs; those added before run when they are due."""
        self.beat_at = time.monotonic()
        self._scheduler.start()

    def pause(self) -> None:
        """Starts no more jobs; running ones may finish."""
        self._scheduler.pause()

    def stop(self) -> None:
        """Drops all jobs. Does not wait for running ones."""
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
        """Runs ``job`` by ``schedule`` from ``first`` on (``None``: now); replaces an earlier one of that name."""
        trigger = _Trigger(schedule, jitter, self._draw)
        run = partial(self._run, name, job)
        at = first or datetime.now(UTC)
        if first is None:
            self._woken.add(name)
        self._scheduler.add_job(run, trigger, id=name, next_run_time=at, replace_existing=True)

    def remove(self, name: str) -> None:
        """Removes the job; a running one finishes."""
        self._woken.discard(name)
        with suppress(JobLookupError):
            self._scheduler.remove_job(name)

    def wake(self, name: str) -> None:
        """Runs the job now; once more when it is running."""
        self._woken.add(name)
        with suppress(JobLookupError):
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def run_in(self, name: str, seconds: float) -> None:
        """Runs the job in so many seconds unless it is due sooner, and by its schedule from then on."""
        at = datetime.now(UTC) + timedelta(seconds=seconds)
        with suppress(JobLookupError):
            job = self._scheduler.get_job(name)
            if job and at < job.next_run_time:
                job.modify(next_run_time=at)

    @property
    def beating(self) -> bool:
        """True while the scheduler runs its jobs."""
        return time.monotonic() - self.beat_at <= HEARTBEAT_LIMIT

    def follow_clock(self) -> float:
        """Seconds by which the clock was set since the last call, or 0.0; the jobs follow it."""
        ahead = times.clock_ahead()
        jump, self._clock_ahead = ahead - self._clock_ahead, ahead
        if abs(jump) < CLOCK_JUMP:
            return 0.0
        self._scheduler.follow_clock()  # or it would delay what is woken now by the jump
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
        self.beat_at = time.monotonic()


class _Trigger(BaseTrigger):  # type: ignore[misc]
    """Looks forward from now, regardless of missed runs."""

    def __init__(self, schedule: Schedule, jitter: timedelta, draw: Draw) -> None:
        self.schedule = schedule
        self._jitter = jitter
        self._draw = draw

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        at = self.schedule.after(now)
        tenth = (self.schedule.after(at) - at) / 10  # until the run after that
        return at + timedelta(seconds=self._draw(0, min(self._jitter, tenth).total_seconds()))


class _Scheduler(BackgroundScheduler):  # type: ignore[misc]
    """Follows the clock before it looks for due jobs: what only a jump makes look due is not."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._clock_ahead = times.clock_ahead()
        self._following = threading.Lock()

    def _process_jobs(self) -> float | None:
        self.follow_clock()
        waits: float | None = super()._process_jobs()
        return waits

    def follow_clock(self) -> None:
        with self._following:
            self._follow()

    def _follow(self) -> None:
        ahead = times.clock_ahead()
        jump, self._clock_ahead = timedelta(seconds=ahead - self._clock_ahead), ahead
        if abs(jump.total_seconds()) >= CLOCK_JUMP:
            now = datetime.now(UTC)
            for job in self.get_jobs():
                latest = job.trigger.schedule.after(now)
                next_run = latest if job.trigger.schedule.cron else min(job.next_run_time + jump, latest)
                job.modify(next_run_time=next_run)
