"""What it would take to suppress an address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bounced.model import Class
from bounced.policy.records import HARDNESS, Policy
from bounced.policy.state import State


@dataclass(frozen=True, slots=True)
class Forecast:
    """What it would take: ``failures`` more of class ``class_``, the last after ``after``.

    After ``lapses_at`` without a failure the streak, or the probation, is over; ``None`` when there is none, or when
    the sender's records tell what was sent: then it ends with a message that is delivered.
    """

    class_: Class
    failures: int
    after: datetime
    lapses_at: datetime | None


@dataclass(frozen=True, slots=True)
class Probation:
    """From ``since`` to ``until`` one failure of ``kind`` is enough, a reason or a class.

    It suppresses for ``lifetime`` (``None``: for good), as step number ``step`` of the ``steps`` of a ladder.
    """

    kind: str
    since: datetime
    until: datetime
    step: int
    steps: int
    lifetime: timedelta | None


def probation(state: State, policy: Policy, now: datetime) -> Probation | None:
    """The probation that an address is on, or will be when its suppression has lapsed; ``None`` without one."""
    rung = state.rung
    ladder = policy.expire.get(rung.kind) if rung else None
    if not rung or not rung.until or not ladder or not ladder.probation or now > rung.until + policy.max_gap:
        return None
    steps, number = len(ladder.steps), rung.number + 1
    until = rung.until + policy.max_gap
    return Probation(rung.kind, rung.until, until, min(number + 1, steps), steps, ladder.lifetime(number))


def forecast(address: str, state: State, policy: Policy, now: datetime) -> tuple[Forecast, ...]:
    """For each class that counts, the least that failures of it would have to be to suppress ``address``.

    While a suppression stands that lapses, from then on.
    """
    begin = max(now, state.bounce.until) if state.bounce and state.bounce.until else now
    classes = [class_ for class_ in policy.limits if policy.limit(class_, address).bounces]
    return tuple(
        min(_forecasts(class_, address, state, policy, begin), key=lambda forecast: (forecast.failures, forecast.after))
        for class_ in classes
    )


def _forecasts(class_: Class, address: str, state: State, policy: Policy, now: datetime) -> Iterator[Forecast]:
    """By probation, by the limit of ``class_``, and by those of softer classes, which count its failures too."""
    on_probation = probation(state, policy, now)
    if on_probation and on_probation.kind == class_:
        yield Forecast(class_, 1, now, on_probation.until)
    streaks = {} if state.has_lapsed(now) else state.streaks
    since_engaged = now - state.engaged_at if state.engaged_at else None
    for counting in HARDNESS[: HARDNESS.index(class_) + 1]:
        limit, streak = policy.limit(counting, address, since_engaged=since_engaged), streaks.get(counting)
        lapses_at = streak.last_at + policy.max_gap if streak and not streak.recorded else None
        if lapses_at and now > lapses_at:
            streak, lapses_at = None, None
        if limit.bounces:
            first = streak.first_stored_at if streak else now
            missing = max(1, limit.bounces - (streak.bounces if streak else 0))
            after = max(now, first + timedelta(days=limit.days))
            yield Forecast(class_, missing, after, lapses_at)
