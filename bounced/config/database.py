"""[database]"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from bounced.config.path import DEFAULT_DATABASE
from bounced.config.section import Section, renamed
from bounced.config.values import Duration, ForeverOrDuration, Text


class DatabaseSection(Section):
    """[database]"""

    path: Text = Field(default=DEFAULT_DATABASE, description="the SQLite file", min_length=1)
    keep_unrecognized: Duration = Field(
        default=timedelta(days=90),
        validation_alias=renamed("keep_unrecognized", "keep_unread"),
        description="how long the content of unrecognized messages is kept",
    )
    keep_held: Duration = Field(
        default=timedelta(days=180), description="how long held events are kept that nobody accepts"
    )
    keep_events: ForeverOrDuration = Field(
        default="forever", description="how long events are kept that no judgment needs any more (docs/privacy.md)"
    )
    keep_texts: ForeverOrDuration = Field(
        default="forever", description="how long replies, headers and subjects are kept (docs/privacy.md)"
    )
    keep_outbox: Duration = Field(
        default=timedelta(days=30), description="how long changes are kept for the programs that read `outbox_view`"
    )
    backup_folder: Text = Field(
        default="", description='folder for the daily backups; "": `backups` next to the database'
    )
    keep_backups: int = Field(default=7, description="number of backups to keep; 0: make none", ge=0, le=10_000)

    @property
    def backups(self) -> Path:
        """The folder for the daily backups."""
        return Path(self.backup_folder) if self.backup_folder else Path(self.path).parent / "backups"
