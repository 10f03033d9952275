"""Canaries: the test messages that were sent, and of which the report has come back.

1. One is noted before it is sent: a kill in between leaves one that nobody waits for.
2. The first report with the token of one that is known closes it. Every other is a message that counts for nothing.
3. Whether reports arrive is what became of the newest one whose time is over, or that has come back: when an older one
   comes back late, or a second time, that says nothing of it.
4. What begins or ends is written in the transaction that tells the outbox of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from bounced import times
from bounced.ledger import outbox
from bounced.ledger.transactions import Transactions

#: Canaries that are remembered. Later than that the token of one has expired, or it counts for nothing.
CANARIES_KEPT = 1000

NOTE = "INSERT INTO canaries (number, noted_at) VALUES (?, ?)"
DROP_OLD = "DELETE FROM canaries WHERE id <= (SELECT max(id) FROM canaries) - ?"
SENT = "UPDATE canaries SET sent_at = ? WHERE number = ?"
FAILED = "UPDATE canaries SET problem = ? WHERE number = ?"
RETURNED = "UPDATE canaries SET returned_at = ? WHERE number = ? AND returned_at IS NULL"
LAST = "SELECT noted_at, sent_at, problem FROM canaries ORDER BY id DESC LIMIT 1"
DECIDING = """
SELECT noted_at, returned_at, problem FROM canaries
WHERE returned_at IS NOT NULL OR ((sent_at IS NOT NULL OR problem <> '') AND noted_at <= ?) ORDER BY id DESC LIMIT 1
"""
MISSED = "SELECT value FROM meta WHERE name = 'canary_missed_since'"
BEGIN = "REPLACE INTO meta (name, value) VALUES ('canary_missed_since', ?)"
END = "DELETE FROM meta WHERE name = 'canary_missed_since'"

STATUS = f"""
SELECT (SELECT max(noted_at) FROM canaries) AS ran_at, ({MISSED}) AS missed_since,
    (SELECT max(returned_at) FROM canaries) AS returned_at,
    coalesce((SELECT problem FROM canaries ORDER BY id DESC LIMIT 1), '') AS problem
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class CanaryChange:
    """Canaries come back no more, or do so again: the first one missed was sent at ``since``, or why it was not."""

    is_missed: bool
    since: str
    problem: str = ""


class Canaries:
    """Every method raises LedgerError when the file can't be used."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def is_due(self, every: timedelta, within: timedelta) -> bool:
        """True when the next one is to be sent: after ``every``, after ``within`` where that failed."""
        now = self._transactions.clock()
        with self._transactions.reading():
            row = self._transactions.db.execute(LAST).fetchone()
        if row is None or times.parse(row[0]) > now:  # the clock was wrong
            return True
        noted_at, sent_at, problem = row
        if not sent_at and not problem:  # a process was killed while it sent this one
            return True
        return now - times.parse(noted_at) >= (within if problem else every)

    def note(self, number: str) -> None:
        """Notes that the one with ``number`` in its token is about to be sent."""
        with self._transactions.writing():
            self._transactions.db.execute(NOTE, [number, self._transactions.now()])
            self._transactions.db.execute(DROP_OLD, [CANARIES_KEPT])

    def sent(self, number: str) -> None:
        """Notes that the server has taken it."""
        with self._transactions.writing():
            self._transactions.db.execute(SENT, [self._transactions.now(), number])

    def failed(self, number: str, problem: str) -> None:
        """Notes that it could not be sent."""
        with self._transactions.writing():
            self._transactions.db.execute(FAILED, [problem, number])

    def judge(self, within: timedelta) -> CanaryChange | None:
        """What begins or ends now, when one must come back ``within`` that time; None for nothing."""
        with self._transactions.reading():
            if _change(self._transactions.db, self._transactions.before(within)) is None:
                return None
        with self._transactions.writing():
            change = _change(self._transactions.db, self._transactions.before(within))
            if change:
                _tell(self._transactions.db, change, self._transactions.clock())
        return change

    def forget(self) -> None:
        """Forgets that one was missed, where none are sent any more."""
        with self._transactions.reading():
            is_known = self._transactions.db.execute(MISSED).fetchone() is not None
        if is_known:
            with self._transactions.writing():
                self._transactions.db.execute(END)


def note_returned(db: Database, number: str, now: str) -> None:
    """Closes the canary with ``number``, if it is known and open. Call inside a transaction of the ledger."""
    db.execute(RETURNED, [now, number])


def status(db: Database) -> dict[str, Any]:
    """When the last one was sent (``ran_at``), since when they are missed, when one last came back, and the problem."""
    [row] = db.query(STATUS)
    return row


def _change(db: Database, before: str) -> CanaryChange | None:
    known = db.execute(MISSED).fetchone()
    row = db.execute(DECIDING, [before]).fetchone()
    is_missed = row is not None and row[1] is None
    if is_missed == (known is not None) or row is None:
        return None
    return CanaryChange(True, row[0], row[2]) if is_missed else CanaryChange(False, known[0])


def _tell(db: Database, change: CanaryChange, now: datetime) -> None:
    if change.is_missed:
        db.execute(BEGIN, [change.since])
        outbox.tell_canary(db, "canary.missed", {"since": change.since, "problem": change.problem}, now)
    else:
        db.execute(END)
        outbox.tell_canary(db, "canary.returned", {"since": change.since}, now)
