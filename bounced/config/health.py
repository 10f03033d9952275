"""[health]: the bounce and complaint rates at which the view campaign_health warns or calls for a pause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from bounced.config.section import Section
from bounced.config.values import Wait
from bounced.policy import HEALTH

Percent = Annotated[float, Field(gt=0, le=100)]


class HealthSection(Section):
    """[health]"""

    window: Wait = Field(default=timedelta(days=HEALTH["window_days"]), description="period that the rates cover")
    minimum_sent: int = Field(
        default=int(HEALTH["minimum_sent"]), description="the state is unknown if fewer messages were sent", ge=1
    )
    minimum_events: int = Field(
        default=int(HEALTH["minimum_events"]), description="fewer bounces, or fewer complaints, are ignored", ge=1
    )
    bounce_warning: Percent = Field(default=HEALTH["bounce_warning"], description="bounce rate in percent")
    bounce_critical: Percent = Field(default=HEALTH["bounce_critical"], description="bounce rate in percent: pause")
    complaint_notice: Percent = Field(default=HEALTH["complaint_notice"], description="complaint rate in percent")
    complaint_warning: Percent = Field(default=HEALTH["complaint_warning"], description="complaint rate in percent")
    complaint_critical: Percent = Field(
        default=HEALTH["complaint_critical"], description="complaint rate in percent: pause"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.bounce_warning > self.bounce_critical:
            raise ValueError("bounce_warning must be at most bounce_critical")
        if not self.complaint_notice <= self.complaint_warning <= self.complaint_critical:
            raise ValueError("complaint_notice, complaint_warning and complaint_critical must be in ascending order")
        return self

    def limits(self) -> Mapping[str, float]:
        """The limits, as numbers for the ledger."""
        numbers = {name: float(getattr(self, name)) for name in HEALTH if name != "window_days"}
        return {"window_days": self.window / timedelta(days=1), **numbers}
