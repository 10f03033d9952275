"""Counts for how many addresses providers and domains that may have had an incident take mail again.

1. An address took mail on a day when a report says so, or when the sender's records have a message to it that nobody
   contradicts: by naming the message, or without a name within a day, in a report by which a failure would count.
2. A day counts when all mailboxes have been read for another day after it: reports about its messages have come.
3. A day is counted again when something is written about it, however late: ``changed_days`` has these, by triggers on
   the sender's records, and by ``note`` what reports are about.
4. What was counted stays when the rows it was counted from are deleted: such a day never counts for less.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlite_utils import Database

from bounced import times
from bounced.ledger.schema.views import DOMAIN
from bounced.policy import Policy
from bounced.policy.doubts import trusted
from bounced.policy.providers import domains
from bounced.sent.tenants import TENANT

DAY = timedelta(days=1)

#: All days that are counted are before this one.
COUNTED_UNTIL = "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'answered'), 0)"
COUNT_UNTIL = f"REPLACE INTO meta (name, value) SELECT 'answered', CAST(max(?, ({COUNTED_UNTIL})) AS TEXT)"

#: What may be over by answers, and the days after the first of its failures until something else tells.
SPANS = """
SELECT unit, dimension, name, tenant, since / 24 + 1, min(coalesce(until / 24, :day), :day)
FROM suspected_spans JOIN failure_units USING (unit) WHERE dimension IN ('provider', 'domain')
"""

COUNTED = """
SELECT unit, dimension, name, tenant, day, addresses, coalesce(written, 0), coalesce(deleted, 0)
FROM answered_days JOIN failure_units USING (unit) LEFT JOIN changed_days USING (day)
"""
WRITE = "REPLACE INTO answered_days (unit, day, addresses) VALUES (?, ?, ?)"

#: Has counted days counted again: all of them, and those before a day no more.
CHANGE_ALL = """
INSERT INTO changed_days (day, written) SELECT DISTINCT day, 1 FROM answered_days WHERE true
ON CONFLICT DO UPDATE SET written = 1
"""
DONE = "UPDATE changed_days SET written = 0 WHERE written AND day < ?"
FORGET = "DELETE FROM changed_days WHERE NOT written AND NOT deleted"

#: The counted days that events tell of: that mail was taken, or that messages of these days were not.
CHANGE = """
WITH reports AS MATERIALIZED (
    SELECT coalesce(attribution_rows.address, event_rows.address) AS charged, happened_at, action, original_message_id
    FROM json_each(:events) CROSS JOIN event_rows ON event_rows.id = value
    CROSS JOIN verdicts ON verdicts.id = verdict AND action IN ('failed', 'delayed', 'delivered')
    CROSS JOIN original_messages ON original_messages.id = original
    LEFT JOIN attribution_rows ON attribution_rows.event = event_rows.id
),
days AS (
    SELECT happened_at / 86400 AS day FROM reports WHERE action = 'delivered' OR original_message_id = ''
    UNION SELECT happened_at / 86400 - 1 FROM reports WHERE action <> 'delivered' AND original_message_id = ''
    UNION SELECT unixepoch(substr(sent_at, 1, 10)) / 86400 FROM reports CROSS JOIN texts ON texts.id = charged
    CROSS JOIN sends ON sends.message_id = original_message_id AND sends.address = texts.text
    WHERE action <> 'delivered'
    UNION SELECT at / 86400 FROM reports CROSS JOIN deliveries ON deliveries.address = charged
    WHERE action <> 'delivered' AND message_id = original_message_id
)
INSERT INTO changed_days (day, written) SELECT day, 1 FROM days WHERE day < :until
ON CONFLICT DO UPDATE SET written = 1 WHERE NOT written
"""

#: The days of which events are deleted by which mail was taken: they count for no less than they did.
DELETE = """
INSERT INTO changed_days (day, deleted) SELECT DISTINCT happened_at / 86400, 1
FROM json_each(:events) CROSS JOIN event_rows ON event_rows.id = value
CROSS JOIN verdicts ON verdicts.id = verdict AND action = 'delivered' WHERE happened_at / 86400 < :until
ON CONFLICT DO UPDATE SET deleted = 1
"""

ANSWERED = "SELECT day FROM answered_days WHERE unit = ? AND addresses >= ? ORDER BY day"

_CONTRADICTED = """EXISTS (
    SELECT 1 FROM texts CROSS JOIN {charged} CROSS JOIN verdicts ON verdicts.id = verdict
    CROSS JOIN original_messages ON original_messages.id = original
    WHERE texts.text = recorded.address AND happened_at >= recorded.at AND action IN ('failed', 'delayed')
        AND held = '' AND {trust} IN (SELECT value FROM json_each(:trusts))
        AND NOT EXISTS (SELECT 1 FROM crowd_rows WHERE event = event_rows.id)
        AND (original_message_id = recorded.message_id
            OR original_message_id = '' AND happened_at < recorded.at + 86400)
)"""
_NAMED = _CONTRADICTED.format(charged="event_rows ON event_rows.address = texts.id", trust="verdicts.trust")
_ATTRIBUTED = _CONTRADICTED.format(
    charged="""attribution_rows ON attribution_rows.address = texts.id
    CROSS JOIN event_rows ON event_rows.id = attribution_rows.event""",
    trust="(SELECT text FROM texts WHERE id = attribution_rows.trust)",
)

TOOK_MAIL = f"""
WITH recorded AS (
    SELECT address, unixepoch(sent_at) AS at, message_id, 'sent' AS kind FROM sends
    WHERE sent_at >= :first AND sent_at < :end
    UNION ALL
    SELECT text, at, message_id, kind FROM deliveries CROSS JOIN texts ON texts.id = deliveries.address
    WHERE at >= unixepoch(:first) AND at < unixepoch(:end) AND kind <> 'engaged'
    UNION ALL
    SELECT text, happened_at, '', 'delivered' FROM event_rows CROSS JOIN verdicts ON verdicts.id = verdict
    LEFT JOIN attribution_rows ON attribution_rows.event = event_rows.id
    CROSS JOIN texts ON texts.id = coalesce(attribution_rows.address, event_rows.address)
    WHERE happened_at >= unixepoch(:first) AND happened_at < unixepoch(:end)
        AND action = 'delivered' AND held = '' AND verdicts.trust IN (SELECT value FROM json_each(:delivered_trusts))
)
SELECT count(*) FROM (
    SELECT DISTINCT address FROM recorded
    WHERE {DOMAIN.format(address="address")} IN (SELECT value FROM json_each(:domains))
        AND {TENANT.format("address")} = :tenant AND (kind = 'delivered' OR :is_silence_proof
        AND NOT {_NAMED} AND NOT {_ATTRIBUTED})
    LIMIT :enough
)
"""  # noqa: S608


class Asked(NamedTuple):
    """A day of a unit that is to be counted, and what it counts for at least: what was counted, if rows are deleted."""

    unit: int
    dimension: str
    name: str
    tenant: str
    day: int
    counted: int | None
    least: int = 0


def complete(read_until: datetime) -> int:
    """The first day (since 1970) for which reports may still come when all mailboxes were read until then."""
    return int((read_until - DAY - times.EPOCH) // DAY)


def asked(db: Database, day: int) -> list[Asked]:
    """What is to be counted up to the day before ``day``."""
    counted, again = set(), []
    for unit, dimension, name, tenant, of, addresses, written, deleted in db.execute(COUNTED):
        counted.add((unit, of))
        if written and of < day:
            again.append(Asked(unit, dimension, name, tenant, of, addresses, addresses * deleted))
    return again + [
        Asked(unit, dimension, name, tenant, of, None)
        for unit, dimension, name, tenant, first, end in db.execute(SPANS, {"day": day})
        for of in range(first, end)
        if (unit, of) not in counted
    ]


def count(db: Database, day: int, rule: Policy) -> dict[int, int]:
    """Counts what is asked for; returns the units of which something changed, each with the first day of which."""
    changed: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for row in asked(db, day):
        addresses = max(row.least, _took_mail(db, row, rule))
        if addresses != row.counted:
            changed[row.unit].append((row.unit, row.day, addresses))
    for rows in changed.values():
        db.conn.executemany(WRITE, rows)
    db.execute(DONE, [day])
    db.execute(FORGET)
    return {unit: min(of for _, of, _ in rows) for unit, rows in changed.items()}


def close(db: Database, day: int) -> None:
    """Notes up to which day everything is counted."""
    db.execute(COUNT_UNTIL, [day])


def counted_until(db: Database) -> int:
    """The day before which all is counted."""
    [(until,)] = db.execute(COUNTED_UNTIL).fetchall()
    return int(until)


def note(db: Database, events: Sequence[int]) -> None:
    """Has the days counted again that ``events`` tell of, as far as they are counted."""
    if events and (until := counted_until(db)):
        db.execute(CHANGE, {"events": json.dumps(list(events)), "until": until})


def note_deleted(db: Database, events: Sequence[int]) -> None:
    """Notes that ``events`` are about to be deleted: what was counted by them stays."""
    if until := counted_until(db):
        db.execute(DELETE, {"events": json.dumps(list(events)), "until": until})


def note_all(db: Database) -> None:
    """Has all days counted again: they are judged by another policy."""
    db.execute(CHANGE_ALL)


def days(db: Database, unit: int, enough: int) -> list[int]:
    """The days on which the unit took mail for ``enough`` addresses, in order."""
    return [day for (day,) in db.execute(ANSWERED, [unit, enough])]


def _took_mail(db: Database, row: Asked, rule: Policy) -> int:
    parameters: dict[str, Any] = {
        "first": _date(row.day),
        "end": _date(row.day + 1),
        "domains": json.dumps(list(_domains(row))),
        "tenant": row.tenant,
        "trusts": json.dumps(trusted(rule.count.get("bounce", "unverified"))),
        "delivered_trusts": json.dumps(trusted(rule.count.get("delivered", "unverified"))),
        "is_silence_proof": rule.settles is not None,
        "enough": rule.incidents.answers(row.dimension),
    }
    [(addresses,)] = db.execute(TOOK_MAIL, parameters).fetchall()
    return int(addresses)


def _domains(row: Asked) -> Iterator[str]:
    yield from domains(row.name) if row.dimension == "provider" else [row.name]


def _date(day: int) -> str:
    return times.iso(times.EPOCH + timedelta(days=day))[:10]
