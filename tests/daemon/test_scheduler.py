"""The jobs, on APScheduler's own threads: each of its traps with the guard against it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from bounced import times
from bounced.config import Schedule
from bounced.daemon import scheduler as module
from bounced.daemon.scheduler import WHEN_WOKEN, Scheduler

PATIENCE = 20.0
OFTEN = Schedule(timedelta(seconds=0.05))
HOURLY = Schedule(timedelta(hours=1))


class Clock:
    """``datetime.now`` and ``time.time`` of APScheduler and of the timetable, which a test can set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = self
        self.ahead = timedelta()

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: tzinfo) -> datetime:  # type: ignore[override]
                return (datetime.now(UTC) + clock.ahead).astimezone(tz)

        class Time:
            monotonic = staticmethod(time.monotonic)

            @staticmethod
            def time() -> float:
                return time.time() + clock.ahead.total_seconds()

        for name in ("apscheduler.schedulers.base", "apscheduler.executors.base", "bounced.daemon.scheduler"):
            monkeypatch.setattr(f"{name}.datetime", Shifted)
        monkeypatch.setattr(times, "time", Time)


class Job:
    """Counts its runs; each takes as long as the test wants."""

    def __init__(self, raises: BaseException | None = None) -> None:
        self.runs = 0
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Event()
        self.may_end.set()
        self._raises = raises

    def __call__(self) -> None:
        self.runs += 1
        self.begun.release()
        assert self.may_end.wait(2 * PATIENCE)  # longer than anybody waits for another job
        if self._raises:
            raise self._raises

    def wait(self) -> None:
        """Returns when it has begun once more."""
        assert self.begun.acquire(timeout=PATIENCE)


@pytest.fixture
def failures() -> list[BaseException]:
    return []


@pytest.fixture
def scheduler(failures: list[BaseException]) -> Iterator[Scheduler]:
    made = Scheduler(failures.append)
    yield made
    made.stop()


def wait_until(what: object, holds: object) -> None:
    """Returns when ``holds()`` is true."""
    end = time.monotonic() + PATIENCE
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end, what
        time.sleep(0.01)


def test_a_run_that_is_late_is_not_dropped(scheduler: Scheduler) -> None:
    """misfire_grace_time is one second by default."""
    job = Job()
    scheduler.add("late", HOURLY, job, first=datetime.now(UTC) - timedelta(minutes=5))
    scheduler.start()
    job.wait()


def test_what_was_missed_for_a_day_is_done_once(scheduler: Scheduler) -> None:
    """Triggers of APScheduler count from the run before; without coalesce each run that was missed is made up for."""
    job = Job()
    scheduler.add("late", Schedule(timedelta(minutes=10)), job, first=datetime.now(UTC) - timedelta(days=1))
    scheduler.start()
    job.wait()
    time.sleep(0.1)
    assert job.runs == 1


def test_a_deadline_never_delays_a_scheduled_job(scheduler: Scheduler) -> None:
    job = Job()
    scheduler.add("job", Schedule(timedelta(seconds=0.2)), job)
    scheduler.start()
    for _ in range(3):
        job.wait()
        scheduler.run_in("job", 3600)


def test_a_wake_up_while_the_job_runs_is_not_lost(scheduler: Scheduler) -> None:
    job = Job()
    job.may_end.clear()
    scheduler.add("job", HOURLY, job)
    scheduler.start()
    job.wait()
    for _ in range(3):
        scheduler.wake("job")
    time.sleep(0.1)  # the scheduler has looked at them, and dropped them
    assert job.runs == 1
    job.may_end.set()
    job.wait()
    time.sleep(0.1)
    assert job.runs == 2


def test_jobs_run_beside_each_other_and_none_beside_itself(scheduler: Scheduler) -> None:
    """One that waits for a server keeps nobody up: 50 do."""
    stuck = [Job() for _ in range(50)]
    free = Job()
    for number, job in enumerate(stuck):
        job.may_end.clear()
        scheduler.add(f"stuck {number}", OFTEN, job)
    scheduler.add("free", OFTEN, free)
    scheduler.start()
    try:
        for job in (*stuck, free, free, free):
            job.wait()
        assert {job.runs for job in stuck} == {1}
    finally:
        for job in stuck:
            job.may_end.set()


@pytest.mark.parametrize("error", [ValueError("a fault"), SystemExit(3)], ids=repr)
def test_whatever_a_job_raises_is_told(
    scheduler: Scheduler, failures: list[BaseException], error: BaseException
) -> None:
    """APScheduler logs and swallows it, SystemExit included."""
    scheduler.add("failing", HOURLY, Job(error))
    scheduler.start()
    wait_until("told", lambda: failures)
    assert failures == [error]


def test_stopping_does_not_wait_for_a_job_that_touches_the_scheduler() -> None:
    """shutdown(wait=True) holds a lock that the job needs: nothing but a kill would end that."""
    code = """
import threading
from datetime import timedelta
from bounced.config import Schedule
from bounced.daemon.scheduler import Scheduler

begun, go = threading.Event(), threading.Event()
timetable = Scheduler(print)

def job():
    begun.set()
    go.wait()
    timetable.run_in("job", 1)

timetable.add("job", Schedule(timedelta(hours=1)), job)
timetable.start()
begun.wait()
threading.Timer(0.1, go.set).start()
timetable.stop()
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_scheduler_whose_thread_has_died_does_not_beat(scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    """It calls itself running forever."""
    monkeypatch.setattr(module, "HEARTBEAT_LIMIT", 0.5)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)

    class Broken(Schedule):
        def after(self, at: datetime) -> datetime:
            raise SystemExit

    scheduler.start()
    assert scheduler.beating
    scheduler.add("broken", Broken(), Job())
    wait_until("dead", lambda: not scheduler.beating)
    assert scheduler._scheduler.running


def test_a_paused_timetable_begins_nothing(scheduler: Scheduler) -> None:
    job = Job()
    scheduler.start()
    scheduler.pause()
    scheduler.add("job", OFTEN, job)
    time.sleep(0.2)
    assert job.runs == 0


def test_a_job_that_was_removed_does_not_run_and_may_be_woken(scheduler: Scheduler) -> None:
    job = Job()
    scheduler.add("job", WHEN_WOKEN, job)
    scheduler.start()
    job.wait()
    scheduler.remove("job")
    scheduler.wake("job")
    scheduler.remove("job")
    time.sleep(0.1)
    assert job.runs == 1


def test_another_job_of_the_same_name_takes_over_when_the_old_one_has_ended(scheduler: Scheduler) -> None:
    old, new = Job(), Job()
    old.may_end.clear()
    scheduler.add("job", HOURLY, old)
    scheduler.start()
    old.wait()
    scheduler.remove("job")
    scheduler.add("job", HOURLY, new)
    time.sleep(0.1)
    assert new.runs == 0
    old.may_end.set()
    new.wait()
    assert old.runs == 1


def test_a_job_that_is_added_again_is_replaced(scheduler: Scheduler) -> None:
    """As by every reload. APScheduler raises ConflictingIdError, before the start only then."""
    early, late, last = Job(), Job(), Job()
    scheduler.add("job", HOURLY, early)
    scheduler.add("job", HOURLY, late)
    scheduler.start()
    late.wait()
    scheduler.add("job", HOURLY, last)
    last.wait()
    assert (early.runs, late.runs) == (0, 1)


def test_an_hour_that_comes_twice_stops_nothing(failures: list[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two minutes before the end of summer time in a zone that has one: reckoned there, the next run is 65 min away."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    clock = Clock(monkeypatch)
    clock.ahead = datetime(2026, 10, 25, 0, 58, tzinfo=UTC) - datetime.now(UTC)
    scheduler = Scheduler(failures.append)
    job = Job()
    scheduler.add("job", Schedule(timedelta(minutes=5)), job)
    scheduler.start()
    try:
        job.wait()
        wait_until("planned", lambda: planned(scheduler, "job") > datetime.now(UTC) + clock.ahead)
        assert planned(scheduler, "job") - (datetime.now(UTC) + clock.ahead) <= timedelta(minutes=5)
    finally:
        scheduler.stop()


def planned(scheduler: Scheduler, name: str) -> datetime:
    """When the job is to run next, in UTC."""
    at: datetime = scheduler._scheduler.get_job(name).next_run_time
    return at.astimezone(UTC)


@pytest.mark.parametrize("ahead", [timedelta(days=365), timedelta(hours=-1), timedelta(days=-365)], ids=str)
def test_jobs_go_on_when_the_clock_is_set(
    failures: list[BaseException], monkeypatch: pytest.MonkeyPatch, ahead: timedelta
) -> None:
    """Those that are due often go on at once, those that are due later keep the time that they had left."""
    clock = Clock(monkeypatch)
    scheduler = Scheduler(failures.append)
    often, daily, nightly = Job(), Job(), Job()
    scheduler.add("often", OFTEN, often)
    scheduler.add("daily", Schedule(timedelta(days=1)), daily, first=datetime.now(UTC) + timedelta(hours=9))
    night = Schedule(cron=f"0 {(datetime.now(UTC).hour + 12) % 24} * * *")
    scheduler.add("nightly", night, nightly, first=night.after(datetime.now(UTC)))
    scheduler.start()
    try:
        for _ in range(3):
            often.wait()
        begun = time.monotonic()
        clock.ahead = ahead
        assert scheduler.follow_clock() == pytest.approx(ahead.total_seconds(), abs=0.5)
        assert scheduler.follow_clock() == 0
        for _ in range(often.runs + 3):
            often.wait()
        assert time.monotonic() - begun < 10
        left = {job.id: job.next_run_time - (datetime.now(UTC) + ahead) for job in scheduler._scheduler.get_jobs()}
        assert left["daily"] == pytest.approx(timedelta(hours=9), abs=timedelta(minutes=1))
        assert left["nightly"] == pytest.approx(
            night.after(datetime.now(UTC) + ahead) - (datetime.now(UTC) + ahead), abs=timedelta(minutes=1)
        )
        assert (daily.runs, nightly.runs) == (0, 0)
        assert failures == []
    finally:
        scheduler.stop()


def test_jitter_is_a_tenth_of_the_interval_at_most(failures: list[BaseException]) -> None:
    scheduler = Scheduler(failures.append, draw=lambda _, most: most)
    noon, hour = datetime(2026, 9, 17, 12, tzinfo=UTC), timedelta(hours=1)
    for schedule, jitter, first, most in [
        (HOURLY, timedelta(minutes=5), hour, 300.0),
        (HOURLY, timedelta(days=1), hour, 360.0),
        (HOURLY, timedelta(), hour, 0.0),
        (Schedule(cron="0 * * * *"), timedelta(minutes=5), hour, 300.0),
        (Schedule(cron="* * * * *"), timedelta(minutes=5), hour / 60, 6.0),
        (Schedule(cron="50,51 * * * *"), timedelta(minutes=5), hour * 5 / 6, 6.0),
    ]:
        scheduler.add("job", schedule, Job(), jitter=jitter)
        trigger = next(job for job, *_ in scheduler._scheduler._pending_jobs if job.id == "job").trigger
        assert trigger.get_next_fire_time(None, noon) == noon + first + timedelta(seconds=most)
        scheduler._scheduler._pending_jobs.clear()
