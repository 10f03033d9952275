"""Deletes events that have been held for long, and what the guards against floods noted long ago.

1. Only what is held may be deleted, and only after it was held for all of the time: an event that counted until the
   policy became stricter is not held for longer than that. What was accepted stays.
2. What is held did nothing, so no suppression changes. It cannot be accepted, attributed or counted any more, though.
3. What an incident holds stays: that may be released years later.
4. The message stays, so that it counts once, and says how many of its events are gone; so does ``expired``, by address,
   for as long again.

Each function does a limited number of rows; call it inside a transaction of the ledger until it returns 0.
"""

from __future__ import annotations

import json

from sqlite_utils import Database

#: Rows that one call marks or deletes; a little more where they belong together.
ROWS_LIMIT = 1000

#: Events in ``stale`` and ``unjudged`` are still to be counted.
EXPIRING = """
SELECT event FROM doubts WHERE since < ? AND event NOT IN (SELECT event FROM accepted)
    AND event NOT IN (SELECT event FROM stale)
    AND event NOT IN (SELECT event FROM unjudged) AND event NOT IN (SELECT event FROM undone)
    AND event NOT IN (SELECT event FROM incident_rows) LIMIT ?
"""

#: What is deleted before the events themselves.
OF_EVENT = ("crowded", "attributions", "attributable", "reclassified")

TELL_ADDRESSES = """
INSERT INTO expired SELECT :day, address, count(*) FROM doubts
WHERE event IN (SELECT value FROM json_each(:events)) GROUP BY address
ON CONFLICT DO UPDATE SET events = events + excluded.events
"""

TELL_MESSAGES = """
WITH gone AS (
    SELECT message, count(*) AS events FROM events WHERE id IN (SELECT value FROM json_each(:events)) GROUP BY message
)
UPDATE messages SET events_expired = events_expired + (SELECT events FROM gone WHERE message = messages.id)
WHERE id IN (SELECT message FROM gone)
"""

DELETE = "DELETE FROM {table} WHERE {event} IN (SELECT value FROM json_each(:events))"

#: Doubts last: they allow it to delete the rest (see m012_bounded).
EXPIRE = (
    TELL_ADDRESSES,
    TELL_MESSAGES,
    *(DELETE.format(table=table, event="event") for table in OF_EVENT),
    DELETE.format(table="events", event="id"),
    DELETE.format(table="doubts", event="event"),
    DELETE.format(table="stale", event="event"),
)

MARK = """
UPDATE doubt_rows SET since = ?
WHERE (address, event) IN (SELECT address, event FROM doubt_rows WHERE since IS NULL LIMIT ?)
"""

#: What has a day, and its key.
DATED = {
    "complaint_sources": "source, day",
    "source_days": "source, day, trust",
    "expired": "day, address",
}


def mark(db: Database, day: str) -> int:
    """Notes that events are held since ``day``, those that were not noted yet; returns how many."""
    return db.execute(MARK, [day, ROWS_LIMIT]).rowcount


def expire(db: Database, before: str, day: str) -> int:
    """Deletes events that are held since a day before ``before``; returns how many."""
    events = [event for (event,) in db.execute(EXPIRING, [before, ROWS_LIMIT])]
    if events:
        db.execute("PRAGMA defer_foreign_keys = ON")  # until COMMIT: doubts refer to events
        db.execute("INSERT INTO meta (name, value) VALUES ('held_kept_since', ?)", [before])
        for statement in EXPIRE:
            db.execute(statement, {"events": json.dumps(events), "day": day})
        db.execute("DELETE FROM meta WHERE name = 'held_kept_since'")
    return len(events)


def forget(db: Database, before: str) -> int:
    """Deletes what the guards noted on days before ``before``: a message or a source may begin anew."""
    dated = sum(_forget_dated(db, table, key, before) for table, key in DATED.items())
    return dated + _forget_crowds(db, before)


def _forget_dated(db: Database, table: str, key: str, before: str) -> int:
    sql = f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE day < ? LIMIT ?)"  # noqa: S608
    return db.execute(sql, [before, ROWS_LIMIT]).rowcount


def _forget_crowds(db: Database, before: str) -> int:
    """Messages with those whom failures about them named."""
    forgotten = 0
    sql = "SELECT crowd, message_id, source, addresses FROM crowds WHERE day < ? LIMIT ?"
    for crowd, *key, addresses in db.execute(sql, [before, ROWS_LIMIT]).fetchall():
        db.execute("DELETE FROM named_rows WHERE crowd = ?", [crowd])
        db.execute("DELETE FROM crowds WHERE message_id = ? AND source = ?", key)
        forgotten += addresses
        if forgotten >= ROWS_LIMIT:
            break
    return forgotten
