"""The books of what is tried and might take the whole daemon down: mails, by their fingerprints.

To be called inside a transaction of the ledger. A life of this process counts once, however often it tries: a
disk that is full for hours is no mail's fault.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlite_utils import Database

from bounced import times
from bounced.model import Origin

NOTE = """
INSERT INTO trials (what, tries, noted_at) VALUES (?, 1, ?)
ON CONFLICT (what) DO UPDATE SET tries = tries + 1, noted_at = excluded.noted_at
"""

FORGET = "DELETE FROM trials WHERE what IN (SELECT value FROM json_each(?))"


class Crashes:
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


TRIES = 6

#: A space is what ends the name of the mailbox in a key, and "!" is what comes behind a space.
OF_MAILBOX = "SELECT what, tries, noted_at FROM trials WHERE what >= ? || ' ' AND what < ? || '!' ORDER BY what"


def due(db: Database, mailbox: str, now: datetime) -> list[Origin]:
    """Those of ``mailbox`` that it is time to ask for again."""
    rows = db.execute(OF_MAILBOX, [_key(mailbox)] * 2).fetchall()
    found = [_origin(what) for what, tries, noted_at in rows if _is_due(tries, noted_at, now)]
    return [origin for origin in found if origin.mailbox == mailbox]


def pending(db: Database, origins: Iterable[Origin]) -> set[Origin]:
    """Those of ``origins`` that were withheld before and are to be asked for again."""
    return {origin for origin in origins if _tries(db, origin)}


def exhausted(db: Database, origins: Iterable[Origin], now: datetime) -> set[Origin]:
    """Those of ``origins`` of which one more refusal is the last."""
    found = {origin: _tries(db, origin) for origin in origins}
    return {origin for origin, row in found.items() if row and row[0] + 1 >= TRIES and _is_due(*row, now)}


def note(db: Database, origins: Iterable[Origin], now: datetime) -> None:
    """Notes one more refusal of each, but for those that were asked for too early."""
    for origin in origins:
        row = _tries(db, origin)
        if not row or _is_due(*row, now):
            db.execute(NOTE, [_key_of(origin), times.iso(now)])


def forget(db: Database, origins: Iterable[Origin]) -> None:
    """They were given out, have gone, or are given up."""
    keys = json.dumps([_key_of(origin) for origin in origins])
    db.execute(FORGET, [keys])


def _tries(db: Database, origin: Origin) -> tuple[int, str] | None:
    row = db.execute("SELECT tries, noted_at FROM trials WHERE what = ?", [_key_of(origin)]).fetchone()
    return (row[0], row[1]) if row else None


def _is_due(tries: int, noted_at: str, now: datetime) -> bool:
    return now - times.parse(noted_at) >= timedelta(minutes=2**tries)


def _key(mailbox: str) -> str:
    return f"withheld {mailbox}"


def _key_of(origin: Origin) -> str:
    return f"{_key(origin.mailbox)} {origin.uidvalidity} {origin.uid}"


def _origin(what: str) -> Origin:
    key, uidvalidity, uid = what.rsplit(" ", 2)
    return Origin(key.partition(" ")[2], uid, int(uidvalidity), int(uid))
