"""[policy]: the numbers of the rule."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from bounced.config.section import Section
from bounced.config.values import MOST_DAYS, Duration, Reason, Text
from bounced.model import Class
from bounced.policy import Limit


class LimitSection(Section):
    """{ bounces = 3, days = 15 }"""

    bounces: int = Field(description="how many failures; 0: they never count", examples=[3], ge=0)
    days: float = Field(
        description="more than so many days between the first and the last", examples=[15], ge=0, le=MOST_DAYS
    )


class ClassLimits(Section):
    """[policy.provider."example.org"]"""

    hard: LimitSection | None = Field(default=None, description="when failures that are final suppress")
    soft: LimitSection | None = Field(default=None, description="when failures that may pass suppress")
    block: LimitSection | None = Field(default=None, description="when failures that are the sender's fault suppress")

    def limits(self) -> dict[Class, Limit]:
        """Those limits that are stated."""
        stated: dict[Class, LimitSection | None] = {"hard": self.hard, "soft": self.soft, "block": self.block}
        return {class_: Limit(found.bounces, found.days) for class_, found in stated.items() if found}


class PolicySection(ClassLimits):
    """[policy]"""

    max_gap: Duration = Field(default=timedelta(days=90), description="a longer silence starts a new streak")
    expire: dict[Reason, Duration] = Field(default={}, description="suppressions that end by themselves, by reason")
    provider: dict[Text, ClassLimits] = Field(default={}, description="other numbers for the addresses of a domain")
