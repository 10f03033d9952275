"""Which messages the server need not keep any more. To be called by bounced.ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlite_utils import Database

OUTLIVED = """
SELECT fingerprint FROM messages
WHERE fingerprint IN (SELECT value FROM json_each(?)) AND understood = 1 AND recorded_at < ? AND NOT EXISTS (
    SELECT 1 FROM events JOIN doubts ON doubts.event = events.id WHERE events.message = messages.id
)
"""


def outlived(db: Database, fingerprints: Iterable[str], before: str) -> set[str]:
    """Those of ``fingerprints`` whose message was understood, recorded before that date, and has nothing held."""
    return {found for (found,) in db.execute(OUTLIVED, [json.dumps(list(fingerprints)), before])}
