"""Selects events and suppressions by what happened: when, at which provider, why, with which words, which campaign."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from bounced import times
from bounced.ledger.schema.views import DOMAIN
from bounced.model import Cause
from bounced.sent.tenants import KEYS, TENANT, parameters

#: Whom an event charges.
CHARGED = "coalesce(attributions.address, events.address)"

#: The domain of an address, or one above it; or its provider, {known}.
_PROVIDER = """(
    {domain} = :provider OR substr({address}, -length(:provider) - 1) = '.' || :provider OR {known} = :provider
)"""
_ROUTE = "(SELECT route FROM event_rows WHERE event_rows.id = events.id)"


#: The provider of the domain of an address, by what is known of it.
_OF_DOMAIN = "(SELECT provider FROM provider_domains WHERE domain = {domain})"


def _of_provider(address: str, known: str = _OF_DOMAIN) -> str:
    domain = DOMAIN.format(address=address)
    return _PROVIDER.format(domain=domain, address=address, known=known.format(domain=domain))


#: Of each condition the SQL.
CONDITIONS = {
    "since": "events.happened >= unixepoch(:since)",
    "until": "events.happened < unixepoch(:until)",
    "provider": _of_provider(
        CHARGED,
        f"""coalesce(
            (SELECT provider FROM route_providers WHERE route = {_ROUTE}),
            (SELECT provider FROM provider_domains WHERE seen IS NULL AND domain = {{domain}})
        )""",  # noqa: S608
    ),
    "reason": "events.reason = :reason",
    "text": "instr(lower(events.diagnostic_code), lower(:text)) > 0",
    "campaign": "coalesce(attributions.campaign, events.campaign) = :campaign",
    "events": "events.id IN (SELECT value FROM json_each(:events))",
}

#: Whose events; what somebody else is charged with is his.
OF_TENANT = f"iif({CHARGED} = '', events.tenant, {TENANT.format(CHARGED)}) = :tenant"

#: The events of a cause; without one failures, or what has the numbers that are asked for.
OF_CAUSE = {
    "": "events.action = 'failed'",
    "bounce": "events.action = 'failed'",
    "complaint": "events.kind = 'complaint'",
    "any": "(events.action = 'failed' OR events.kind = 'complaint')",
}

EVENTS = """
SELECT events.id, coalesce(attributions.address, events.address) FROM events
LEFT JOIN attributions ON attributions.event = events.id
WHERE {conditions} ORDER BY events.id
"""

OWN = """
SELECT events.id FROM events LEFT JOIN attributions ON attributions.event = events.id
WHERE events.id IN (SELECT value FROM json_each(:events)) AND {condition}
"""

#: Those that can be accepted; what was taken back counts by `redo`.
CAN_BE_ACCEPTED = "events.id IN (SELECT event FROM doubts) AND events.id NOT IN (SELECT event FROM undone)"

#: The same of suppressions.
OF_SUPPRESSIONS = {
    "since": "since >= :since",
    "until": "since < :until",
    "provider": _of_provider("address"),
    "reason": "reason = :reason",
    "text": "instr(lower(detail), lower(:text)) > 0",
    "campaign": """key IN (
        SELECT coalesce(attributions.address, events.address) FROM events
        LEFT JOIN attributions ON attributions.event = events.id
        WHERE coalesce(attributions.campaign, events.campaign) = :campaign
    )""",
    "cause": "cause = :cause",
}

#: The same of rows of a list, by its columns of that meaning.
SHOWN = {
    "since": "{date} >= :since",
    "until": "{date} < :until",
    "provider": _of_provider("{address}"),
    "reason": "{reason} = :reason",
    "text": "instr(lower({text}), lower(:text)) > 0",
    "campaign": "{campaign} = :campaign",
    "cause": "{cause} = :cause",
}

SUPPRESSED = "SELECT DISTINCT key FROM tenant_suppressed WHERE {conditions} ORDER BY key"


@dataclass(frozen=True, slots=True)
class Filter:
    """What events have in common; what is ``""`` or ``None`` is not asked. ``until`` is exclusive."""

    since: datetime | None = None
    until: datetime | None = None
    provider: str = ""  # by its name (bounced.policy.providers), or a domain of addresses and those below it
    reason: str = ""
    text: str = ""  # in what the server said, in any case
    campaign: str = ""
    cause: Cause | Literal[""] = ""  # "": failures
    events: tuple[int, ...] = ()  # their numbers, of failures and complaints
    tenant: str | None = None  # "": of nobody; None: of all

    def asked(self) -> dict[str, str]:
        """The conditions that are set, as text."""
        set_ = ((field.name, getattr(self, field.name)) for field in dataclasses.fields(self))
        return {name: _text(value) for name, value in set_ if value}

    def as_json(self) -> str:
        """The conditions, for the history."""
        return json.dumps(self.asked(), sort_keys=True)


def events(db: Database, filter_: Filter) -> list[tuple[int, str]]:
    """The events that ``filter_`` selects, each with the address that it charges, ``""`` for nobody."""
    return _events(db, filter_)


def held(db: Database, filter_: Filter) -> list[tuple[int, str]]:
    """Those of them that are held, and were not taken back (``undo``)."""
    return _events(db, filter_, CAN_BE_ACCEPTED)


def others(db: Database, events: Sequence[int], tenant: str) -> list[int]:
    """Those of ``events``, by their numbers, that are not of ``tenant``."""
    own = db.execute(OWN.format(condition=OF_TENANT), {"events": json.dumps(list(events)), "tenant": tenant})
    known = {event for (event,) in own}
    return [event for event in events if event not in known]


def suppressed(db: Database, filter_: Filter) -> list[str]:
    """The addresses with a suppression in force that ``filter_`` selects."""
    asked = filter_.asked()
    conditions = [OF_SUPPRESSIONS[name] for name in asked if name in OF_SUPPRESSIONS]
    if filter_.tenant is not None:
        asked |= parameters(filter_.tenant)
        conditions.append(KEYS.format("key"))
    return [key for (key,) in db.execute(SUPPRESSED.format(conditions=" AND ".join(conditions)), asked)]


def shown(filter_: Filter, columns: Mapping[str, str]) -> str:
    """The condition for rows whose ``columns`` have the date, address, reason, text, campaign and cause."""
    return " AND ".join(SHOWN[name].format_map(columns) for name in filter_.asked())


def _events(db: Database, filter_: Filter, *more: str) -> list[tuple[int, str]]:
    asked = filter_.asked()
    cause = OF_CAUSE[filter_.cause or ("any" if filter_.events else "")]
    if filter_.tenant is not None:
        asked["tenant"], more = filter_.tenant, (*more, OF_TENANT)
    conditions = " AND ".join((cause, *more, *(CONDITIONS[name] for name in asked if name in CONDITIONS)))
    return [(event, address) for event, address in db.execute(EVENTS.format(conditions=conditions), asked)]


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return times.iso(value)
    return value if isinstance(value, str) else json.dumps(value)
