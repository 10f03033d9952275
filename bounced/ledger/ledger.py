"""The one writer of the SQLite file: takes messages, events and decisions, and keeps the suppressions true.

1. A batch (messages, events, suppressions, and with the last of them the IMAP cursor) is one transaction or several;
   only what ``take`` returned may be settled, and what was not is found by ``folders.unsettled`` after a crash.
2. A message counts once: its fingerprint is unique, and one that comes second is ``repeated``.
3. Suppressions are never edited, only derived from an address' history, by way of a kept state where that is long: any
   order of arrival ends the same. What a transaction has no time to judge is marked in it, and judged in the next ones
   before anything else is taken.
4. A policy other than that of the last write folds every address again: all are of one policy at any time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from bounced import times
from bounced.errors import LedgerError
from bounced.ledger import (
    answers,
    brake,
    followed,
    incidents,
    outbox,
    reclassify,
    recorded,
    retention,
    sent_records,
    spelled,
    suppressions,
    uids,
)
from bounced.ledger.alarms import Alarms
from bounced.ledger.arrivals import Arrivals
from bounced.ledger.attempts import Crashes, Fetches
from bounced.ledger.attribution import Attributed
from bounced.ledger.brake import Origin as BrakeOrigin
from bounced.ledger.canaries import Canaries
from bounced.ledger.daemons import Daemons
from bounced.ledger.decisions import Decisions
from bounced.ledger.deferrals import Deferral, Deferrals
from bounced.ledger.erasure import Erasure
from bounced.ledger.expirations import Expirations
from bounced.ledger.folders import Folders
from bounced.ledger.followed import NOTHING, Followed
from bounced.ledger.incidents import Findings, IncidentChange, IncidentDecision
from bounced.ledger.known_keys import KnownKeys
from bounced.ledger.listed import Lists
from bounced.ledger.logged import Logged
from bounced.ledger.mail_logs import MailLogs
from bounced.ledger.outbox import Change
from bounced.ledger.reclassify import Reclassification
from bounced.ledger.recorded import Fingerprints
from bounced.ledger.sinks import Sinks
from bounced.ledger.states import WHOLE
from bounced.ledger.suppressions import NO_ENTRIES, Folded
from bounced.ledger.taking import Taking
from bounced.ledger.transactions import Transactions
from bounced.ledger.undo import Undo
from bounced.ledger.upkeep import Upkeep
from bounced.ledger.writer import Writer
from bounced.model import CountedKind, Cursor, Intake, Item, Judge, Origin
from bounced.policy import Entry, Policy
from bounced.sent import rates

Result = TypeVar("Result")

#: Seconds after which a transaction judges no further address: that is for the next ones.
JUDGING_SECONDS = 1.0

#: The kinds that count towards the rates of campaigns.
RATED: tuple[CountedKind, ...] = ("bounce", "complaint")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of a batch. ``started`` and ``ended`` are the suppressions that it changed, with their addresses.

    ``held`` is how many events do not count because of it: not trusted enough, for another mailbox, or of a flood.
    ``withheld`` and ``brake`` are as in Folded.
    """

    intakes: tuple[Intake, ...] = ()
    started: tuple[Change, ...] = ()
    ended: tuple[Change, ...] = ()
    held: int = 0
    items: tuple[Item, ...] = ()  # the batch, its events charged as the sender's tables say
    attributed: tuple[Attributed, ...] = ()
    blocked: frozenset[str] = frozenset()  # fingerprints of messages that tell of a block and are not held
    followed: Followed = NOTHING  # what another policy has changed since the last one
    incidents: tuple[IncidentChange, ...] = ()
    withheld: int = 0
    brake: int = 0


class Ledger:
    """Opens ``path`` for writing; ``dry_run`` works on a copy in memory instead. May be used from several threads.

    With ``backups``, the folder of its copies, errors about a damaged or missing file say which one to restore;
    ``check`` looks for damage first, and for permissions that others should not have.
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
        self._followed = self.followed_since_opened = NOTHING
        self._writer = Writer(path, backups, check=check, dry_run=dry_run)
        self._db = self._writer.db
        self._taking = Taking(self._db)
        self._transactions = Transactions(self._db, self._reading, self._writing, clock)
        self.fingerprints = Fingerprints(self._transactions)
        self.crashes = Crashes(self._transactions)
        self.fetches = Fetches(self._transactions)
        self.deferrals = Deferrals(self._transactions)
        self.known_keys = KnownKeys(self._transactions)
        self.folders = Folders(self._transactions, self.fetches, self.deferrals)
        decided = partial(self._judge_whole, "decision"), partial(self._judge_rest, "decision")
        changed = partial(self._judge_whole, "change"), partial(self._judge_rest, "change")
        self.decisions = Decisions(self._transactions, *decided, lambda: self._policy)
        self.lists = Lists(self._transactions, *decided)
        self.sinks = Sinks(self._transactions)
        self.logged = Logged(self._transactions)
        self.undo = Undo(self._transactions, *decided)
        self.erasure = Erasure(self._transactions, *decided, self._taking.shared.forget, lambda: self._policy)
        self.mail_logs = MailLogs(self._transactions)
        self.arrivals = Arrivals(self._transactions)
        self.canaries = Canaries(self._transactions)
        self.alarms = Alarms(self._transactions)
        self.daemons = Daemons(self._transactions)
        self.expirations = Expirations(self._transactions)
        self.upkeep = Upkeep(self._transactions, self.crashes, self._taking.shared.forget)
        self.reclassification = Reclassification(self._transactions, self._taking.shared, *changed)
        self.adopt(policy)
        self._earlier = self._judge_rest()  # what a killed process left; its changes are in the next receipt
        #: What a migration has changed, for people, and once; "" for nothing.
        self.news = self._news()

    def close(self, patience: float = -1) -> None:
        """Leaves the file readable by all of its readers.

        Gives up after ``patience`` seconds (-1: never) when another thread is still writing; that is as safe as a kill.
        """
        self._writer.close(patience)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def known(self, fingerprints: Iterable[str]) -> set[str]:
        """The ``fingerprints`` of messages that are in the ledger."""
        with self._reading():
            return {fingerprint for fingerprint, _ in recorded.messages(self._db, list(fingerprints))}

    def removable(self, fingerprints: Iterable[str], retain: timedelta) -> set[str]:
        """The ``fingerprints`` of messages that are recognized, recorded longer than ``retain`` ago, and not held."""
        before = self._transactions.before(retain)
        with self._reading():
            return retention.removable(self._db, fingerprints, before)

    def take(
        self,
        items: Sequence[Item],
        cursor: Cursor | None = None,
        *,
        vanished: Sequence[Origin] = (),
        withheld: Sequence[Origin] = (),
        deferred: Sequence[Deferral] = (),
        seconds: float = math.inf,
    ) -> Receipt:
        """Takes responsibility for ``items``, and advances the mailbox's cursor, in one transaction.

        The same transaction notes the messages that ``vanished``, and the ``withheld`` and ``deferred`` ones, to be
        fetched again.
        When ``seconds`` have passed it takes the first of ``items`` only, those in the receipt; the rest, the cursor
        and these notes are for the next call.
        """
        recorded_at = self._transactions.clock()
        with self._writing():
            begun = time.monotonic()
            taken = self._taking.take(items, recorded_at, self._policy, begun + seconds)
            fingerprints = [item.fingerprint for item in taken.items]
            reclassify.noticed(self._db, {item.parsed.tables for item in taken.items if item.parsed}, taken.first)
            self._fetched([intake.origin for intake in taken.intakes if intake.origin.uid])
            if len(taken.intakes) == len(items):
                self._conclude(cursor, vanished, withheld)
                self.deferrals.note(deferred)
                fingerprints += [deferral.fingerprint for deferral in deferred]
            self.crashes.forget(fingerprints)
            findings = incidents.follow(self._db, [event for _, event in taken.events], self._policy, taken.moved)
            judged = self._judge([*taken.events, *self._found(findings)], begun, new=taken.entries)
        self.crashes.forgotten(fingerprints)
        folded, self._earlier = self._earlier + judged, Folded()
        blocked: frozenset[str] = frozenset()
        with suppress(LedgerError):  # the messages are taken; what is still marked is judged before the next ones
            folded += self._judge_rest()
            blocked = self._counted_blocks(taken.blocks)
        intakes, held = tuple(taken.intakes), taken.held + folded.held
        return Receipt(
            intakes,
            folded.started,
            folded.ended,
            held,
            tuple(taken.items),
            blocked=blocked,
            followed=self.followed(),
            incidents=tuple(findings.changes),
            withheld=folded.withheld,
            brake=folded.brake,
        )

    def attribute(self) -> Iterator[Receipt]:
        """Attributes events without an address that ``sends`` or ``recipients`` know by now.

        Yields the result of each transaction; when there is nothing to do, that is all it asks.
        """
        if (folded := self._judge_rest()) != Folded():
            yield _receipt(folded)
        while self._transactions.any("attributable"):
            with self._writing():
                begun = time.monotonic()
                now = self._transactions.now()
                attributed = self._taking.attribution.attribute(now, self._policy, begun + JUDGING_SECONDS)
                answers.note(self._db, [event.event for event in attributed])
                findings = incidents.follow(self._db, [event.event for event in attributed], self._policy)
                events = [(event.address, event.event) for event in attributed]
                folded = self._judge([*events, *self._found(findings)], begun)
            folded += self._judge_rest()
            yield _receipt(folded, attributed=tuple(attributed), incidents=tuple(findings.changes))

    def settle(self, accounts: Collection[str] = ()) -> Iterator[Receipt]:
        """Takes messages for delivered about which no report came in time, as far as ``accounts`` were read.

        Yields the result of each transaction.
        """
        now, settles = self._transactions.clock(), self._policy.settles
        with self._reading():
            read_until = sent_records.read_until(self._db, accounts, now)
        is_more = settles is not None and read_until is not None
        while is_more and settles and read_until:
            with self._writing():
                until = sent_records.settled_at(read_until, settles)
                is_more = sent_records.advance(self._db, until, settles, self._policy.count.get("bounce", "unverified"))
            if (folded := self._judge_rest()) != Folded():
                yield _receipt(folded)
        if read_until:
            yield from self._answer(answers.complete(read_until))

    def _answer(self, day: int) -> Iterator[Receipt]:
        """Closes the incidents of those that took mail again before ``day``, and of campaigns that were only large."""
        with self._reading():
            is_due = incidents.is_due(self._db, day)
        if not is_due:
            return
        with self._writing():
            findings = incidents.answer(self._db, day, self._policy)
            folded = self._judge(self._found(findings), time.monotonic())
        yield _receipt(folded + self._judge_rest(), incidents=tuple(findings.changes))

    def reclassify(self, judge: Judge) -> Iterator[Receipt]:
        """Judges recorded failures by ``judge`` that are judged by other tables; yields the result of each step."""
        for folded in self.reclassification.run(judge):
            yield _receipt(folded)
        if self.reclassification.has_changed():
            with self._writing():
                self.reclassification.counted(self._db)
                findings = incidents.rebuild(self._db, self._policy)
                folded = self._judge(self._found(findings), time.monotonic(), "change")
            folded += self._judge_rest("change", len(folded.started))
            yield _receipt(folded, incidents=tuple(findings.changes))

    def decide_incident(self, number: int, decision: IncidentDecision, why: str) -> Receipt:
        """Records a decision about an incident, and judges whom it concerns. Raises UserError for unknown numbers."""
        with self._writing():
            now = self._transactions.now()
            findings = incidents.decide(self._db, number, decision, now, why, self._policy)
            folded = self._judge(self._found(findings), time.monotonic(), "decision")
        return _receipt(folded + self._judge_rest("decision"))

    def tell_expired(self) -> Receipt:
        """Tells which suppressions have expired since that was last told; writes nothing when there is none."""
        with self._reading():
            is_due = outbox.is_due(self._db, self._transactions.clock())
        if not is_due:
            return Receipt()
        with self._writing():
            began, ended = outbox.tell_expired(self._db, self._transactions.clock())
        return Receipt((), tuple(began), tuple(ended))

    def followed(self) -> Followed:
        """What another policy has changed since this was asked last, or since the last receipt."""
        changed, self._followed = self._followed, NOTHING
        self.followed_since_opened += changed
        return changed

    def replay(self) -> Folded:
        """Judges every address anew, and suppresses those that the brake withholds."""
        with self._writing():
            brake.resume(self._db, self._transactions.clock())
            suppressions.mark_all(self._db)
            brake.approve_marked(self._db, self._transactions.clock())
        return self._judge_rest("decision")

    def resume(self, tenant: str | None = None) -> Folded:
        """Suppresses those that the brake withholds, of a tenant or of all, and has it begin to count anew."""
        with self._writing():
            approved = brake.resume(self._db, self._transactions.clock(), tenant)
            suppressions.mark(self._db, ((address, WHOLE) for address in approved))
        return self._judge_rest("decision")

    def write(self, work: Callable[[Database], Result]) -> Result:
        """Runs ``work``, which writes the sender's tables (sends, recipients, volume), in one transaction."""
        with self._writing():
            return work(self._db)

    def adopt(self, policy: Policy) -> None:
        """Derives the suppressions from ``policy``, and continues with it, or with the one before if that fails."""
        with self._reading():
            before = self._policy, self._digest
            self._policy, self._digest = policy, followed.digest(policy)
            try:
                with self._writing():
                    pass
            except LedgerError:
                self._policy, self._digest = before
                raise

    @property
    def busy_for(self) -> float:
        """Seconds that the call under way has lasted, 0.0 when there is none; does not wait for it."""
        return self._writer.busy_for

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._writer.reading():
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with self._writer.writing():
                self._taking.begin()
                self._follow_policy()
                yield
        except BaseException:
            self._taking.forget()
            raise
        with suppress(LedgerError):  # the write itself is done
            if (problem := self._writer.blocked()) is not None:
                with self._writer.writing():
                    uids.ran(self._db, "checkpoint", self._transactions.now(), problem)

    def _news(self) -> str:
        with self._reading():
            row = self._db.execute("SELECT value FROM meta WHERE name = 'news'").fetchone()
        if row is None:
            return ""
        with self._writing():
            self._db.execute("DELETE FROM meta WHERE name = 'news'")
        return str(row[0])

    def _follow_policy(self) -> None:
        """Derives the suppressions from our policy when another program has derived them from another one."""
        stored = self._db.execute("SELECT value FROM meta WHERE name = 'policy'").fetchone()
        if stored != (self._digest,):
            self._db.execute("REPLACE INTO meta (name, value) VALUES ('policy', ?)", [self._digest])
            self._db.execute("REPLACE INTO meta (name, value) VALUES ('delimiters', ?)", [self._policy.delimiters])
            spelled.note(self._db.conn, self._policy.spellings)
            sent_records.limit(self._db, self._policy, self._transactions.clock())
            incidents.rebuild(self._db, self._policy)
            self._followed += followed.follow(self._db, self._policy, self._transactions.clock())
        rates.limit(self._db, self._policy.health)
        rates.want_proof(self._db, (kind for kind in RATED if self._policy.count.get(kind) == "verified"))

    def _fetched(self, origins: Sequence[Origin]) -> None:
        self.fetches.forget(origins)
        self.deferrals.forget(origins)

    def _conclude(self, cursor: Cursor | None, vanished: Sequence[Origin], withheld: Sequence[Origin]) -> None:
        uids.vanished(self._db, self._taking.shared, vanished)
        self._fetched(vanished)
        self.fetches.note(withheld)
        if cursor:
            uids.advance(self._db, cursor)

    def _judge(
        self,
        events: Iterable[tuple[str, int]],
        begun: float,
        origin: BrakeOrigin = "reports",
        used: int = 0,
        new: Mapping[int, Entry] = NO_ENTRIES,
    ) -> Folded:
        """Judges the addresses of ``events`` in this transaction, which has ``begun``, as far as it may."""
        now = self._transactions.clock()
        return suppressions.judge(self._db, self._policy, now, begun + JUDGING_SECONDS, events, origin, used, new)

    def _judge_rest(self, origin: BrakeOrigin = "reports", used: int = 0) -> Folded:
        """Judges, in transactions of its own, what was left when time was up, or when a process was killed."""
        folded = Folded()
        while self._transactions.any("unjudged"):
            with self._writing():
                folded += self._judge((), time.monotonic(), origin, used + len(folded.started))
        return folded

    def _found(self, findings: Findings) -> list[tuple[str, int]]:
        """Whose whole history is to be judged, because of what incidents hold."""
        return [(address, WHOLE) for address in incidents.addresses(self._db, findings.events)]

    def _judge_whole(self, origin: BrakeOrigin, addresses: Iterable[str], used: int = 0) -> Folded:
        """Judges the whole histories of ``addresses`` in this transaction, as far as it may."""
        return self._judge(((address, WHOLE) for address in addresses), time.monotonic(), origin, used)

    def _counted_blocks(self, blocks: Mapping[int, str]) -> frozenset[str]:
        """The fingerprints of ``blocks``, by their events, that are not held."""
        with self._reading():
            held = suppressions.held(self._db, blocks)
        return frozenset(fingerprint for event, fingerprint in blocks.items() if event not in held)


def _receipt(
    folded: Folded, *, attributed: tuple[Attributed, ...] = (), incidents: tuple[IncidentChange, ...] = ()
) -> Receipt:
    """The result of a transaction that took no messages."""
    return Receipt(
        (),
        folded.started,
        folded.ended,
        folded.held,
        attributed=attributed,
        incidents=incidents,
        withheld=folded.withheld,
        brake=folded.brake,
    )
