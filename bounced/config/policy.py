"""[policy]: the numbers of the rule."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from bounced.config.section import Section
from bounced.config.values import DAYS_LIMIT, Duration, Reason, Text
from bounced.model import Class
from bounced.policy import Limit


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


class PolicySection(ClassLimits):
    """[policy]"""

    max_gap: Duration = Field(default=timedelta(days=90), description="a longer gap starts a new streak")
    expire: dict[Reason, Duration] = Field(default={}, description="how long suppressions last, by reason")
    provider: dict[Text, ClassLimits] = Field(default={}, description="other limits for the addresses of a domain")
