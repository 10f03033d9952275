"""Takes the words from what is old: what servers said, headers, and subjects (``[database] keep_texts``).

1. Nothing that is judged changes: reasons and classes are recorded with each event. But other tables can't judge an
   event again whose words are gone, and don't (bounced.ledger.reclassify); ``meta`` says since when texts are whole.
2. The words that a suppression quotes are those of its last event, and go with them. What a person wrote stays.

Each function does a limited number of rows; call it inside a transaction of the ledger.
"""

from __future__ import annotations

import json
from datetime import datetime

from sqlite_utils import Database

from bounced import times
from bounced.ledger import erased_rows
from bounced.ledger.old_events import ALLOW, FORBID, last_row

#: Rows that one call looks at, and suppressions that it changes.
ROWS_LIMIT = 20_000
SUPPRESSIONS_LIMIT = 1000

#: Up to when events may lack their words.
NOTE = """
INSERT INTO meta (name, value) VALUES ('texts_whole_since', ?)
ON CONFLICT DO UPDATE SET value = max(value, excluded.value)
"""

WITH_WORDS = """
SELECT event_rows.id, original FROM event_rows JOIN original_messages ON original_messages.id = original
WHERE event_rows.id > :after AND event_rows.id <= :last AND happened_at <= :before
AND (diagnostic_code <> 0 OR headers <> 0)
"""

#: Kept states quote events.
STATES = """
DELETE FROM states WHERE address IN (
    SELECT text FROM texts JOIN event_rows ON event_rows.address = texts.id
    WHERE event_rows.id IN (SELECT value FROM json_each(:events))
    UNION SELECT text FROM texts JOIN attribution_rows ON attribution_rows.address = texts.id
    WHERE event IN (SELECT value FROM json_each(:events))
)
"""

TAKE_WORDS = "UPDATE event_rows SET diagnostic_code = 0 WHERE id IN (SELECT value FROM json_each(?))"
TAKE_HEADERS = "UPDATE original_messages SET headers = 0 WHERE id IN (SELECT value FROM json_each(?))"

MESSAGES = "SELECT id FROM message_rows WHERE id > ? AND id <= ? AND arrived_at <= ?"

TAKE_DETAILS = """
UPDATE suppression_rows SET detail = '' WHERE (address, scope, cause) IN (
    SELECT address, scope, cause FROM suppression_rows
    WHERE detail <> '' AND cause <> 'manual' AND coalesce(last_bounce_at, since) <= ?
        AND address NOT IN (SELECT address FROM decisions WHERE what = 'suppress') LIMIT ?
)
"""


def drop_of_events(db: Database, after: int, before: datetime) -> tuple[int, int]:
    """Takes the words from events up to ``before``, among those behind the number ``after``.

    Returns the last of the numbers that it looked at, 0 when there was none, and how many events had words.
    """
    last = last_row(db, "event_rows", after, ROWS_LIMIT)
    key = {"after": after, "last": last, "before": times.seconds(before)}
    rows = db.execute(WITH_WORDS, key).fetchall()
    if rows:
        events, originals = (json.dumps(list(column)) for column in zip(*rows, strict=True))
        db.execute(ALLOW, [str(times.seconds(before))])
        db.execute(TAKE_WORDS, [events])
        db.execute(FORBID)
        db.execute(TAKE_HEADERS, [originals])
        db.execute(STATES, {"events": events})
        db.execute(NOTE, [times.iso(before)])
    return last, len(rows)


def drop_subjects(db: Database, after: int, before: datetime) -> int:
    """Takes the subjects from messages up to ``before``, as ``drop_of_events`` does from events."""
    last, at = last_row(db, "message_rows", after, ROWS_LIMIT), times.seconds(before)
    messages = [message for (message,) in db.execute(MESSAGES, [after, last, at])]
    db.execute(ALLOW, [str(at)])
    erased_rows.take_subjects(db, messages, at)
    db.execute(FORBID)
    return last


def drop_details(db: Database, before: datetime) -> int:
    """Takes the words of the last event from some suppressions; returns how many, 0 when there are no more."""
    return db.execute(TAKE_DETAILS, [times.iso(before), SUPPRESSIONS_LIMIT]).rowcount
