"""What it would take to suppress an address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bounced.model import Class
from bounced.policy.records import HARDNESS, Policy, Streak


@dataclass(frozen=True, slots=True)
class Forecast:
    """What it would take: ``failures`` more of class ``class_``, the last after ``after``.

    After ``lapses_at`` without a failure the streak is forgotten; ``None`` when there is none, or when the sender's
    records tell what was sent: then it ends with a message that is delivered.
    """

    class_: Class
    failures: int
    after: datetime
    lapses_at: datetime | None


def forecast(address: str, streaks: Mapping[Class, Streak], policy: Policy, now: datetime) -> tuple[Forecast, ...]:
    """For each class that counts, the least that failures of it would have to be to suppress ``address``."""
    classes = [class_ for class_ in policy.limits if policy.limit(class_, address).bounces]
    return tuple(
        min(_forecasts(class_, address, streaks, policy, now), key=lambda forecast: (forecast.failures, forecast.after))
        for class_ in classes
    )


def _forecasts(
    class_: Class, address: str, streaks: Mapping[Class, Streak], policy: Policy, now: datetime
) -> Iterator[Forecast]:
    """By the limit of ``class_``, and by those of softer classes, which count its failures too."""
    for counting in HARDNESS[: HARDNESS.index(class_) + 1]:
        limit, streak = policy.limit(counting, address), streaks.get(counting)
        lapses_at = streak.last_at + policy.max_gap if streak and not streak.recorded else None
        if lapses_at and now > lapses_at:
            streak, lapses_at = None, None
        if limit.bounces:
            first = streak.first_stored_at if streak else now
            missing = max(1, limit.bounces - (streak.bounces if streak else 0))
            after = max(now, first + timedelta(days=limit.days))
            yield Forecast(class_, missing, after, lapses_at)
