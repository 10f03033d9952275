"""[log]: what the log looks like."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bounced.config.section import Section
from bounced.config.values import Text


class LogSection(Section):
    """[log]"""

    format: Literal["text", "json"] = Field(default="text", description="lines of key=value, or one JSON object a line")
    identifier: Text = Field(
        default="bounced",
        description="the name in the journal (journalctl -t); SyslogIdentifier= of the unit should be the same",
        min_length=1,
    )
