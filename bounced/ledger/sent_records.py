"""What the sender's records have of addresses: the table ``sends``, mail logs, imports (bounced.policy.silence).

A message that was sent is settled when it was sent up to the time in ``meta``. That advances by what time it is, and by
how far the mailboxes were read: a mailbox that nobody reads is silent, too.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlite_utils import Database

from bounced import times
from bounced.ledger.schema.m050_late_deliveries import IS_OPEN
from bounced.model import Trust
from bounced.policy import Policy, Sent
from bounced.policy.doubts import trusted

SETTLED = "SELECT value FROM meta WHERE name = 'settled'"

SET_SETTLED = "REPLACE INTO meta (name, value) VALUES ('settled', ?)"

RECORDS = f"""
WITH settled AS MATERIALIZED (SELECT coalesce(({SETTLED}), '') AS at)
SELECT value, unixepoch(sent_at), message_id, 'sent', sent_at <= settled.at
FROM json_each(:addresses) CROSS JOIN sends ON sends.address = value CROSS JOIN settled
WHERE unixepoch(sent_at) IS NOT NULL
UNION ALL
SELECT value, deliveries.at, message_id, kind, kind <> 'sent' OR coalesce(deliveries.at <= unixepoch(settled.at), 0)
FROM json_each(:addresses) CROSS JOIN texts ON texts.text = value
CROSS JOIN deliveries ON deliveries.address = texts.id CROSS JOIN settled
"""  # noqa: S608

#: How far the records are settled by one transaction.
STEP = timedelta(hours=1)

#: The first message after a time.
FIRST = """
SELECT unixepoch(min(sent_at)) FROM sends WHERE sent_at > ?
UNION ALL SELECT min(at) FROM deliveries WHERE at > unixepoch(?)
"""

#: No report that counts is about the message: what comes later may be about another one with its Message-ID.
IS_SILENT = """NOT EXISTS (
    SELECT 1 FROM texts JOIN event_rows ON event_rows.address = texts.id
    JOIN original_messages ON original_messages.id = original JOIN verdicts ON verdicts.id = verdict
    WHERE texts.text = recorded.address AND happened_at >= recorded.at AND action IN ('failed', 'delayed')
        AND (action = 'failed' OR trust IN (SELECT value FROM json_each(:trusts)))
        AND max(happened_at, coalesce(stored_at, 0)) <= recorded.at + :settles
        AND original_message_id = recorded.message_id
        AND NOT EXISTS (SELECT 1 FROM doubt_rows WHERE event = event_rows.id)
)"""

MARK = f"""
WITH recorded AS (
    SELECT address, unixepoch(sent_at) AS at, message_id FROM sends WHERE sent_at > :settled AND sent_at <= :until
    UNION ALL
    SELECT text, at, message_id FROM deliveries JOIN texts ON texts.id = deliveries.address
    WHERE at > unixepoch(:settled) AND at <= unixepoch(:until) AND kind = 'sent'
)
INSERT INTO unjudged
SELECT address, -max(2, min(at)) FROM recorded
WHERE at IS NOT NULL AND {IS_OPEN.format(address="recorded.address", at="recorded.at")} AND {IS_SILENT}
GROUP BY address ON CONFLICT DO NOTHING
"""  # noqa: S608

CLOSED = "REPLACE INTO closed_addresses (address, closed_at) VALUES (?, ?)"
OPENED = "DELETE FROM closed_addresses WHERE address = ?"

POLLED = "SELECT mailbox, polled_at FROM polls"


def records(db: Database, addresses: Sequence[str]) -> dict[str, list[Sent]]:
    """What is recorded of each of ``addresses``; those of which nothing is are left out."""
    recorded: dict[str, list[Sent]] = {}
    for address, at, message_id, kind, settled in db.conn.execute(RECORDS, {"addresses": json.dumps(addresses)}):
        recorded.setdefault(address, []).append(Sent(times.from_seconds(at), message_id, kind, bool(settled)))
    return recorded


def note_closed(db: Database, address: str, closed_at: datetime | None) -> None:
    """Notes since when proof of delivery changes nothing for ``address``; ``None``: it would change something."""
    if closed_at:
        db.conn.execute(CLOSED, [address, times.seconds(closed_at)])
    else:
        db.conn.execute(OPENED, [address])


def settled_at(now: datetime, settles: timedelta) -> str:
    """Until when what was sent is settled ``now``, by the minute: a run that takes seconds has one answer."""
    return times.iso((now - settles).replace(second=0))


def limit(db: Database, policy: Policy, now: datetime) -> None:
    """Takes back what is not settled any more by another ``policy``; begins, where nothing was settled yet."""
    latest = settled_at(now, policy.settles) if policy.settles else ""
    row = db.execute(SETTLED).fetchone()
    db.execute(SET_SETTLED, [min(row[0], latest) if row and row[0] else latest])


def advance(db: Database, until: str, settles: timedelta, required: Trust) -> bool:
    """Settles some of what was sent up to ``until``, and marks whose history that changes; False when it is done.

    Reports of less trust than ``required`` contradict nothing.
    """
    row = db.execute(SETTLED).fetchone()
    settled = row[0] if row and row[0] else until
    if settled >= until:
        return False
    step = min(until, times.iso(_first(db, settled, until) + STEP))
    trusts = json.dumps(trusted(required))
    db.execute(MARK, {"settled": settled, "until": step, "settles": settles.total_seconds(), "trusts": trusts})
    db.execute(SET_SETTLED, [step])
    return step < until


def _first(db: Database, settled: str, until: str) -> datetime:
    """When the first message was sent that is not settled, ``until`` if none was before it."""
    dates = [times.parse(settled), times.parse(until)]
    for (first,) in db.execute(FIRST, [settled, settled]):
        dates += [times.from_seconds(first)] if first is not None else []
    return max(dates[0], min(dates[1:]))


def read_until(db: Database, accounts: Collection[str], now: datetime) -> datetime | None:
    """Until when all mailboxes of ``accounts`` that are polled were read, ``None`` when no poll of one has succeeded.

    ``now`` when none is polled: then whoever has just scanned has read everything.
    """
    dates = [polled_at for mailbox, polled_at in db.execute(POLLED) if _account(mailbox) in accounts]
    return min((now, *map(times.parse, dates))) if all(dates) else None


def _account(mailbox: str) -> str:
    """The name of the account in that of a folder, "imap:bounces/INBOX"."""
    return mailbox.partition(":")[2].partition("/")[0]
