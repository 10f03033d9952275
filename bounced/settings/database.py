"""[database]"""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from bounced.settings.values import Duration, Section, Text


class DatabaseSection(Section):
    """[database]"""

    path: Text = Field(default="/var/lib/bounced/bounced.db", description="the SQLite file", min_length=1)
    keep_unread: Duration = Field(
        default=timedelta(days=90), description="how long the content of mails that were not understood is kept"
    )
