"""What the failures of a unit are compared with: the largest numbers of each day before. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

#: Days of the past, and how many days with failures it has at least.
PAST = 91
PAST_MIN = 12

#: Earlier, and later, than any hour or day.
NEVER = 2**62

#: A day since 1970, and the most of its times: of the unit, of all others, and of both together.
Day = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Count:
    """How many addresses failed at a time (hours or days since 1970): of the unit, and all ``others``."""

    at: int
    addresses: int
    others: int


@dataclass(frozen=True, slots=True)
class Start:
    """Where a search may begin: with the hour ``at``, the first of a day, before which every incident is over.

    ``hours`` and ``days`` are the past by then, as each of them shows it. It depends on nothing that happened later.
    """

    at: int
    hours: tuple[Day, ...] = ()
    days: tuple[Day, ...] = ()


#: Before everything.
BEGINNING = Start(-NEVER)


@dataclass(slots=True)
class Past:
    """The largest numbers of a day before: of the unit, of all others, and of both together."""

    days: deque[Day] = field(default_factory=deque)
    latest: Day = (0, 0, 0, 0)
    own: int = 0
    others: int = 0
    all: int = 0

    def move_to(self, day: int) -> None:
        """Makes the days before ``day`` the past."""
        if day == self.latest[0]:
            return
        if any(self.latest[1:]):
            self.days.append(self.latest)
        while len(self.days) > PAST_MIN and self.days[0][0] < day - PAST:
            self.days.popleft()
        if self.days:
            _, self.own, self.others, self.all = map(max, zip(*self.days, strict=True))
        self.latest = (day, 0, 0, 0)

    def learn(self, count: Count) -> None:
        """Makes ``count`` part of the day."""
        day, own, others, together = self.latest
        sum_ = count.addresses + count.others
        self.latest = (day, max(own, count.addresses), max(others, count.others), max(together, sum_))

    def known(self) -> tuple[Day, ...]:
        """All days that something was learned of."""
        return (*self.days, self.latest) if any(self.latest[1:]) else tuple(self.days)
