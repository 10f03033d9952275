"""Mails whose outcome is known: what the rule says about them stands here beside them, apart from bounced.policy."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.support.daemon import bounce

DAY0 = datetime(2026, 1, 5, 12, tzinfo=UTC)

#: The days on which an address failed, the days on which it was delivered to, and whether that suppresses it.
STORIES: tuple[tuple[tuple[float, ...], tuple[float, ...], bool], ...] = (
    ((0, 8, 16), (), True),
    ((0, 1, 16), (), True),
    ((0, 5, 10, 15.5), (), True),
    ((0, 0.01, 0.02), (), False),
    ((0, 7, 15), (), False),
    ((0, 20), (), False),
    ((0, 8, 16), (12,), False),
)


@dataclass(frozen=True, slots=True)
class Mail:
    """A report, and when it arrived."""

    number: int
    content: bytes
    when: datetime


@dataclass
class Truth:
    """``count`` mails or a few more, in an order of their own for every seed, and the addresses that they suppress."""

    count: int
    seed: int
    suppressed: set[str] = field(default_factory=set)

    def mails(self) -> Iterator[Mail]:
        """The mails. ``suppressed`` is complete when the last of them was given out."""
        chance = random.Random(self.seed)
        waiting: list[Mail] = []
        number = person = 0
        while number < self.count:
            failed, delivered, suppresses = STORIES[person % len(STORIES)]
            recipient = f"user{person}@rcpt{person % 50}.test"
            for days, action in [*((day, "failed") for day in failed), *((day, "delivered") for day in delivered)]:
                when = DAY0 + timedelta(days=days)
                waiting.append(Mail(number, bounce(number, recipient, when, action), when))
                number += 1
            if suppresses:
                self.suppressed.add(recipient)
            person += 1
            while len(waiting) > 1000:
                yield waiting.pop(chance.randrange(len(waiting)))
        chance.shuffle(waiting)
        yield from waiting
