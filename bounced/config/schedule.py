"""[schedule], and what a schedule is: so often, or whenever a cron expression says."""

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
    """When a job runs: ``every`` so often, or as a ``cron`` expression (in UTC) says; the other one says nothing."""

    every: timedelta = timedelta()
    cron: str = ""

    def after(self, at: datetime) -> datetime:
        """The first time later than ``at``, in UTC."""
        if not self.cron:
            return at + self.every
        found: datetime = _cron(self.cron).get_next_fire_time(None, at + timedelta(microseconds=1))
        return found


@cache
def _cron(expression: str) -> CronTrigger:
    """Raises ValueError for what is no cron expression, and for one that never comes true."""
    from apscheduler.triggers.cron import CronTrigger  # with asyncio, for which a sender's `check` would wait

    *others, weekdays = expression.split()
    trigger = CronTrigger.from_crontab(" ".join([*others, _named(weekdays)]), UTC)
    if trigger.get_next_fire_time(None, datetime(2026, 1, 1, tzinfo=UTC)) is None:
        raise ValueError("there is no such day")
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
        raise ValueError(f"{part} is no range of days of the week")
    return ",".join(_WEEKDAYS[day] for day in days)


def _schedule(value: object) -> object:
    if isinstance(value, Schedule):
        return value
    if isinstance(value, str) and len(value.split()) == 5:
        expression = " ".join(value.split())
        try:
            _cron(expression)
        except ValueError as error:
            raise ValueError(f"is no cron expression: {error}") from None
        return Schedule(cron=expression)
    try:
        return Schedule(every=wait(value))
    except ValueError as error:
        raise ValueError(f'{error}; or a cron expression: "*/5 * * * *"') from None


#: A key whose value says when a job runs.
When = Annotated[Schedule, BeforeValidator(_schedule)]

_HOURLY, _DAILY, _WEEKLY = Schedule(timedelta(hours=1)), Schedule(timedelta(days=1)), Schedule(timedelta(days=7))


class ScheduleSection(Section):
    """[schedule]"""

    housekeeping: When = Field(default=_DAILY, description="when what is kept for a time only is dropped")
    reconcile: When = Field(default=_HOURLY, description="when mails that appeared late or are unsettled are sought")
    retention: When = Field(default=_DAILY, description="when messages are removed, as retain in [mailbox.NAME] says")
    backup: When = Field(default=_DAILY, description="when the database is copied, as [database] says")
    optimize: When = Field(default=_WEEKLY, description="when SQLite looks at how the tables have grown")
    rates: When = Field(
        default=Schedule(timedelta(minutes=1)), description="when bounces and complaints are counted for the rates"
    )
    jitter: Duration = Field(
        default=timedelta(minutes=5),
        description="these jobs and polls begin up to so much later, a tenth of their interval at most",
    )
