"""The events of a period, each once, added up in tables that only this connection sees.

The report asks these, so it reads the events three times, by the index of their dates, however much it shows. SQLite
puts what does not fit into memory into a file that it has deleted already.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlite_utils import Database

from bounced import times
from bounced.ledger.whose import EVERYBODY, Whose
from bounced.policy.providers import provider
from bounced.sent.rates import NO_COMPLAINTS
from bounced.sent.tenants import TENANT

#: Pairs of a domain and a server whose provider is remembered.
PROVIDERS_LIMIT = 10_000

_EVENTS = """
FROM event_rows CROSS JOIN verdicts ON verdicts.id = verdict
LEFT JOIN attribution_rows ON attribution_rows.event = event_rows.id
"""

_ADDRESS = "(SELECT text FROM texts WHERE id = coalesce(attribution_rows.address, event_rows.address))"

#: An event is of the tenant of its address; one that names nobody, of that of its message.
_IS_OF = f"""(:tenant IS NULL OR :tenant = iif(
    coalesce({_ADDRESS}, '') = '', (SELECT tenant FROM routes WHERE id = event_rows.route), {TENANT.format(_ADDRESS)}
))"""  # noqa: S608

_IS_HELD = "EXISTS (SELECT 1 FROM doubt_rows WHERE doubt_rows.event = event_rows.id)"

#: What was reported, by day and by whatever a report may be grouped by; of the time before only the blocks. First by
#: numbers, since texts take long to compare. CROSS: an event comes first, by its date.
REPORTED = f"""
CREATE TEMP TABLE reported AS
WITH numbered AS MATERIALIZED (
    SELECT happened_at / 86400 AS day, happened_at >= :since AS is_new, verdict, route, message_kind,
        substr(addresses.text, instr(addresses.text, '@')) AS domain,
        coalesce(attribution_rows.campaign, event_rows.campaign) AS campaign,
        coalesce((SELECT why FROM doubt_rows WHERE doubt_rows.event = event_rows.id LIMIT 1), 0) AS why,
        count(*) AS event_count, min(happened_at) AS first_at, max(happened_at) AS last_at, max(event_rows.id) AS latest
    FROM event_rows CROSS JOIN verdicts ON verdicts.id = verdict CROSS JOIN message_rows ON message_rows.id = message
    LEFT JOIN attribution_rows ON attribution_rows.event = event_rows.id
    LEFT JOIN texts AS addresses ON addresses.id = coalesce(attribution_rows.address, event_rows.address)
    WHERE happened_at >= :before AND happened_at < :until AND (happened_at >= :since OR class = 'block') AND {_IS_OF}
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
)
SELECT date(day * 86400, 'unixepoch') AS day, is_new, verdicts.kind AS kind, action,
    iif(verdicts.kind = 'complaint', iif(feedback_type IN {NO_COMPLAINTS}, '', 'complaint'), class) AS class,
    iif(verdicts.kind = 'complaint', feedback_type, reason) AS reason, status, rule,
    provider_of(domain, remote_mta) AS provider, campaigns.text AS campaign, mailbox AS source, why,
    sum(event_count) AS event_count, min(first_at) AS first_at, max(last_at) AS last_at, max(latest) AS latest
FROM numbered CROSS JOIN verdicts ON verdicts.id = verdict CROSS JOIN routes ON routes.id = route
CROSS JOIN message_kinds ON message_kinds.id = message_kind LEFT JOIN texts AS campaigns ON campaigns.id = campaign
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
"""  # noqa: S608

#: Who failed: of an address its failures, those that may count, and the class of the latest.
FAILING = f"""
CREATE TEMP TABLE failing AS
SELECT coalesce(attribution_rows.address, event_rows.address) AS address, class, max(happened_at) AS last_at,
    count(*) AS failures, sum(class <> 'block') AS counted
{_EVENTS}
WHERE happened_at >= :since AND happened_at < :until AND action = 'failed'
    AND coalesce(attribution_rows.address, event_rows.address) <> 0 AND NOT {_IS_HELD} AND {_IS_OF}
GROUP BY 1
"""

#: From the arrival of a report until it was recorded.
LATENCY = f"""
SELECT CASE WHEN seconds <= 10 THEN 0 WHEN seconds <= 60 THEN 1 WHEN seconds <= 600 THEN 2 WHEN seconds <= 3600 THEN 3
    WHEN seconds <= 86400 THEN 4 ELSE 5 END AS step, count(*) AS event_count
FROM (SELECT recorded_at - arrived_at AS seconds FROM event_rows CROSS JOIN message_rows ON message_rows.id = message
    LEFT JOIN attribution_rows ON attribution_rows.event = event_rows.id
    WHERE happened_at >= :since AND happened_at < :until AND {_IS_OF})
GROUP BY step ORDER BY step
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Period:
    """From ``since`` on and before ``until``, of ``whose`` mail; ``before`` is as long before ``since``."""

    since: datetime
    until: datetime
    whose: Whose = EVERYBODY

    @property
    def before(self) -> datetime:
        """When the period before it began."""
        return self.since - (self.until - self.since)

    @property
    def day(self) -> str:
        """Its first day."""
        return times.iso(self.since)[:10]

    def parameters(self) -> dict[str, int | str | None]:
        """Its limits in seconds, and ``whose`` it is, for SQL."""
        limits = {name: times.seconds(getattr(self, name)) for name in ("before", "since", "until")}
        return {**limits, "day": self.day, **self.whose.parameters()}


def period(since: datetime, now: datetime, whose: Whose = EVERYBODY) -> Period:
    """The whole days, in UTC, from ``since`` up to ``now``: as the rates count them, the first is a whole one."""
    day = timedelta(days=1)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first = times.EPOCH + -(-(min(max(since, times.EPOCH), today) - times.EPOCH) // day) * day
    return Period(first, now + times.SECOND, whose)


@contextmanager
def gathered(db: Database, period: Period) -> Iterator[None]:
    """``reported`` and ``failing`` are there, of one state of the ledger."""
    db.conn.create_function("provider_of", 2, lru_cache(PROVIDERS_LIMIT)(provider), deterministic=True)
    parameters = period.parameters()
    db.execute("BEGIN")
    try:
        db.execute(REPORTED, parameters)
        db.execute(FAILING, parameters)
        yield
    finally:
        db.execute("ROLLBACK")
