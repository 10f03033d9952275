"""[sends]: the table in which the sender writes what was sent."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from bounced.config.section import Section
from bounced.config.values import Wait


class SendsSection(Section):
    """[sends]"""

    keep: Wait = Field(
        default=timedelta(days=400), description="how long rows of the tables `sends` and `volume` are kept"
    )
