"""Which messages the server need not keep any more, and which it has to. To be called inside a transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlite_utils import Database

from bounced.model import Origin

#: Of a message: it was understood, recorded before that date, and has nothing held.
GOES = """(
recognized = 1 AND recorded_at < ? AND NOT EXISTS (
    SELECT 1 FROM events JOIN doubts ON doubts.event = events.id WHERE events.message = messages.id
))"""

OUTLIVED = f"SELECT fingerprint FROM messages WHERE fingerprint IN (SELECT value FROM json_each(?)) AND {GOES}"  # noqa: S608

STAYING = f"""
SELECT 1 FROM places JOIN messages ON messages.id = places.message
WHERE mailbox = ? AND uidvalidity = ? AND uid = ? AND NOT {GOES}
"""  # noqa: S608


def outlived(db: Database, fingerprints: Iterable[str], before: str) -> set[str]:
    """Those of ``fingerprints`` whose message goes."""
    return {found for (found,) in db.execute(OUTLIVED, [json.dumps(list(fingerprints)), before])}


def staying(db: Database, origin: Origin, before: str) -> bool:
    """True when what was examined there does not go."""
    place = [origin.mailbox, origin.uidvalidity, origin.uid, before]
    return db.execute(STAYING, place).fetchone() is not None
