"""Selects failures by what happened: when, at which provider, why, with which words, of which campaign."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from bounced import times

#: Of each condition the SQL; ``:provider`` is the domain of the address, or one above it.
CONDITIONS = {
    "since": "events.happened >= unixepoch(:since)",
    "until": "events.happened < unixepoch(:until)",
    "provider": """substr(coalesce(attributions.address, events.address), -length(:provider) - 1)
        IN ('@' || :provider, '.' || :provider)""",
    "reason": "events.reason = :reason",
    "text": "instr(lower(events.diagnostic_code), lower(:text)) > 0",
    "campaign": "coalesce(attributions.campaign, events.campaign) = :campaign",
}

FAILURES = """
SELECT events.id, coalesce(attributions.address, events.address) FROM events
LEFT JOIN attributions ON attributions.event = events.id
WHERE events.action = 'failed' AND {conditions} ORDER BY events.id
"""


@dataclass(frozen=True, slots=True)
class Filter:
    """What failures have in common; what is ``""`` or ``None`` is not asked. ``until`` is exclusive."""

    since: datetime | None = None
    until: datetime | None = None
    provider: str = ""  # the domain of the address, in lower case
    reason: str = ""
    text: str = ""  # in what the server said, in any case
    campaign: str = ""

    def asked(self) -> dict[str, str]:
        """The conditions that are set, as text."""
        set_ = ((field.name, getattr(self, field.name)) for field in dataclasses.fields(self))
        return {name: times.iso(value) if isinstance(value, datetime) else value for name, value in set_ if value}

    def as_json(self) -> str:
        """The conditions, for the history."""
        return json.dumps(self.asked(), sort_keys=True)


def failures(db: Database, filter_: Filter) -> list[tuple[int, str]]:
    """The failures that ``filter_`` selects, each with the address that it charges, ``""`` for nobody."""
    asked = filter_.asked()
    conditions = " AND ".join(CONDITIONS[name] for name in asked) or "true"
    return [(event, address) for event, address in db.execute(FAILURES.format(conditions=conditions), asked)]
