"""The one writer of the SQLite file: takes messages, events and decisions, and keeps the suppressions true.

1. A batch (messages, events, suppressions, the IMAP cursor) is one transaction; only what ``take`` returned may be
   settled, and what was not marked as settled is found by ``unsettled`` after a crash.
2. A message counts once: its fingerprint is unique, and whoever comes second is ``repeated``.
3. Suppressions are never edited, only folded again from an address' whole history: any order of arrival ends the same.
4. Another policy than that of the last write folds every address again: they are all of one policy at any time.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, TypeVar

from sqlite_utils import Database

from bounced import (
    acceptance,
    appending,
    attribution,
    crowds,
    database,
    folding,
    history,
    places,
    rates,
    retention,
    sent,
    times,
    withheld,
)
from bounced.attribution import Attributed
from bounced.folding import Change
from bounced.model import (
    Cursor,
    Intake,
    Item,
    LedgerError,
    Origin,
    Outcome,
    Reading,
    Scope,
)
from bounced.policy import Policy, unbelieved, what
from bounced.trials import Trials
from bounced.writer import Writer

#: To be raised when bounced.policy.decide makes something else of a history: every ledger is then folded again.
RULE = 3

#: Rows of an index that are looked at: without a limit it reads them all, and holds everybody up.
ANALYSIS_LIMIT = 1000

Result = TypeVar("Result")


@dataclasses.dataclass(frozen=True, slots=True)
class Receipt:
    """What a batch came to. ``started`` and ``ended`` are the suppressions that it changed, with their addresses.

    ``doubted`` is how many events it found not to count: not trusted enough, held, or one of a flood.
    """

    intakes: tuple[Intake, ...] = ()
    started: tuple[Change, ...] = ()
    ended: tuple[Change, ...] = ()
    doubted: int = 0
    items: tuple[Item, ...] = ()  # the batch, its events charged as the sender's tables say
    attributed: tuple[Attributed, ...] = ()


@dataclasses.dataclass(slots=True)
class Touched:
    """Whom to judge again, and how many events do not count whatever else is known: these change nothing for anybody.

    A flood of reports that nobody vouches for costs no more than writing them down.
    """

    addresses: set[str] = dataclasses.field(default_factory=set)
    doubted: int = 0


class Ledger:
    """Opens ``path`` for writing; ``dry_run`` works on a copy in memory instead. May be used from several threads.

    With ``backups``, the folder of its copies, whoever finds the file damaged or gone is told what to put back; with
    ``check`` damage is looked for first, and rights that others should not have.
    Every method raises LedgerError when the file can't be used; nothing of that call is in the file then.
    """

    def __init__(
        self,
        path: str,
        policy: Policy,
        *,
        dry_run: bool = False,
        backups: Path | None = None,
        check: bool = False,
        clock: Callable[[], datetime] = times.now,
    ) -> None:
        self.path = path
        self._policy, self._digest = policy, ""
        self._clock = clock
        self._writer = Writer(path, backups, check=check, dry_run=dry_run)
        self._db = self._writer.db
        self._trials = Trials(self._db)
        self.adopt(policy)

    def close(self, patience: float = -1) -> None:
        """Leaves the file readable by everybody who may read it.

        Gives up after ``patience`` seconds (-1: never) when another thread is still writing; that is as safe as a kill.
        """
        self._writer.close(patience)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def known(self, fingerprints: Iterable[str]) -> set[str]:
        """Those of ``fingerprints`` whose message is in the ledger."""
        sql = "SELECT fingerprint FROM messages WHERE fingerprint IN (SELECT value FROM json_each(?))"
        with self._reading():
            return {found for (found,) in self._db.execute(sql, [json.dumps(list(fingerprints))])}

    def outlived(self, fingerprints: Iterable[str], retain: timedelta) -> set[str]:
        """Those of ``fingerprints`` whose message was recorded longer than ``retain`` ago and waits for nobody."""
        before = times.iso(self._clock() - retain)
        with self._reading():
            return retention.outlived(self._db, fingerprints, before)

    def take(
        self,
        items: Sequence[Item],
        cursor: Cursor | None = None,
        *,
        vanished: Sequence[Origin] = (),
        refused: Sequence[Origin] = (),
    ) -> Receipt:
        """Takes responsibility for ``items``, and moves the mailbox's cursor, in one transaction.

        In the same one it notes which messages had ``vanished``, and which were ``refused`` to be asked for again.
        """
        recorded_at = times.iso(self._clock())
        fingerprints = [item.fingerprint for item in items]
        with self._writing():
            touched = Touched()
            charged = tuple(self._charged(item) for item in items)
            intakes = tuple(self._take(item, recorded_at, touched) for item in charged)
            places.vanish(self._db, vanished)
            withheld.forget(self._db, [*vanished, *(intake.origin for intake in intakes if intake.origin.uid)])
            withheld.note(self._db, refused, self._clock())
            if cursor:
                places.move(self._db, cursor)
            self._trials.forget(fingerprints)
            receipt = dataclasses.replace(
                self._fold(touched.addresses, touched.doubted), intakes=intakes, items=charged
            )
        self._trials.forgotten(fingerprints)
        return receipt

    def tried(self, fingerprint: str) -> int:
        """How many processes have died while they read that mail, or mails that were read with it."""
        with self._reading():
            return self._trials.before(fingerprint)

    def trying(self, fingerprint: str) -> None:
        """Notes that this process is about to read that mail; ``take`` removes the note."""
        with self._writing():
            self._trials.note(fingerprint, times.iso(self._clock()))
        self._trials.noted(fingerprint)

    def attribute(self) -> Iterator[Receipt]:
        """Names whom events that named nobody are about, where ``sends`` or ``recipients`` has heard of them since.

        Yields what each transaction came to; asks only whether there is anything to do when there is nothing.
        """
        while self._any("attributable"):
            with self._writing():
                found = attribution.attribute(self._db, times.iso(self._clock()), self._policy.own)
                named = [(one.message_id, one.address) for one in found if one.trust != "verified"]
                crowd = crowds.note(self._db, named, self._policy.addresses_per_message)
                receipt = self._fold({*crowd, *(one.address for one in found)})
            yield dataclasses.replace(receipt, attributed=tuple(found))

    def recount(self) -> None:
        """Brings the view ``campaign_health`` up to date, a transaction for each day on which something has changed."""
        while self._any("stale"):
            with self._writing():
                rates.recount(self._db)

    def forget(self, keep: timedelta) -> int:
        """Drops what the sender wrote of mails sent longer than ``keep`` ago, in many transactions; how many sends."""
        before = times.iso(self._clock() - keep)
        dropped = 0
        while True:
            with self._writing():
                found = sent.drop(self._db, before)
            dropped += found
            if found < sent.MOST_DROPPED:
                return dropped

    def write(self, work: Callable[[Database], Result]) -> Result:
        """What ``work`` returns; it writes what is the sender's (sends, recipients, volume) in one transaction."""
        with self._writing():
            return work(self._db)

    def decide(self, addresses: Iterable[str], what: Literal["suppress", "release"], scope: Scope, why: str) -> Receipt:
        """Records what a person decided about ``addresses`` (normalised). Scope ``""`` releases every scope."""
        decided_at = times.iso(self._clock())
        wanted = list(addresses)
        with self._writing():
            for address in wanted:
                row = {"decided_at": decided_at, "address": address, "what": what, "scope": scope, "why": why}
                database.insert(self._db, "decisions", row)
            return self._fold(wanted)

    def accept(self, numbers: Iterable[int], why: str) -> Receipt:
        """Counts events although they did not by themselves: a person looked. Raises UserError for unknown numbers."""
        decided_at = times.iso(self._clock())
        with self._writing():
            return self._fold(list(acceptance.accept(self._db, numbers, decided_at, why)))

    def cursor(self, mailbox: str) -> Cursor | None:
        """How far ``mailbox`` was read, ``None`` when it never was."""
        with self._reading():
            return places.cursor(self._db, mailbox)

    def settled(self, intakes: Sequence[Intake]) -> None:
        """Notes that the mailbox has moved, flagged or left these messages; outside IMAP there is nothing to note."""
        if any(intake.origin.uid for intake in intakes):
            with self._writing():
                places.settle(self._db, intakes)

    def unsettled(self, mailbox: str) -> list[Intake]:
        """What was taken from ``mailbox`` and not settled, because of a crash or a lost connection."""
        with self._reading():
            return places.unsettled(self._db, mailbox)

    def unseen(self, origins: Sequence[Origin]) -> list[Origin]:
        """Those of ``origins`` that nobody has examined and that were not withheld."""
        with self._reading():
            found = places.unseen(self._db, origins)
            pending = withheld.pending(self._db, found)
            return [origin for origin in found if origin not in pending]

    def replaced(self, origin: Origin, fingerprint: str) -> bool:
        """True when a UID that is that message's now was another one's when it was examined, or had gone."""
        with self._reading():
            return places.replaced(self._db, origin, fingerprint)

    def withheld(self, mailbox: str) -> list[Origin]:
        """The messages that ``mailbox`` did not give out and that it is time to ask for again."""
        with self._reading():
            return withheld.due(self._db, mailbox, self._clock())

    def exhausted(self, origins: Sequence[Origin]) -> set[Origin]:
        """Those of ``origins`` that were refused so often that one more time is the last."""
        with self._reading():
            return withheld.exhausted(self._db, origins, self._clock())

    def polled(
        self,
        mailbox: str,
        last_uid: int,
        problem: str = "",
        next_try: datetime | None = None,
        *,
        failing: bool = True,
    ) -> None:
        """Notes that a poll of ``mailbox`` went through, or what stopped it, and the highest UID known (0: none).

        A ``problem`` that is not ``failing`` is a remark on a poll that went through.
        """
        now = times.iso(self._clock())
        failed = bool(problem) and failing
        with self._writing():
            places.polled(self._db, mailbox, now, last_uid, problem, times.iso_or_none(next_try), failed)

    def job(self, name: str, problem: str = "") -> None:
        """Notes that the job ``name`` ran, and what was wrong."""
        with self._writing():
            places.ran(self._db, name, times.iso(self._clock()), problem)

    def jobs(self) -> dict[str, datetime]:
        """When each job ran last, by its name."""
        with self._reading():
            return {name: times.parse(at) for name, at in self._db.execute("SELECT name, ran_at FROM jobs")}

    def expired(self, since: datetime) -> list[Change]:
        """The suppressions that have ended by themselves after ``since``, with their addresses."""
        ended = times.iso(since), times.iso(self._clock())
        with self._reading():
            rows = self._db.query("SELECT * FROM suppressions WHERE until > ? AND until <= ?", ended)
            return [(row["address"], history.suppression(row)) for row in rows]

    def optimize(self) -> None:
        """Has SQLite look at how the tables have grown, so that it goes on choosing the right index."""
        with self._writing():
            self._db.execute(f"PRAGMA analysis_limit = {ANALYSIS_LIMIT}")
            self._db.execute("ANALYZE")

    def housekeep(self, keep_unread: timedelta) -> int:
        """Drops the content of mails that nobody understood and that are older than ``keep_unread``; how many."""
        before = times.iso(self._clock() - keep_unread)
        sql = "DELETE FROM unread WHERE message IN (SELECT id FROM messages WHERE recorded_at < ?)"
        with self._writing():
            self._trials.forget_older(before)
            return self._db.execute(sql, [before]).rowcount

    def adopt(self, policy: Policy) -> None:
        """Makes the suppressions those of ``policy``, and goes on with it; with the one before when that can't be."""
        with self._reading():
            before = self._policy, self._digest
            self._policy, self._digest = policy, _digest(policy)
            try:
                with self._writing():
                    pass
            except LedgerError:
                self._policy, self._digest = before
                raise

    @property
    def held_for(self) -> float:
        """Seconds that the call under way has lasted, 0.0 when there is none; does not wait for it."""
        return self._writer.held_for

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._writer.reading():
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._writer.writing():
            self._agree()
            yield
        with suppress(LedgerError):  # what was written is written
            if (problem := self._writer.in_the_way()) is not None:
                with self._writer.writing():
                    places.ran(self._db, "checkpoint", times.iso(self._clock()), problem)

    def _agree(self) -> None:
        """Makes the suppressions those of our policy when another program has folded them by another one."""
        stored = self._db.execute("SELECT value FROM meta WHERE name = 'policy'").fetchone()
        if stored != (self._digest,):
            self._db.execute("REPLACE INTO meta (name, value) VALUES ('policy', ?)", [self._digest])
            self._fold(folding.everybody(self._db))
        rates.limit(self._db, self._policy.health)

    def _any(self, table: str) -> bool:
        with self._reading():
            return self._db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None  # noqa: S608

    def _charged(self, item: Item) -> Item:
        if item.reading is None:
            return item
        return dataclasses.replace(item, reading=attribution.resolved(self._db, item.reading, self._policy.own))

    def _take(self, item: Item, recorded_at: str, touched: Touched) -> Intake:
        origin, reading = item.message.origin, item.reading
        known = self._db.execute("SELECT id, understood FROM messages WHERE fingerprint = ?", [item.fingerprint])
        outcome: Outcome = "repeated"
        if row := known.fetchone():
            message_id, understood = row[0], bool(row[1])
        elif reading is None:
            raise LookupError(f"{item.fingerprint} is not in the ledger and was not read")
        else:
            outcome, understood = appending.outcome(item.message, reading), reading.understood
            message_id = self._append(item, reading, recorded_at, touched)
            named = [
                (event.original_message_id, event.address) for event in reading.events if event.trust != "verified"
            ]
            touched.addresses.update(crowds.note(self._db, named, self._policy.addresses_per_message))
        if origin.uid:
            places.add(self._db, origin, message_id, outcome)
        return Intake(origin, outcome, understood)

    def _append(self, item: Item, reading: Reading, recorded_at: str, touched: Touched) -> int:
        """Appends a message that the ledger does not know, with its events; returns its id."""
        message_id = appending.message(self._db, item, reading, recorded_at)
        for event in reading.events:
            event_id, held = appending.event(self._db, message_id, item.message, event)
            if why := unbelieved(what(event.kind, event.action), event.trust, held, self._policy):
                folding.doubt(self._db, event.address, event_id, why)
                touched.doubted += 1
            elif event.address:
                touched.addresses.add(event.address)
        return message_id

    def _fold(self, addresses: Iterable[str], doubted: int = 0) -> Receipt:
        folded = folding.fold(self._db, addresses, self._policy)
        return Receipt((), folded.started, folded.ended, doubted + folded.doubted)


def _digest(policy: Policy) -> str:
    judging = {**dataclasses.asdict(policy), "health": None, "own": None}
    text = json.dumps([RULE, judging], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
