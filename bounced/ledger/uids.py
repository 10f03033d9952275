"""Every UID that was examined, how far each folder was read, and the results of its last poll and of the daemon's jobs.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from typing import NamedTuple

from sqlite_utils import Database

from bounced import times
from bounced.ledger import recorded
from bounced.ledger.new_rows import NewRows
from bounced.ledger.shared_rows import SharedRows
from bounced.model import CopyTarget, Cursor, Intake, Origin, Outcome

ADVANCE_CURSOR = """
INSERT INTO cursors (mailbox, uidvalidity, uid) VALUES (:mailbox, :uidvalidity, :uid)
ON CONFLICT (mailbox) DO UPDATE SET uidvalidity = excluded.uidvalidity, uid = excluded.uid
"""

PLACE = ("mailbox", "uidvalidity", "uid", "message", "outcome", "settled")

REPLACE_REUSED = """
ON CONFLICT (mailbox, uidvalidity, uid) DO UPDATE SET
    message = excluded.message, outcome = excluded.outcome, settled = excluded.settled
WHERE message IS NOT excluded.message
"""

RECORD_VANISHED = """
INSERT INTO place_rows (mailbox, uidvalidity, uid, message, outcome, settled) VALUES (?, ?, ?, NULL, ?, 1)
ON CONFLICT (mailbox, uidvalidity, uid) DO UPDATE SET settled = 1
"""

NOTE_COPIED = "INSERT OR REPLACE INTO copied (mailbox, uidvalidity, uid) VALUES (?, ?, ?)"

NOTE_COPYING = """
INSERT OR REPLACE INTO copied (mailbox, uidvalidity, uid, folder, folder_uidvalidity, next_uid, begun_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""

ARE_COPIED = "SELECT 1 FROM copied LIMIT 1"

SELECT_COPIED = "SELECT 1 FROM copied WHERE mailbox = ? AND uidvalidity = ? AND uid = ? AND folder IS NULL"

SELECT_COPYING = """
SELECT folder, folder_uidvalidity, next_uid, begun_at FROM copied
WHERE mailbox = ? AND uidvalidity = ? AND uid = ? AND folder IS NOT NULL
"""

FORGET_COPIED = "DELETE FROM copied WHERE mailbox = ? AND uidvalidity = ? AND uid = ?"

FORGET_COPIED_OTHER = f"""
{FORGET_COPIED} AND NOT EXISTS (
    SELECT 1 FROM places WHERE mailbox = ? AND uidvalidity = ? AND uid = ? AND message = ?
)
"""  # noqa: S608

SELECT_UID = "SELECT 1 FROM places WHERE mailbox = ? AND uidvalidity = ? AND uid = ?"

SELECT_REPLACED = """
SELECT 1 FROM places LEFT JOIN message_rows ON message_rows.id = places.message
WHERE mailbox = ? AND uidvalidity = ? AND uid = ? AND fingerprint IS NOT ?
"""

SELECT_UNSETTLED = """
SELECT uidvalidity, uid, outcome, recognized FROM places JOIN message_rows ON message_rows.id = places.message
WHERE mailbox = ? AND settled = 0 ORDER BY uidvalidity, uid
"""

RECORD_POLL = """
INSERT INTO polls (mailbox, polled_at, failing_since, last_uid, problem, next_try, login_refused)
VALUES (:mailbox, :polled_at, :failing_since, :last_uid, :problem, :next_try, :login_refused)
ON CONFLICT (mailbox) DO UPDATE SET
    polled_at = coalesce(excluded.polled_at, polled_at),
    failing_since = iif(excluded.failing_since IS NULL, NULL, coalesce(failing_since, excluded.failing_since)),
    last_uid = iif(excluded.last_uid = 0, last_uid, excluded.last_uid),
    problem = excluded.problem,
    next_try = excluded.next_try,
    login_refused = excluded.login_refused
"""

RECORD_FIRST_POLL = """
INSERT INTO polls (mailbox, failing_since, last_uid, problem) VALUES (?, ?, 0, 'no poll has succeeded yet')
ON CONFLICT (mailbox) DO NOTHING
"""

RECORD_JOB = """
INSERT INTO jobs (name, ran_at, problem) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET ran_at = excluded.ran_at, problem = excluded.problem
"""


SETTLE = """
UPDATE place_rows SET settled = 1
WHERE mailbox = (SELECT id FROM texts WHERE text = ?) AND uidvalidity = ?
    AND uid IN (SELECT value FROM json_each(?))
"""


class NewPlaces:
    """Outcomes of UIDs that a transaction records, together."""

    def __init__(self, db: Database, shared: SharedRows) -> None:
        self._db, self._shared = db, shared
        self._rows = NewRows(db, "place_rows", PLACE, REPLACE_REUSED)
        self._places: list[tuple[Origin, int]] = []

    def add(self, origin: Origin, message: int, outcome: Outcome) -> None:
        """Records the outcome of a UID; the first stays, unless a restored server gave the UID to another message."""
        mailbox, outcome_id = self._shared.text(origin.mailbox), self._shared.text(outcome)
        self._rows.add(mailbox, origin.uidvalidity, origin.uid, message, outcome_id, 0)
        self._places.append((origin, message))

    def write(self) -> None:
        """Inserts what was added."""
        if self._places and _are_copied(self._db):
            keys = ((*_key(origin), *_key(origin), message) for origin, message in self._places)
            self._db.conn.executemany(FORGET_COPIED_OTHER, keys)
        self._places.clear()
        self._rows.write()

    def forget(self) -> None:
        """Drops what was added: its transaction has failed."""
        self._places.clear()
        self._rows.forget()


def vanished(db: Database, shared: SharedRows, origins: Iterable[Origin]) -> None:
    """Records that these messages were deleted; outcomes of examined ones stay, and are settled."""
    keys = [_key(origin) for origin in origins]
    outcome = shared.text("vanished")
    db.conn.executemany(RECORD_VANISHED, [(shared.text(mailbox), *key, outcome) for mailbox, *key in keys])
    db.conn.executemany(FORGET_COPIED, keys)
    shared.write()


def unseen(db: Database, origins: Iterable[Origin]) -> list[Origin]:
    """The ``origins`` that were never examined."""
    return [origin for origin in origins if not db.execute(SELECT_UID, _key(origin)).fetchone()]


def replaced(db: Database, origin: Origin, fingerprint: str) -> bool:
    """True when that UID was another message's, or was deleted, when it was examined."""
    return db.execute(SELECT_REPLACED, [*_key(origin), recorded.key(fingerprint)]).fetchone() is not None


def settle(db: Database, intakes: Iterable[Intake]) -> None:
    """Records that the mailbox moved, flagged or left these messages."""
    epochs: dict[tuple[str, int], list[int]] = {}
    for mailbox, uidvalidity, uid in (_key(intake.origin) for intake in intakes if intake.origin.uid):
        epochs.setdefault((mailbox, uidvalidity), []).append(uid)
    db.conn.executemany(SETTLE, [(*epoch, json.dumps(uids)) for epoch, uids in epochs.items()])
    if _are_copied(db):
        db.conn.executemany(FORGET_COPIED, [(*epoch, uid) for epoch, uids in epochs.items() for uid in uids])


def note_copied(db: Database, origins: Iterable[Origin]) -> None:
    """Records that these messages were copied to where they go; forgotten when they are settled."""
    db.conn.executemany(NOTE_COPIED, map(_key, origins))


def copied(db: Database, origins: Iterable[Origin]) -> set[Origin]:
    """The ``origins`` that were copied and are not settled."""
    return {origin for origin in origins if db.execute(SELECT_COPIED, _key(origin)).fetchone()}


def note_copying(db: Database, origins: Iterable[Origin], target: CopyTarget) -> None:
    """Records that these messages are about to be copied there; forgotten as those that were."""
    place = target.folder, target.uidvalidity, target.next_uid, times.iso_or_none(target.begun_at)
    db.conn.executemany(NOTE_COPYING, [(*_key(origin), *place) for origin in origins])


def copying(db: Database, origins: Iterable[Origin]) -> dict[Origin, CopyTarget]:
    """The ``origins`` whose copy was begun, and nothing is known of its end."""
    rows = ((origin, db.execute(SELECT_COPYING, _key(origin)).fetchone()) for origin in origins)
    return {origin: _target(*row) for origin, row in rows if row}


def _target(folder: str, uidvalidity: int, next_uid: int, begun_at: str | None) -> CopyTarget:
    return CopyTarget(folder, uidvalidity, next_uid, times.parse_or_none(begun_at))


def unsettled(db: Database, mailbox: str) -> list[Intake]:
    """The messages that are not settled in ``mailbox`` yet."""
    return [
        Intake(Origin(mailbox, str(uid), uidvalidity, uid), outcome, bool(recognized))
        for uidvalidity, uid, outcome, recognized in db.execute(SELECT_UNSETTLED, [mailbox])
    ]


def cursor(db: Database, mailbox: str) -> Cursor | None:
    """How far ``mailbox`` was read, ``None`` when it never was."""
    row = db.execute("SELECT mailbox, uidvalidity, uid FROM cursors WHERE mailbox = ?", [mailbox]).fetchone()
    return Cursor(*row) if row else None


def advance(db: Database, cursor: Cursor) -> None:
    """Moves a cursor, also back: a message read twice is counted once, and one that is skipped is lost."""
    db.execute(ADVANCE_CURSOR, dataclasses.asdict(cursor))


def begun(db: Database, mailbox: str, now: str) -> None:
    """Records that ``mailbox`` is polled, if no poll of it has ended."""
    db.execute(RECORD_FIRST_POLL, [mailbox, now])


class PollResult(NamedTuple):
    """How a poll went; ``problem`` is ``""`` for none, ``next_try`` ``None`` for the schedule's."""

    problem: str
    next_try: str | None
    is_failing: bool
    login_refused: bool


def polled(db: Database, mailbox: str, now: str, last_uid: int, result: PollResult) -> None:
    """Records the result of a poll."""
    problem, next_try, is_failing, login_refused = result
    at = {"polled_at": None if is_failing else now, "failing_since": now if is_failing else None, "next_try": next_try}
    values = {"mailbox": mailbox, "last_uid": last_uid, "problem": problem, "login_refused": login_refused, **at}
    db.execute(RECORD_POLL, values)


def ran(db: Database, job: str, now: str, problem: str) -> None:
    """Records the result of a job; ``problem`` is ``""`` for none."""
    db.execute(RECORD_JOB, [job, now, problem])


def _are_copied(db: Database) -> bool:
    """True when any message was copied, or is about to be, and is not settled: that is rare."""
    return db.conn.execute(ARE_COPIED).fetchone() is not None


def _key(origin: Origin) -> tuple[str, int, int]:
    return origin.mailbox, origin.uidvalidity, origin.uid
