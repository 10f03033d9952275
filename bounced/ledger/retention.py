"""Which messages the server may remove, and which it retains. Call inside a transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlite_utils import Database

from bounced.model import Origin

#: Of a message: it was recognized, recorded before that date, has nothing held, and all of its events were stored.
IS_REMOVABLE = """(
recognized = 1 AND events_dropped = 0 AND recorded_at < ? AND NOT EXISTS (
    SELECT 1 FROM events JOIN doubts ON doubts.event = events.id WHERE events.message = messages.id
))"""

REMOVABLE = f"""
SELECT fingerprint FROM messages WHERE fingerprint IN (SELECT value FROM json_each(?)) AND {IS_REMOVABLE}
"""  # noqa: S608

RETAINED = f"""
SELECT 1 FROM places JOIN messages ON messages.id = places.message
WHERE mailbox = ? AND uidvalidity = ? AND uid = ? AND NOT {IS_REMOVABLE}
"""  # noqa: S608


def removable(db: Database, fingerprints: Iterable[str], before: str) -> set[str]:
    """The ``fingerprints`` of messages that may be removed."""
    rows = db.execute(REMOVABLE, [json.dumps(list(fingerprints)), before])
    return {fingerprint for (fingerprint,) in rows}


def is_retained(db: Database, origin: Origin, before: str) -> bool:
    """True when the message that was examined there has to stay."""
    key = [origin.mailbox, origin.uidvalidity, origin.uid, before]
    return db.execute(RETAINED, key).fetchone() is not None
