"""[policy]: the numbers of the rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from bounced.config.complaints import StreamName
from bounced.config.section import Section
from bounced.config.values import DAYS_LIMIT, Duration, Text, Wait, wait
from bounced.model import Class
from bounced.policy import HARDNESS, BrakeLimits, Engaged, IncidentLimits, Ladder, Limit
from bounced.policy.mailboxes import Provider
from bounced.reasons import REASONS

#: Steps of a ladder: more than anybody has patience for.
STEPS_LIMIT = 16


def _kind(value: object) -> object:
    if value not in REASONS and value not in HARDNESS:
        raise ValueError(f"is neither a class ({', '.join(reversed(HARDNESS))}) nor a reason ({', '.join(REASONS)})")
    return value


def _reason(value: object) -> object:
    if value not in REASONS:
        raise ValueError(f"is no reason ({', '.join(REASONS)})")
    return value


def _lifetimes(value: object) -> object:
    """The ladder that a duration, or a list of durations that may end with "never", stands for."""
    if not isinstance(value, list):
        return Ladder((_lifetime(value),), probation=False)
    if not 1 <= len(value) <= STEPS_LIMIT:
        raise ValueError(f"must have 1 to {STEPS_LIMIT} steps")
    steps = tuple(map(_lifetime, value))
    if None in steps[:-1]:
        raise ValueError('"never" can only be the last step')
    return Ladder(steps)


def _lifetime(value: object) -> timedelta | None:
    return None if value == "never" else wait(value)


def _class(value: object) -> object:
    if value not in HARDNESS:
        raise ValueError(f"is not a class ({', '.join(reversed(HARDNESS))})")
    return value


ClassName = Annotated[Class, BeforeValidator(_class)]
Reason = Annotated[str, BeforeValidator(_reason)]
Kind = Annotated[str, BeforeValidator(_kind)]
Lifetimes = Annotated[Ladder, BeforeValidator(_lifetimes)]
Settles = Annotated[timedelta | None, BeforeValidator(_lifetime)]


class LimitSection(Section):
    """{ bounces = 3, days = 15 }"""

    bounces: int = Field(description="number of failures; 0: they never count", examples=[3], ge=0)
    days: float = Field(
        description="more than this many days must lie between the first and the last",
        examples=[15],
        ge=0,
        le=DAYS_LIMIT,
    )


class ClassLimits(Section):
    """[policy.provider."example.org"]"""

    hard: LimitSection | None = Field(default=None, description="when permanent failures suppress")
    soft: LimitSection | None = Field(default=None, description="when temporary failures suppress")
    block: LimitSection | None = Field(default=None, description="when failures that are the sender's fault suppress")

    def limits(self) -> dict[Class, Limit]:
        """The limits that are set."""
        limits: dict[Class, LimitSection | None] = {"hard": self.hard, "soft": self.soft, "block": self.block}
        return {class_: Limit(limit.bounces, limit.days) for class_, limit in limits.items() if limit}


class IncidentsSection(Section):
    """[policy.incidents]"""

    addresses: int = Field(
        default=20, description="this many addresses must fail within an hour, or on a day; 0: no incidents", ge=0
    )
    factor: float = Field(default=3, description="and this many times as many as ever before", ge=2, le=1000)
    learn: Duration = Field(default=timedelta(days=28), description="time after the first failure of all without any")
    longest: Wait = Field(default=timedelta(days=14), description="what lasts longer is none: its failures count")

    def limits(self) -> IncidentLimits:
        """The numbers, for bounced.policy."""
        return IncidentLimits(self.addresses, self.factor, self.learn, self.longest)


class BrakeSection(Section):
    """[policy.brake]"""

    addresses: int = Field(
        default=100, description="bounces suppress no more addresses in 24 hours; 0: any number", ge=0
    )
    factor: float = Field(
        default=10, description="or this many times the median of the largest day of each week before", ge=1, le=1000
    )
    learn: Duration = Field(
        default=timedelta(days=28), description="time after the first suppression in which bounces suppress any number"
    )

    def limits(self) -> BrakeLimits:
        """The numbers, for bounced.policy."""
        return BrakeLimits(self.addresses, self.factor, self.learn)


class PolicySection(ClassLimits):
    """[policy]"""

    max_gap: Duration = Field(
        default=timedelta(days=90), description="a longer gap starts a new streak, where it is not known what was sent"
    )
    settles: Settles = Field(
        default=timedelta(days=6),
        description="a sent message without a report for so long was delivered (docs/sent.md); or never",
    )
    lift: dict[ClassName, Annotated[int, Field(ge=0)]] = Field(
        default={},
        description="how many proofs of delivery in a row lift a suppression, by class: one, but 0, none, for `hard`",
    )
    engaged: dict[ClassName, LimitSection] = Field(
        default={}, description="limits by class for subscribers who were engaged lately (docs/sent.md)"
    )
    engaged_within: Wait = Field(
        default=timedelta(days=90), description="how long before a failure a subscriber was engaged, at most"
    )
    expire: dict[Kind, Lifetimes] = Field(
        default={}, description="how long suppressions last, by reason or class; a list: after each lapse the next"
    )
    scope: dict[Kind, Literal["all", "marketing"]] = Field(
        default={}, description="which mail suppressions forbid, by reason or class"
    )
    subaddresses: Literal["same", "apart"] = Field(
        default="apart",
        description='"same": what is said of kim@example.org holds for kim+news@example.org too (docs/lists.md)',
    )
    spellings: list[Provider] = Field(
        default=[],
        description="providers at which all spellings of a mailbox are the same, such as k.im@ and kim@gmail.com"
        " (docs/lists.md)",
    )
    incidents: IncidentsSection = IncidentsSection()
    brake: BrakeSection = BrakeSection()
    reason: dict[Reason, LimitSection] = Field(default={}, description="other limits for failures of a reason")
    provider: dict[Text, ClassLimits] = Field(
        default={}, description="other limits for the addresses of a domain, or of a provider (docs/policy.md)"
    )
    stream: dict[StreamName, ClassLimits] = Field(default={}, description="other limits for failures of a stream")

    def engaged_rule(self) -> Engaged | None:
        """What [policy.engaged] says, ``None`` for nothing."""
        limits = {class_: Limit(limit.bounces, limit.days) for class_, limit in self.engaged.items()}
        return Engaged(self.engaged_within, limits) if limits else None
