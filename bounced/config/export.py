"""[export.NAME]: a file for another program that the daemon keeps current."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from pydantic import Field

from bounced.config.section import Section
from bounced.config.values import Text, Wait
from bounced.lists.formats import FORMATS
from bounced.lists.maps import MAPS


class ExportSection(Section):
    """[export.NAME]"""

    format: Text = Field(
        description="format of `bounced list export --format` (docs/lists.md)", examples=["postfix-texthash"]
    )
    path: Text = Field(
        description="file that is replaced after each change; postmap adds .lmdb or .cdb",
        examples=["/var/lib/bounced/suppressed"],
    )
    scope: Text = Field(
        default="",
        description="only what forbids mail of this scope; empty: all for maps of mail servers, else any",
        max_length=200,
    )
    tenant: Text = Field(default="", description="only what is suppressed for this tenant; empty: what is nobody's")
    command: list[Text] = Field(
        default=[], description="program and arguments that are run after that, without a shell"
    )
    timeout: Wait = Field(default=timedelta(seconds=60), description="how long the command may take")

    def _problems(self) -> Iterator[str]:
        if self.format not in (*FORMATS, *MAPS):
            yield f"format: must be one of {', '.join((*FORMATS, *MAPS))}"
        if not Path(self.path).is_absolute():
            yield "path: must be absolute"
