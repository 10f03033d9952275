"""The books of what is tried and might take the whole daemon down: mails, by their fingerprints.

To be called inside a transaction of the ledger. A life of this process counts once, however often it tries: a
disk that is full for hours is no mail's fault.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlite_utils import Database

NOTE = """
INSERT INTO trials (what, tries, noted_at) VALUES (?, 1, ?)
ON CONFLICT (what) DO UPDATE SET tries = tries + 1, noted_at = excluded.noted_at
"""

FORGET = "DELETE FROM trials WHERE what IN (SELECT value FROM json_each(?))"


class Trials:
    """What this process and those before it have tried and not ended."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._ours: set[str] = set()

    def before(self, fingerprint: str) -> int:
        """How many processes before this one have tried that mail, and did not live to say how it went."""
        row = self._db.execute("SELECT tries FROM trials WHERE what = ?", [fingerprint]).fetchone()
        return row[0] - (fingerprint in self._ours) if row else 0

    def note(self, fingerprint: str, now: str) -> None:
        """Notes that this process is about to try it."""
        if fingerprint not in self._ours:
            self._db.execute(NOTE, [fingerprint, now])

    def noted(self, fingerprint: str) -> None:
        """To be called when that is on the disk."""
        self._ours.add(fingerprint)

    def forget(self, fingerprints: Iterable[str]) -> None:
        """Removes the notes of what is being taken."""
        self._db.execute(FORGET, [json.dumps(list(fingerprints))])

    def forget_older(self, than: str) -> None:
        """Removes notes on mails that never came again."""
        self._db.execute("DELETE FROM trials WHERE noted_at < ? AND what NOT LIKE 'withheld %'", [than])

    def forgotten(self, fingerprints: Iterable[str]) -> None:
        """To be called when that is on the disk."""
        self._ours.difference_update(fingerprints)
