"""When a problem is told: once, then daily, then when it is over. Pure.

1. A problem is told when it has been there for its ``patience``, then after each REMINDER_INTERVAL, and at once when it
   becomes critical.
2. It is over when it has not been there for SETTLED. What comes back before that is the same problem.
3. What was never told ends untold.

Times may lie in the future, since clocks are set: only how far they are from now counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

#: What is told of a problem, as changes of the outbox are called.
AlarmChangeType = Literal["alarm.raised", "alarm.reminded", "alarm.recovered"]

REMINDER_INTERVAL = timedelta(days=1)

#: A problem that ends and begins again within this time is one problem.
SETTLED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a person has to look at: what it is about, in words, and what to do about it."""

    kind: str
    name: str
    text: str
    advice: str = ""
    is_critical: bool = False
    patience: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Alarm:
    """A problem that is there, or was lately. ``told_at`` is the last time, ``None`` for never."""

    kind: str
    name: str
    text: str
    is_critical: bool
    began_at: datetime
    told_at: datetime | None = None
    times_told: int = 0
    gone_at: datetime | None = None


#: What a problem has become, ``None`` when it is over, and what is to be told of it, ``None`` for nothing.
Step = tuple[Alarm | None, AlarmChangeType | None]


def step(alarm: Alarm | None, problem: Problem | None, now: datetime) -> Step:
    """What ``alarm`` becomes by the ``problem`` as it is ``now``; ``None`` for one that is not there."""
    if problem:
        return _lasting(alarm, problem, now)
    return _gone(alarm, now) if alarm else (None, None)


def _lasting(alarm: Alarm | None, problem: Problem, now: datetime) -> Step:
    began = alarm or Alarm(problem.kind, problem.name, problem.text, problem.is_critical, now)
    lasting = replace(began, text=problem.text, is_critical=began.is_critical or problem.is_critical, gone_at=None)
    change = _due(began, lasting, problem.patience, now)
    return (replace(lasting, told_at=now, times_told=began.times_told + 1), change) if change else (lasting, None)


def _due(began: Alarm, lasting: Alarm, patience: timedelta, now: datetime) -> AlarmChangeType | None:
    if began.told_at is None:
        return "alarm.raised" if abs(now - began.began_at) >= patience else None
    is_worse = lasting.is_critical and not began.is_critical
    return "alarm.reminded" if is_worse or abs(now - began.told_at) >= REMINDER_INTERVAL else None


def _gone(alarm: Alarm, now: datetime) -> Step:
    if alarm.told_at is None:
        return None, None
    gone_at = alarm.gone_at or now
    return (None, "alarm.recovered") if abs(now - gone_at) >= SETTLED else (replace(alarm, gone_at=gone_at), None)
