"""[schedule], and what a schedule is: an interval or a cron expression."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field

from bounced.config.section import Section
from bounced.config.values import Duration, wait

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NUMBERED = re.compile(r"(?:\*|([0-7])(?:-([0-7]))?)(?:/([1-7]))?")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a job runs: ``every`` so often, or by a ``cron`` expression in UTC; the other one is empty."""

    every: timedelta = timedelta()
    cron: str = ""

    def after(self, at: datetime) -> datetime:
        """The first time later than ``at``, in UTC."""
        if not self.cron:
            return at + self.every
        time: datetime = _cron(self.cron).get_next_fire_time(None, at + timedelta(microseconds=1))
        return time


@cache
def _cron(expression: str) -> CronTrigger:
    """Raises ValueError for an invalid expression, and for one that never matches."""
    from apscheduler.triggers.cron import CronTrigger  # with asyncio, for which a sender's `check` would wait

    *others, weekdays = expression.split()
    trigger = CronTrigger.from_crontab(" ".join([*others, _named(weekdays)]), UTC)
    if trigger.get_next_fire_time(None, datetime(2026, 1, 1, tzinfo=UTC)) is None:
        raise ValueError("it never matches")
    return trigger


def _named(weekdays: str) -> str:
    """crontab(5) numbers the days of the week from Sunday, APScheduler from Monday: names mean the same to both."""
    return ",".join(_names(part) for part in weekdays.split(","))


def _names(part: str) -> str:
    found = _NUMBERED.fullmatch(part)
    if part == "*" or not found:
        return part
    first, last, step = found.groups()
    days = range(int(first or 0), int(last or (6 if step or not first else first)) + 1, int(step or 1))
    if not days:
        raise ValueError(f"{part} is not a range of days of the week")
    return ",".join(_WEEKDAYS[day] for day in days)


def _schedule(value: object) -> object:
    if isinstance(value, Schedule):
        return value
    if isinstance(value, str) and len(value.split()) == 5:
        expression = " ".join(value.split())
        try:
            _cron(expression)
        except ValueError as error:
            raise ValueError(f"is not a cron expression: {error}") from None
        return Schedule(cron=expression)
    try:
        return Schedule(every=wait(value))
    except ValueError as error:
        raise ValueError(f'{error}; or a cron expression: "*/5 * * * *"') from None


#: The type of a key that says when a job runs.
When = Annotated[Schedule, BeforeValidator(_schedule)]

_HOURLY, _DAILY, _WEEKLY = Schedule(timedelta(hours=1)), Schedule(timedelta(days=1)), Schedule(timedelta(days=7))


class ScheduleSection(Section):
    """[schedule]"""

    housekeeping: When = Field(default=_DAILY, description="when outdated data is deleted")
    reconcile: When = Field(default=_HOURLY, description="when late and unsettled messages are looked for")
    retention: When = Field(default=_DAILY, description="when messages are removed (retain in [mailbox.NAME])")
    backup: When = Field(default=_DAILY, description="when the database is backed up")
    optimize: When = Field(default=_WEEKLY, description="when SQLite updates its statistics")
    rates: When = Field(default=Schedule(timedelta(minutes=1)), description="when the rates are updated")
    logs: When = Field(default=Schedule(timedelta(minutes=1)), description="when mail logs are read ([logs.NAME])")
    settle: When = Field(
        default=Schedule(timedelta(minutes=1)), description="when messages without a report are taken for delivered"
    )
    jitter: Duration = Field(
        default=timedelta(minutes=5),
        description="random delay of these jobs and polls, at most a tenth of their interval",
    )
