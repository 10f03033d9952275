"""What the failures of a unit are compared with: the largest numbers of each day before. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

#: Days of the past, and how many days with failures it has at least.
PAST = 91
PAST_MIN = 12

#: As many outages in that time are usual: another one must stand out of the smallest of the largest so many.
USUAL_OUTAGES = 3

#: Earlier, and later, than any hour or day.
NEVER = 2**62

#: A day since 1970, and the most of its times: of the unit, of all others, and of both together.
Day = tuple[int, int, int, int]

#: The last day of an outage (since 1970), and how many addresses failed at the worst of its times.
Outage = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Count:
    """How many addresses failed at a time (hours or days since 1970): of the unit, and all ``others``."""

    at: int
    addresses: int
    others: int


class Known(NamedTuple):
    """All that a past depends on: its days, and the outages, which are none of them."""

    days: tuple[Day, ...] = ()
    outages: tuple[Outage, ...] = ()


NOTHING = Known()


@dataclass(frozen=True, slots=True)
class Start:
    """Where a search may begin: with the hour ``at``, the first of a day, before which every incident is over.

    ``hours`` and ``days`` are the past by then, as each of them shows it. It depends on nothing that happened later.
    """

    at: int
    hours: Known = NOTHING
    days: Known = NOTHING


#: Before everything.
BEGINNING = Start(-NEVER)


@dataclass(slots=True)
class Past:
    """The largest numbers of a day before: of the unit, of all others, and of both together."""

    days: deque[Day] = field(default_factory=deque)
    outages: tuple[Outage, ...] = ()
    lately: tuple[Outage, ...] = ()  # incidents that may be of one outage, which is not over
    latest: Day = (0, 0, 0, 0)
    own: int = 0
    others: int = 0
    all: int = 0

    @classmethod
    def of(cls, known: Known) -> Past:
        """What is ``known``."""
        return cls(deque(known.days), known.outages)

    @property
    def outage(self) -> int:
        """How many addresses failed in usual outages; 0 where there were few."""
        return max(map(_usual, (self.outages, self.lately)))

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
        self.outages = tuple(outage for outage in self.outages if outage[0] >= day - PAST)
        self.latest = (day, 0, 0, 0)

    def learn(self, count: Count) -> None:
        """Makes ``count`` part of the day."""
        day, own, others, together = self.latest
        sum_ = count.addresses + count.others
        self.latest = (day, max(own, count.addresses), max(others, count.others), max(together, sum_))

    def end_outage(self, *, is_one: bool) -> None:
        """Makes ``lately`` part of ``outages``: as the worst of them, if it ``is_one``."""
        self.outages += (max(self.lately, key=itemgetter(1)),) if is_one and self.lately else self.lately
        self.lately = ()

    def known(self) -> Known:
        """All days that something was learned of, and the outages."""
        days = (*self.days, self.latest) if any(self.latest[1:]) else tuple(self.days)
        return Known(days, self.outages)


def _usual(outages: tuple[Outage, ...]) -> int:
    largest = sorted((addresses for _, addresses in outages), reverse=True)
    return largest[USUAL_OUTAGES - 1] if len(largest) >= USUAL_OUTAGES else 0
