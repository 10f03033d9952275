"""The books of the mailboxes: every UID that was examined, how far each folder was read, how its last poll went;
and how the other jobs of the daemon went.

To be called inside a transaction of the ledger.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from sqlite_utils import Database

from bounced.ledger import database
from bounced.model import Cursor, Intake, Origin, Outcome

MOVE = """
INSERT INTO cursors (mailbox, uidvalidity, uid) VALUES (:mailbox, :uidvalidity, :uid)
ON CONFLICT (mailbox) DO UPDATE SET uidvalidity = excluded.uidvalidity, uid = excluded.uid
"""

RENEWED = """
ON CONFLICT (mailbox, uidvalidity, uid) DO UPDATE SET
    message = excluded.message, outcome = excluded.outcome, settled = excluded.settled
WHERE message IS NOT excluded.message
"""

VANISHED = """
INSERT INTO places (mailbox, uidvalidity, uid, message, outcome, settled) VALUES (?, ?, ?, NULL, 'vanished', 1)
ON CONFLICT (mailbox, uidvalidity, uid) DO UPDATE SET settled = 1
"""

SEEN = "SELECT 1 FROM places WHERE mailbox = ? AND uidvalidity = ? AND uid = ?"

REPLACED = """
SELECT 1 FROM places LEFT JOIN messages ON messages.id = places.message
WHERE mailbox = ? AND uidvalidity = ? AND uid = ? AND fingerprint IS NOT ?
"""

UNSETTLED = """
SELECT uidvalidity, uid, outcome, recognized FROM places JOIN messages ON messages.id = places.message
WHERE mailbox = ? AND settled = 0 ORDER BY uidvalidity, uid
"""

POLLED = """
INSERT INTO polls (mailbox, polled_at, failing_since, last_uid, problem, next_try)
VALUES (:mailbox, :polled_at, :failing_since, :last_uid, :problem, :next_try)
ON CONFLICT (mailbox) DO UPDATE SET
    polled_at = coalesce(excluded.polled_at, polled_at),
    failing_since = iif(excluded.failing_since IS NULL, NULL, coalesce(failing_since, excluded.failing_since)),
    last_uid = iif(excluded.last_uid = 0, last_uid, excluded.last_uid),
    problem = excluded.problem,
    next_try = excluded.next_try
"""

BEGUN = """
INSERT INTO polls (mailbox, failing_since, last_uid, problem) VALUES (?, ?, 0, 'no poll has gone through yet')
ON CONFLICT (mailbox) DO NOTHING
"""

RAN = """
INSERT INTO jobs (name, ran_at, problem) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET ran_at = excluded.ran_at, problem = excluded.problem
"""


def add(db: Database, origin: Origin, message: int, outcome: Outcome) -> None:
    """Notes what became of a UID; the first word on it stays, unless a restored server gave it to another message."""
    row = {
        "mailbox": origin.mailbox,
        "uidvalidity": origin.uidvalidity,
        "uid": origin.uid,
        "message": message,
        "outcome": outcome,
        "settled": 0,
    }
    database.insert(db, "places", row, RENEWED)


def vanish(db: Database, origins: Iterable[Origin]) -> None:
    """Notes that these have gone: what became of those that were examined before stays, and is settled."""
    db.conn.executemany(VANISHED, map(_key, origins))


def unseen(db: Database, origins: Iterable[Origin]) -> list[Origin]:
    """Those of ``origins`` that were never examined."""
    return [found for found in origins if not db.execute(SEEN, _key(found)).fetchone()]


def replaced(db: Database, origin: Origin, fingerprint: str) -> bool:
    """True when that UID was another message's, or had gone, when it was examined."""
    return db.execute(REPLACED, [*_key(origin), fingerprint]).fetchone() is not None


def settle(db: Database, intakes: Iterable[Intake]) -> None:
    """Notes that the mailbox knows of these."""
    found = [_key(intake.origin) for intake in intakes if intake.origin.uid]
    sql = "UPDATE places SET settled = 1 WHERE mailbox = ? AND uidvalidity = ? AND uid = ?"
    db.conn.executemany(sql, found)


def unsettled(db: Database, mailbox: str) -> list[Intake]:
    """What ``mailbox`` was not yet told of."""
    return [
        Intake(Origin(mailbox, str(uid), uidvalidity, uid), outcome, bool(recognized))
        for uidvalidity, uid, outcome, recognized in db.execute(UNSETTLED, [mailbox])
    ]


def cursor(db: Database, mailbox: str) -> Cursor | None:
    """How far ``mailbox`` was read, ``None`` when it never was."""
    row = db.execute("SELECT mailbox, uidvalidity, uid FROM cursors WHERE mailbox = ?", [mailbox]).fetchone()
    return Cursor(*row) if row else None


def move(db: Database, cursor: Cursor) -> None:
    """Moves a cursor, also back: what is read twice is counted once, and what is skipped is lost."""
    db.execute(MOVE, dataclasses.asdict(cursor))


def begun(db: Database, mailbox: str, now: str) -> None:
    """Notes that ``mailbox`` is polled, where no poll of it has ended."""
    db.execute(BEGUN, [mailbox, now])


def polled(
    db: Database, mailbox: str, now: str, last_uid: int, problem: str, next_try: str | None, failing: bool
) -> None:
    """Notes how a poll went; ``problem`` is ``""`` when there is nothing to say, ``next_try`` ``None``: by schedule."""
    at = {"polled_at": None if failing else now, "failing_since": now if failing else None, "next_try": next_try}
    db.execute(POLLED, {"mailbox": mailbox, "last_uid": last_uid, "problem": problem, **at})


def ran(db: Database, job: str, now: str, problem: str) -> None:
    """Notes how a job went; ``problem`` is ``""`` when nothing is wrong."""
    db.execute(RAN, [job, now, problem])


def _key(origin: Origin) -> tuple[str, int, int]:
    return origin.mailbox, origin.uidvalidity, origin.uid
