"""The one writer of the SQLite file: takes messages, events and decisions, and keeps the suppressions true.

1. A batch (messages, events, suppressions, the IMAP cursor) is one transaction; only what ``take`` returned may be
   settled, and what was not marked as settled is found by ``unsettled`` after a crash.
2. A message counts once: its fingerprint is unique, and whoever comes second is ``repeated``.
3. Suppressions are never edited, only folded again from an address' whole history: any order of arrival ends the same.
4. Another policy than the last time folds every address again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database

from bounced import database, history, policy, times
from bounced.model import Cursor, Event, Intake, Item, LedgerError, Origin, Outcome, RawMessage, Reading, Scope
from bounced.policy import Policy, Suppression

#: To be raised when bounced.policy.decide makes something else of a history: every ledger is then folded again.
RULE = 1

Change = tuple[str, Suppression]


@dataclasses.dataclass(frozen=True, slots=True)
class Receipt:
    """What a batch came to. ``started`` and ``ended`` are the suppressions that it changed, with their addresses."""

    intakes: tuple[Intake, ...] = ()
    started: tuple[Change, ...] = ()
    ended: tuple[Change, ...] = ()


class Ledger:
    """Opens ``path`` for writing; ``dry_run`` works on a copy in memory instead. May be used from several threads.

    Every method raises LedgerError when the file can't be used; nothing of that call is in the file then.
    """

    def __init__(
        self, path: str, policy: Policy, *, dry_run: bool = False, clock: Callable[[], datetime] = times.now
    ) -> None:
        self.path = path
        self._policy = policy
        self._clock = clock
        self._lock = threading.RLock()
        self._dry_run = dry_run
        self._db: Database = database.copy_in_memory(path) if dry_run else database.open_for_writing(path)
        self._inode = None if dry_run else _inode(path)
        self._adopt()

    def close(self, patience: float = -1) -> None:
        """Leaves the file readable by everybody who may read it.

        Gives up after ``patience`` seconds (-1: never) when another thread is still writing; that is as safe as a kill.
        """
        if not self._lock.acquire(timeout=patience):
            return
        try:
            if self._dry_run:
                self._db.conn.close()
            else:
                database.close_written(self._db)
        finally:
            self._lock.release()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def known(self, fingerprints: Iterable[str]) -> set[str]:
        """Those of ``fingerprints`` whose message is in the ledger."""
        sql = "SELECT fingerprint FROM messages WHERE fingerprint IN (SELECT value FROM json_each(?))"
        with self._lock, database.errors(self.path):
            return {found for (found,) in self._db.execute(sql, [json.dumps(list(fingerprints))])}

    def take(self, items: Sequence[Item], cursor: Cursor | None = None) -> Receipt:
        """Takes responsibility for ``items``, and moves the mailbox's cursor, in one transaction."""
        recorded_at = times.iso(self._clock())
        with self._writing():
            touched: set[str] = set()
            intakes = tuple(self._take(item, recorded_at, touched) for item in items)
            if cursor:
                self._move(cursor)
            return dataclasses.replace(self._fold(touched), intakes=intakes)

    def decide(
        self, addresses: Iterable[str], what: Literal["suppress", "release"], scope: Scope | Literal[""], why: str
    ) -> Receipt:
        """Records what a person decided about ``addresses`` (normalised). Scope ``""`` releases every scope."""
        decided_at = times.iso(self._clock())
        wanted = list(addresses)
        with self._writing():
            for address in wanted:
                row = {"decided_at": decided_at, "address": address, "what": what, "scope": scope, "why": why}
                self._insert("decisions", row)
            return self._fold(wanted)

    def cursor(self, mailbox: str) -> Cursor | None:
        """How far ``mailbox`` was read, ``None`` when it never was."""
        with self._lock, database.errors(self.path):
            sql = "SELECT mailbox, uidvalidity, uid FROM cursors WHERE mailbox = ?"
            row = self._db.execute(sql, [mailbox]).fetchone()
        return Cursor(*row) if row else None

    def settled(self, intakes: Iterable[Intake]) -> None:
        """Notes that the mailbox has moved, flagged or left these messages."""
        places = [(i.origin.mailbox, i.origin.uidvalidity, i.origin.uid) for i in intakes if i.origin.uid]
        sql = "UPDATE places SET settled = 1 WHERE mailbox = ? AND uidvalidity = ? AND uid = ?"
        if places:
            with self._writing():
                self._db.conn.executemany(sql, places)

    def unsettled(self, mailbox: str) -> list[Intake]:
        """What was taken from ``mailbox`` and not settled, because of a crash or a lost connection."""
        sql = """
            SELECT uidvalidity, uid, outcome, understood FROM places JOIN messages ON messages.id = places.message
            WHERE mailbox = ? AND settled = 0 ORDER BY uidvalidity, uid
        """
        with self._lock, database.errors(self.path):
            rows = self._db.execute(sql, [mailbox]).fetchall()
        return [
            Intake(Origin(mailbox, str(uid), uidvalidity, uid), outcome, bool(understood))
            for uidvalidity, uid, outcome, understood in rows
        ]

    def polled(self, mailbox: str, last_uid: int, problem: str = "") -> None:
        """Notes that a poll of ``mailbox`` went through, or what stopped it, and how far the server's UIDs go."""
        now = times.iso(self._clock())
        sql = """
            INSERT INTO polls (mailbox, polled_at, failing_since, last_uid, problem)
            VALUES (:mailbox, :polled_at, :failing, :last_uid, :problem)
            ON CONFLICT (mailbox) DO UPDATE SET
                polled_at = coalesce(excluded.polled_at, polled_at),
                failing_since = iif(excluded.problem = '', NULL, coalesce(failing_since, excluded.failing_since)),
                last_uid = excluded.last_uid,
                problem = excluded.problem
        """
        at = {"polled_at": None if problem else now, "failing": now if problem else None}
        with self._writing():
            self._db.execute(sql, {"mailbox": mailbox, "last_uid": last_uid, "problem": problem, **at})

    def housekeep(self, keep_unread: timedelta) -> int:
        """Drops the content of mails that nobody understood and that are older than ``keep_unread``; how many."""
        before = times.iso(self._clock() - keep_unread)
        sql = "DELETE FROM unread WHERE message IN (SELECT id FROM messages WHERE recorded_at < ?)"
        with self._writing():
            dropped = self._db.execute(sql, [before]).rowcount
        with self._lock, database.errors(self.path):
            self._db.execute("PRAGMA optimize")
        return dropped

    def fold_all(self) -> Receipt:
        """Folds the history of every address again, as if the ledger had no suppressions."""
        with self._writing():
            return self._fold(self._everybody())

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock, database.errors(self.path):
            if self._inode is not None and _inode(self.path) != self._inode:
                raise LedgerError(f"{self.path}: was removed or replaced while it was in use")
            with database.immediate(self._db):
                yield

    def _take(self, item: Item, recorded_at: str, touched: set[str]) -> Intake:
        origin, reading = item.message.origin, item.reading
        known = self._db.execute("SELECT id, understood FROM messages WHERE fingerprint = ?", [item.fingerprint])
        outcome: Outcome = "repeated"
        if row := known.fetchone():
            message_id, understood = row[0], bool(row[1])
        elif reading is None:
            raise LookupError(f"{item.fingerprint} is not in the ledger and was not read")
        else:
            outcome, understood = _outcome(item.message, reading), reading.understood
            message_id = self._append(item, reading, recorded_at)
            touched.update(event.address for event in reading.events)
        if origin.uid:
            self._place(origin, message_id, outcome)
        return Intake(origin, outcome, understood)

    def _append(self, item: Item, reading: Reading, recorded_at: str) -> int:
        """Appends a message that the ledger does not know, with its events; returns its id."""
        message = item.message
        row = {
            "fingerprint": item.fingerprint,
            "arrived_at": times.iso(message.arrived_at),
            "recorded_at": recorded_at,
            "source": f"{message.origin.mailbox} {message.origin.name}".strip(),
            "size": message.size,
            "kind": reading.kind,
            "decoder": reading.decoder,
            "subject": reading.subject,
            "understood": int(reading.understood),
            "problem": reading.problem,
        }
        message_id = self._insert("messages", row)
        for event in reading.events:
            self._append_event(message_id, message.arrived_at, event)
        if not reading.understood and message.content:
            self._insert("unread", {"message": message_id, "content": zlib.compress(message.content)})
        return message_id

    def _append_event(self, message_id: int, happened_at: datetime, event: Event) -> None:
        row = dataclasses.asdict(event)
        del row["headers"]
        row["class"] = row.pop("class_")
        event_id = self._insert("events", {"message": message_id, "happened_at": times.iso(happened_at), **row})
        for name, value in event.headers:
            self._insert("event_headers", {"event": event_id, "name": name, "value": value})

    def _place(self, origin: Origin, message_id: int, outcome: str) -> None:
        row = {
            "mailbox": origin.mailbox,
            "uidvalidity": origin.uidvalidity,
            "uid": origin.uid,
            "message": message_id,
            "outcome": outcome,
            "settled": 0,
        }
        self._insert("places", row, " ON CONFLICT DO NOTHING")

    def _move(self, cursor: Cursor) -> None:
        """Never back within an epoch: a second daemon may have been faster."""
        sql = """
            INSERT INTO cursors (mailbox, uidvalidity, uid) VALUES (:mailbox, :uidvalidity, :uid)
            ON CONFLICT (mailbox) DO UPDATE SET uidvalidity = excluded.uidvalidity, uid = excluded.uid
            WHERE excluded.uidvalidity <> cursors.uidvalidity OR excluded.uid > cursors.uid
        """
        self._db.execute(sql, dataclasses.asdict(cursor))

    def _fold(self, addresses: Iterable[str]) -> Receipt:
        started: list[Change] = []
        ended: list[Change] = []
        for address in sorted(set(addresses) - {""}):
            before = history.suppressions(self._db, address)
            judged = policy.decide(address, history.entries(self._db, address), self._policy).suppressions
            after = list(judged)
            if before == after:
                continue
            self._db.execute("DELETE FROM suppressions WHERE address = ?", [address])
            for found in after:
                self._insert("suppressions", _row(address, found))
            keys = {(s.scope, s.cause) for s in before}, {(s.scope, s.cause) for s in after}
            started += [(address, s) for s in after if (s.scope, s.cause) not in keys[0]]
            ended += [(address, s) for s in before if (s.scope, s.cause) not in keys[1]]
        return Receipt((), tuple(started), tuple(ended))

    def _adopt(self) -> None:
        """Makes the suppressions those of this policy."""
        digest = _digest(self._policy)
        with self._writing():
            stored = self._db.execute("SELECT value FROM meta WHERE name = 'policy'").fetchone()
            if stored != (digest,):
                self._upsert("meta", "name", {"name": "policy", "value": digest})
                self._fold(self._everybody())

    def _everybody(self) -> list[str]:
        sql = "SELECT address FROM events UNION SELECT address FROM decisions UNION SELECT address FROM suppressions"
        return [address for (address,) in self._db.execute(sql)]

    def _insert(self, table: str, row: dict[str, Any], conflict: str = "") -> int:
        sql = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)}){conflict}"  # noqa: S608
        return self._db.execute(sql, row).lastrowid or 0

    def _upsert(self, table: str, key: str, row: dict[str, Any]) -> None:
        sets = ", ".join(f"{name} = excluded.{name}" for name in row if name != key)
        self._insert(table, row, f" ON CONFLICT ({key}) DO UPDATE SET {sets}")


def _row(address: str, found: Suppression) -> dict[str, Any]:
    row = dataclasses.asdict(found)
    row["class"] = row.pop("class_")
    dates = {name: times.iso_or_none(row[name]) for name in ("since", "until", "first_bounce_at", "last_bounce_at")}
    return {"address": address, **row, **dates}


def _outcome(message: RawMessage, reading: Reading) -> Outcome:
    if message.too_large:
        return "too-large"
    if reading.kind == "unreadable":
        return "unreadable"
    return "counted" if reading.events else "not-a-report"


def _digest(policy: Policy) -> str:
    text = json.dumps([RULE, dataclasses.asdict(policy)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _inode(path: str) -> int:
    """The file's identity, 0 when it is gone."""
    try:
        return Path(path).stat().st_ino
    except OSError:
        return 0
