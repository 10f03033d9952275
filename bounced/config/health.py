"""[health]: from which bounce and complaint rates on the view campaign_health calls for a pause."""

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

    window: Wait = Field(default=timedelta(days=HEALTH["window_days"]), description="how far back rates look")
    minimum_sent: int = Field(
        default=int(HEALTH["minimum_sent"]), description="less than so many mails say nothing", ge=1
    )
    minimum_events: int = Field(
        default=int(HEALTH["minimum_events"]), description="fewer bounces, or complaints, say nothing", ge=1
    )
    bounce_warning: Percent = Field(default=HEALTH["bounce_warning"], description="per cent of bounces")
    bounce_critical: Percent = Field(default=HEALTH["bounce_critical"], description="per cent of bounces: pause")
    complaint_notice: Percent = Field(default=HEALTH["complaint_notice"], description="per cent of complaints")
    complaint_warning: Percent = Field(default=HEALTH["complaint_warning"], description="per cent of complaints")
    complaint_critical: Percent = Field(
        default=HEALTH["complaint_critical"], description="per cent of complaints: pause"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.bounce_warning > self.bounce_critical:
            raise ValueError("bounce_warning must be at most bounce_critical")
        if not self.complaint_notice <= self.complaint_warning <= self.complaint_critical:
            raise ValueError("complaint_notice, complaint_warning and complaint_critical must not descend")
        return self

    def limits(self) -> Mapping[str, float]:
        """As the ledger has them."""
        numbers = {name: float(getattr(self, name)) for name in HEALTH if name != "window_days"}
        return {"window_days": self.window / timedelta(days=1), **numbers}
