"""How many addresses may be suppressed for bounces in a day: far more than on other days is a mistake. Pure.

1. The usual day is the median of the largest day of each week before that had any suppression: of a weekly newsletter,
   the day after it, though its last reports come on the days after that.
2. Until ``learn`` has passed since the first one, every number is usual: neither the first list nor the first scan of
   an old mailbox is a mistake.
3. What other numbers or tables would change at once is limited from the first day on: it was decided, not reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bounced.policy.records import BrakeLimits

#: Days that are compared with.
PAST_DAYS = 91

#: More than any number.
ANY_NUMBER = float("inf")

#: Of a change before the usual day is known: a part of the suppressed addresses.
CHANGED_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Past:
    """Addresses whose suppression began (or would have): in 24 hours, on the largest day of each week before."""

    today: int = 0
    days: Sequence[int] = ()
    since: timedelta = timedelta()  # how long ago the first one began


def reported_limit(limits: BrakeLimits, past: Past) -> float:
    """How many addresses reports may suppress in 24 hours; ANY_NUMBER for no limit."""
    if not limits.addresses or past.since < limits.learn:
        return ANY_NUMBER
    return _limit(limits, past)


def changed_limit(limits: BrakeLimits, past: Past, suppressed: int) -> float:
    """How many addresses other numbers or tables may suppress at once, where ``suppressed`` are."""
    if not limits.addresses:
        return ANY_NUMBER
    if past.since < limits.learn:
        return max(limits.addresses, suppressed * CHANGED_SHARE)
    return _limit(limits, past)


def _limit(limits: BrakeLimits, past: Past) -> float:
    return max(limits.addresses, limits.factor * _median(past.days))


def _median(numbers: Sequence[int]) -> float:
    """The one in the middle, or between the two there; 0 of none."""
    ordered, middle = sorted(numbers), len(numbers) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return sum(ordered[middle - 1 : middle + 1]) / 2
