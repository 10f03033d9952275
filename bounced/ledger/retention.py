"""Which messages the server may remove, and which it retains. Call inside a transaction."""

from __future__ import annotations

from collections.abc import Iterable

from sqlite_utils import Database

from bounced.ledger import recorded
from bounced.model import Origin

#: Of a message: it was recognized, recorded before that date, has nothing held, and all of its events were stored.
IS_REMOVABLE = """(
recognized = 1 AND events_dropped = 0 AND recorded_at < ? AND NOT EXISTS (
    SELECT 1 FROM events JOIN doubts ON doubts.event = events.id WHERE events.message = messages.id
))"""

REMOVABLE = f"""
SELECT 1 FROM messages WHERE id = (SELECT id FROM message_rows WHERE fingerprint = ?) AND {IS_REMOVABLE}
"""  # noqa: S608

RETAINED = f"""
SELECT 1 FROM places JOIN messages ON messages.id = places.message
WHERE mailbox = ? AND uidvalidity = ? AND uid = ? AND NOT {IS_REMOVABLE}
"""  # noqa: S608


def removable(db: Database, fingerprints: Iterable[str], before: str) -> set[str]:
    """The ``fingerprints`` of messages that may be removed."""
    asked = ((fingerprint, [recorded.key(fingerprint), before]) for fingerprint in fingerprints)
    return {fingerprint for fingerprint, key in asked if db.execute(REMOVABLE, key).fetchone()}


def is_retained(db: Database, origin: Origin, before: str) -> bool:
    """True when the message that was examined there has to stay."""
    key = [origin.mailbox, origin.uidvalidity, origin.uid, before]
    return db.execute(RETAINED, key).fetchone() is not None
