"""The rule as the pages tell it (README, docs/how-it-works.md), for one address; it knows nothing of the program.

A history is a list of (day, what, name): "failed" for good, with the name of its message or "" where the report returns
nothing; "delivered"; "released". The numbers: two failures over more than five days; a suppression lasts for twenty.
"""

from __future__ import annotations

BOUNCES, DAYS, LASTS, GAP = 2, 5.0, 20.0, 90.0

#: Days for which reports with one Message-ID are about one message, and reports without any about one that failed.
SAME_NAME, SAME_DAY = 6.0, 1.0

Fact = tuple[float, str, str]


def suppressed_since(facts: list[Fact]) -> tuple[float, float] | None:
    """The day on which the suppression began, and the one on which it ends; ``None`` without one."""
    streak: list[float] = []
    counted: list[tuple[float, str]] = []
    suppression: tuple[float, float] | None = None
    for day, what, name in sorted(facts):
        if what == "delivered":
            streak = []
        elif what == "released":
            streak, suppression = [], None
        elif (known := _repeated(counted, day, name)) is not None:
            counted[known] = counted[known][0], counted[known][1] or name
        else:
            counted.append((day, name))
            if suppression and day >= suppression[1]:
                streak, suppression = [], None
            if streak and day - streak[-1] > GAP:
                streak = []
            streak.append(day)
            if len(streak) >= BOUNCES and day - streak[0] > DAYS:
                suppression = (suppression[0] if suppression else day, day + LASTS)
    return suppression


def _repeated(counted: list[tuple[float, str]], day: float, name: str) -> int | None:
    """The number of the latest failure that such a report is about once more."""
    for number, (failed, failed_name) in reversed(list(enumerate(counted))):
        passed = day - failed
        if not name or not failed_name:
            if passed < SAME_DAY:
                return number
        elif name == failed_name and passed <= SAME_NAME:
            return number
    return None
