"""Unrecognized messages that a person is done with: they are listed no more, and count no more. Nothing else changes.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

from sqlite_utils import Database

#: Once: a message that is done stays so, with its first date.
DONE = """
INSERT INTO reviewed (message, done_at) SELECT id, :now FROM message_rows WHERE id = :message AND recognized = 0
ON CONFLICT DO NOTHING
"""

IS_UNRECOGNIZED = "SELECT 1 FROM message_rows WHERE id = ? AND recognized = 0"


def done(db: Database, message: int, now: str) -> bool:
    """Notes that ``message`` is done; false when no unrecognized message has this number."""
    db.execute(DONE, {"message": message, "now": now})
    return db.execute(IS_UNRECOGNIZED, [message]).fetchone() is not None
