"""[log]: the format of the log."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bounced.config.section import Section
from bounced.config.values import Text


class LogSection(Section):
    """[log]"""

    format: Literal["text", "json"] = Field(
        default="text", description="lines of key=value, or one JSON object per line"
    )
    identifier: Text = Field(
        default="bounced",
        description="name in the journal (journalctl -t); SyslogIdentifier= in the unit should match",
        min_length=1,
    )
