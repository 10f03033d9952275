"""What is true of the recipients: who has a mailbox when, and what their servers answer each week.

Everything is drawn before anything is sent, so each rule meets the same year.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

WEEKS = 52
START = datetime(2025, 9, 1, 8, tzinfo=UTC)

Fate = Literal["unknown", "full", "disabled", "listed", "dmarc", "late"]

#: Provider, its domains, and its share of the recipients in percent.
PROVIDERS: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("google", ("gmail.com", "googlemail.com", "school.example", "firm.example"), 34),
    ("microsoft", ("outlook.com", "hotmail.com", "office.example"), 16),
    ("yahoo", ("yahoo.com", "aol.com"), 10),
    ("apple", ("icloud.com", "me.com"), 5),
    ("united-internet", ("gmx.de", "web.de"), 8),
    ("telekom", ("t-online.de",), 4),
    ("mail.ru", ("mail.ru", "bk.ru"), 5),
    ("yandex", ("yandex.ru",), 3),
    ("tencent", ("qq.com",), 4),
    ("netease", ("163.com", "126.com"), 2),
    ("orange", ("orange.fr",), 3),
    ("small", tuple(f"site{number}.example" for number in range(40)), 6),
)

DYING = 0.14175  # of the recipients in a year
FULL = 0.055  # full for a while
FULL_FOR_GOOD = 0.01
DISABLED = 0.02  # for a while
NOISE = 0.002  # of the messages to living mailboxes expire in the queue
VICTIMS = 0.003  # of the recipients are those of forgers

OUTAGE_WEEK = 31  # a day on which a provider answers "user unknown" for mailboxes that exist
OUTAGE_SHARE = 0.86
LISTED_WEEK = 17
LISTING = frozenset(("microsoft", "telekom", "united-internet", "orange"))
DMARC_WEEK = 40
DMARC_CHECKING = frozenset(("google", "yahoo"))


@dataclass(slots=True)
class Recipient:
    """A subscriber, and the weeks in which the mailbox takes nothing."""

    number: int
    address: str
    provider: str
    dies: int = WEEKS  # the first week in which there is no such mailbox
    unavailable: range = range(0)
    why: Fate = "full"
    forged: range = range(0)  # weeks in which somebody writes a report about it

    def lives(self, week: int) -> bool:
        """True while there is a mailbox."""
        return week < self.dies

    def takes(self, week: int) -> bool:
        """True when a message of that week could be delivered."""
        return self.lives(week) and week not in self.unavailable

    @property
    def returns(self) -> bool:
        """True for a mailbox that was full or disabled, and takes mail again before the year is over."""
        return bool(self.unavailable) and self.unavailable.stop < WEEKS <= self.dies


@dataclass(slots=True)
class World:
    """The recipients, and what happens to single messages: by week, by recipient."""

    seed: int
    recipients: list[Recipient]
    accidents: list[Mapping[int, Fate]] = field(default_factory=list)

    def fate(self, recipient: Recipient, week: int) -> Fate | None:
        """Why a message to ``recipient`` in ``week`` fails; ``None`` when it is delivered."""
        if not recipient.lives(week):
            return "unknown"
        if week in recipient.unavailable:
            return recipient.why
        return self.accidents[week].get(recipient.number)


def make(seed: int, recipients: int) -> World:
    """The year of ``seed``."""
    random = Random(seed)  # noqa: S311  so that the year can be made again
    people = [_recipient(number, random) for number in range(recipients)]
    world = World(seed, people)
    world.accidents = [dict(_accidents(week, people, random)) for week in range(WEEKS)]
    return world


def sent_at(week: int) -> datetime:
    """When the newsletter of ``week`` is sent."""
    return START + timedelta(weeks=week)


def _recipient(number: int, random: Random) -> Recipient:
    [(provider, domains, _)] = random.choices(PROVIDERS, [share for *_, share in PROVIDERS])
    recipient = Recipient(number, f"reader{number}@{random.choice(domains)}", provider)
    if random.random() < DYING:
        recipient.dies = random.randrange(1, WEEKS)
    kind = random.random()
    if kind < FULL + FULL_FOR_GOOD + DISABLED:
        start = random.randrange(WEEKS - 2)
        weeks = max(1, min(40, round(random.lognormvariate(1.8, 0.8))))
        end = WEEKS if kind < FULL_FOR_GOOD else start + weeks
        recipient.unavailable = range(start, end)
        recipient.why = "full" if kind < FULL + FULL_FOR_GOOD else "disabled"
    if random.random() < VICTIMS:
        start = random.randrange(WEEKS - 10)
        recipient.forged = range(start, start + random.randint(4, 10))
    return recipient


def _accidents(week: int, recipients: list[Recipient], random: Random) -> Iterator[tuple[int, Fate]]:
    for recipient in recipients:
        chance = random.random()
        if week == OUTAGE_WEEK and recipient.provider == "google" and chance < OUTAGE_SHARE:
            yield recipient.number, "unknown"
        elif week == LISTED_WEEK and recipient.provider in LISTING:
            yield recipient.number, "listed"
        elif week == DMARC_WEEK and recipient.provider in DMARC_CHECKING:
            yield recipient.number, "dmarc"
        elif chance < NOISE:
            yield recipient.number, "late"
