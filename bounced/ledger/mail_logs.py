"""How far each mail log was read, and what was read from it.

1. One transaction writes the deliveries of a piece, the messages that are in the queue after it, and the position
   behind it: a kill loses nothing, and nothing counts twice.
2. What is lost is counted: lines that are too long, deliveries of which the Message-ID was not read, gaps.
3. After a gap nobody knows what is in the queue: queue ids are used again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlite_utils import Database

from bounced import address, times
from bounced.ledger import new_rows
from bounced.ledger.transactions import Transactions
from bounced.sent.followed import Delivery, Piece

#: How long a message is in a queue, at most.
QUEUE_AGE = timedelta(days=30)

#: Rows that one transaction deletes, at most.
DROPPED_ROWS_LIMIT = 10_000

FOLLOW = """
INSERT INTO mail_logs (name, source) VALUES (?, ?)
ON CONFLICT DO UPDATE SET source = excluded.source, position = '', problem = '', failing_since = NULL
"""
POSITION = "SELECT position FROM mail_logs WHERE name = ? AND source = ?"

QUEUED = """
SELECT queue_id, message_id FROM json_each(?) CROSS JOIN queued_messages ON log = ? AND queue_id = value
"""
FORGET_QUEUE = "DELETE FROM queued_messages WHERE log = ?"
REMOVE = """
DELETE FROM queued_messages WHERE (log, queue_id) IN (
    SELECT log, queue_id FROM json_each(?) CROSS JOIN queued_messages ON log = ? AND queue_id = value
)
"""
PUT = """
INSERT INTO queued_messages (log, queue_id, message_id, recorded_at) VALUES {rows}
ON CONFLICT DO UPDATE SET message_id = excluded.message_id, recorded_at = excluded.recorded_at
"""

ADDRESSES = "INSERT INTO texts (text) SELECT value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING"

DELIVERED = """
INSERT INTO deliveries (address, at, kind, message_id)
SELECT texts.id, column2, 'sent', column3 FROM (VALUES {rows}) CROSS JOIN texts ON text = column1
WHERE true ON CONFLICT DO NOTHING
"""

READ = """
UPDATE mail_logs SET position = ?, read_at = ?, failing_since = NULL, problem = '',
    lines = lines + ?, deliveries = deliveries + ?, unknown = unknown + ?, skipped = skipped + ?
WHERE name = ?
"""
GAP = "UPDATE mail_logs SET gaps = gaps + 1, gap_at = ?, gap = ? WHERE name = ?"
FAILED = "UPDATE mail_logs SET failing_since = coalesce(failing_since, ?), problem = ? WHERE name = ?"

#: What is older, of addresses without reports, in whose history it would be.
OLD_DELIVERIES = """
DELETE FROM deliveries WHERE (address, at, kind, message_id) IN (
    SELECT address, at, kind, message_id FROM deliveries INDEXED BY deliveries_by_date
    WHERE at < unixepoch(?) AND kind = 'sent'
        AND NOT EXISTS (SELECT 1 FROM event_rows WHERE event_rows.address = deliveries.address)
        AND NOT EXISTS (SELECT 1 FROM attribution_rows WHERE attribution_rows.address = deliveries.address)
    LIMIT ?
)
"""
OLD_QUEUED = "DELETE FROM queued_messages WHERE recorded_at < unixepoch(?)"

STATUS = "SELECT * FROM mail_logs ORDER BY name"


class MailLogs:
    """Every method raises LedgerError when the file can't be used."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def follow(self, name: str, source: str) -> str:
        """Begins with the log ``name``, or goes on; returns its position, ``""`` if nothing of ``source`` was read."""
        db = self._transactions.db
        with self._transactions.reading():
            followed = db.execute(POSITION, [name, source]).fetchone()
        if followed is None:
            with self._transactions.writing():
                db.execute(FORGET_QUEUE, [name])
                db.execute(FOLLOW, [name, source])
        return str(followed[0]) if followed else ""

    def read(self, name: str, piece: Piece, position: str, *, skipped: int, gap: str, tenant: str = "") -> None:
        """Takes what was read of a tenant's log up to ``position``; before it there was a ``gap``, if that says why."""
        with self._transactions.writing():
            db, now = self._transactions.db, self._transactions.clock()
            if gap:
                db.execute(FORGET_QUEUE, [name])
                db.execute(GAP, [times.iso(now), gap, name])
            known, unknown = _with_message_id(db, name, piece.deliveries)
            _write_queue(db, name, piece, times.seconds(now))
            _write_deliveries(db, known, tenant, times.seconds(now))
            db.execute(READ, [position, times.iso(now), piece.lines, len(known), unknown, skipped, name])

    def failed(self, name: str, problem: str) -> bool:
        """Notes that the log could not be read; True when that is news."""
        with self._transactions.writing():
            db = self._transactions.db
            [[before]] = db.execute("SELECT problem FROM mail_logs WHERE name = ?", [name]).fetchall()
            db.execute(FAILED, [self._transactions.now(), problem, name])
            return bool(before != problem)

    def forget(self, keep: timedelta) -> int:
        """Deletes deliveries to addresses without reports after ``keep``, in many transactions; returns how many."""
        before, dropped = self._transactions.before(keep), 0
        with self._transactions.writing():
            self._transactions.db.execute(OLD_QUEUED, [self._transactions.before(QUEUE_AGE)])
        while True:
            with self._transactions.writing():
                rows = self._transactions.db.execute(OLD_DELIVERIES, [before, DROPPED_ROWS_LIMIT]).rowcount
            dropped += rows
            if rows < DROPPED_ROWS_LIMIT:
                return dropped


def status(db: Database) -> list[dict[str, Any]]:
    """A row for each log: how far it was read, what was lost, since when it can't be read and why."""
    return list(db.query(STATUS))


def _with_message_id(db: Database, name: str, deliveries: Sequence[Delivery]) -> tuple[list[Delivery], int]:
    """Those of our senders, with their Message-IDs, and the number of those of which it was not read whose."""
    earlier = list({delivery.queue_id for delivery in deliveries if delivery.message_id is None})
    queued = dict(db.conn.execute(QUEUED, [json.dumps(earlier), name])) if earlier else {}
    joined = [
        delivery._replace(message_id=queued.get(delivery.queue_id)) if delivery.message_id is None else delivery
        for delivery in deliveries
    ]
    return [one for one in joined if one.message_id], sum(one.message_id is None for one in joined)


def _write_deliveries(db: Database, deliveries: Sequence[Delivery], tenant: str, now: int) -> None:
    """In the order of their addresses, in which the rows of an index lie together. Nothing happens in the future."""
    rows = sorted((address.of_tenant(tenant, to), min(at, now), id_) for _, to, at, id_ in deliveries)
    db.execute(ADDRESSES, [json.dumps([to for to, _ in groupby(rows, itemgetter(0))])])
    new_rows.execute(db, DELIVERED, rows)


def _write_queue(db: Database, name: str, piece: Piece, now: int) -> None:
    removed = [queue_id.decode("ascii", "replace") for queue_id in piece.removed]
    db.execute(REMOVE, [json.dumps(removed), name])
    queued = piece.queued.items()
    rows = [(name, id_.decode("ascii", "replace"), text.decode("utf-8", "replace"), now) for id_, text in queued]
    new_rows.execute(db, PUT, rows)
