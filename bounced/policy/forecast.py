"""What it would take to suppress an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bounced.model import Class
from bounced.policy.records import Policy, Streak


@dataclass(frozen=True, slots=True)
class Forecast:
    """What it would take: ``failures`` more of class ``class_``, the last after ``after``.

    After ``lapses_at`` without a failure the streak is forgotten; ``None`` when there is none.
    """

    class_: Class
    failures: int
    after: datetime
    lapses_at: datetime | None


def forecast(address: str, streak: Streak | None, policy: Policy, now: datetime) -> tuple[Forecast, ...]:
    """For each class that counts, what it would take for a failure of it to suppress ``address`` after ``streak``."""
    if streak and now - streak.last_at > policy.max_gap:
        streak = None
    forecasts = []
    for class_ in policy.limits:
        limit = policy.limit(class_, address)
        if limit.bounces:
            first = streak.first_stored_at if streak else now
            after = max(now, first + timedelta(days=limit.days))
            missing = max(1, limit.bounces - (streak.bounces if streak else 0))
            forecasts.append(Forecast(class_, missing, after, streak.last_at + policy.max_gap if streak else None))
    return tuple(forecasts)
