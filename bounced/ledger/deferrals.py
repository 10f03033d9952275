"""Messages that are read later, in the table ``deferred``: they are in the mailbox, behind the cursor, and not counted.

1. A message is noted with the cursor that passes it, and forgotten with the transaction that takes it.
2. Each time it is read again it may wait twice as long, TRIES_ALLOWED times in all, for some eight hours: then it is
   taken as it is.
3. Nobody can have many wait: LIMITS.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bounced import times
from bounced.ledger.transactions import Transactions
from bounced.model import Origin

#: Why: the DNS did not answer about the key of a signature; or the source has had its processor time.
Cause = Literal["key", "processor"]

TRIES_ALLOWED = 8

#: Messages of a mailbox that wait, by the cause, and those of one source among them.
LIMITS: dict[Cause, tuple[int, int]] = {"key": (500, 20), "processor": (2000, 1000)}

NOTE = """
INSERT INTO deferred (mailbox, uidvalidity, uid, cause, source, tries, noted_at) VALUES (?, ?, ?, ?, ?, 1, ?)
ON CONFLICT (mailbox, uidvalidity, uid) DO UPDATE SET
    cause = excluded.cause, source = excluded.source, tries = tries + 1, noted_at = excluded.noted_at
"""
NOTED = "SELECT tries, noted_at FROM deferred WHERE mailbox = ? AND uidvalidity = ? AND uid = ?"
OF_MAILBOX = "SELECT uidvalidity, uid, tries, noted_at FROM deferred WHERE mailbox = ? ORDER BY uidvalidity, uid"
COUNT = "SELECT count(*), coalesce(sum(source = ?), 0) FROM deferred WHERE mailbox = ? AND cause = ?"
ARE_DEFERRED = "SELECT 1 FROM deferred LIMIT 1"
FORGET = "DELETE FROM deferred WHERE mailbox = ? AND uidvalidity = ? AND uid = ?"


@dataclass(frozen=True, slots=True)
class Deferral:
    """A message that is to be read later."""

    origin: Origin
    fingerprint: str
    cause: Cause
    source: str


class Deferrals:
    """Methods raise LedgerError when the file can't be used."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def due(self, mailbox: str) -> list[Origin]:
        """The messages of ``mailbox`` that it is time to read again."""
        now = self._transactions.clock()
        with self._transactions.reading():
            rows = self._transactions.db.execute(OF_MAILBOX, [mailbox]).fetchall()
        due = [(epoch, uid) for epoch, uid, tries, noted_at in rows if _is_due(tries, noted_at, now)]
        return [Origin(mailbox, str(uid), epoch, uid) for epoch, uid in due]

    def waiting(self, origins: Iterable[Origin]) -> set[Origin]:
        """The messages at ``origins`` that are to be read later."""
        with self._transactions.reading():
            return {origin for origin in origins if self._noted(origin)}

    def may_wait(self, deferral: Deferral, others: Sequence[Deferral]) -> bool:
        """True when that message may wait (again), as ``others`` do that are not noted yet; else it is to be taken."""
        if not deferral.origin.uid:
            return False
        with self._transactions.reading():
            if row := self._noted(deferral.origin):
                return row[0] < TRIES_ALLOWED or not _is_due(*row, self._transactions.clock())
            return self._has_room(deferral, [other for other in others if other.cause == deferral.cause])

    def note(self, deferrals: Iterable[Deferral]) -> None:
        """Notes that each waits, unless it was read before it was time. Call inside a transaction."""
        now = self._transactions.clock()
        for deferral in deferrals:
            row = self._noted(deferral.origin)
            if not row or _is_due(*row, now):
                values = [*_key(deferral.origin), deferral.cause, deferral.source, times.iso(now)]
                self._transactions.db.execute(NOTE, values)

    def forget(self, origins: Iterable[Origin]) -> None:
        """Removes the notes on messages that were taken or deleted. Call inside a transaction."""
        if self._transactions.db.conn.execute(ARE_DEFERRED).fetchone():
            self._transactions.db.conn.executemany(FORGET, map(_key, origins))

    def _has_room(self, deferral: Deferral, others: Sequence[Deferral]) -> bool:
        values = [deferral.source, deferral.origin.mailbox, deferral.cause]
        total, own = self._transactions.db.execute(COUNT, values).fetchone()
        limit, part = LIMITS[deferral.cause]
        own += sum(other.source == deferral.source for other in others)
        return bool(total + len(others) < limit and own < part)

    def _noted(self, origin: Origin) -> tuple[int, str] | None:
        """How often that message was put off, and when for the last time."""
        row = self._transactions.db.execute(NOTED, _key(origin)).fetchone()
        return (row[0], row[1]) if row else None


def _is_due(tries: int, noted_at: str, now: datetime) -> bool:
    return now - times.parse(noted_at) >= timedelta(minutes=2**tries)


def _key(origin: Origin) -> tuple[str, int, int]:
    return origin.mailbox, origin.uidvalidity, origin.uid
