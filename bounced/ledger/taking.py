"""Takes messages in a transaction: charges their events, appends what is stored, holds what is to be held.

Whose history is to be judged by it is in ``Taken``; that is for others.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlite_utils import Database

from bounced import times
from bounced.ledger import (
    answers,
    append,
    attribution,
    canaries,
    complaint_floods,
    earlier,
    erased,
    failure_counts,
    floods,
    taken_without,
    tenants,
)
from bounced.ledger.append import Additions, Recorded
from bounced.ledger.attribution import Attribution
from bounced.ledger.earlier import Copy
from bounced.ledger.failure_counts import Moved
from bounced.ledger.floods import Crowds
from bounced.ledger.sender_tables import SenderTables
from bounced.ledger.shared_rows import SharedRows
from bounced.ledger.states import WHOLE
from bounced.ledger.storing import Storing
from bounced.model import Event, Intake, Item, Outcome, Parsed
from bounced.policy import Entry, Policy, is_complaint, why_held

#: Addresses after which a transaction with a limit of time takes no further message: they are judged at its end.
ADDRESSES_LIMIT = 500

#: Messages that are looked up and appended together.
MESSAGES_LIMIT = 200


@dataclass(slots=True)
class Taken:
    """What a transaction took: the first messages of a batch, their events charged as the sender's tables say.

    ``events`` are those by which addresses are to be judged, with the address of each, and ``held`` is how many are
    held regardless: these change nothing. A flood of untrusted reports costs no more than recording them.
    """

    items: list[Item] = field(default_factory=list)
    intakes: list[Intake] = field(default_factory=list)
    events: list[tuple[str, int]] = field(default_factory=list)
    entries: dict[int, Entry] = field(default_factory=dict)  # the new ones of ``events``
    held: int = 0
    blocks: dict[int, str] = field(default_factory=dict)  # new events that are blocks: their fingerprints
    first: int = 0  # the first new event
    new: list[int] = field(default_factory=list)  # all new events, whether they count or not
    moved: Moved = field(default_factory=Moved)  # events that have an earlier date than they were counted at

    def is_enough(self, deadline: float) -> bool:
        """True when the rest is for the next transaction."""
        return time.monotonic() > deadline or (deadline < math.inf and len(self.events) >= ADDRESSES_LIMIT)


class Taking:
    """Call ``begin`` when a transaction begins, and ``forget`` when it has failed."""

    def __init__(self, db: Database) -> None:
        self._db, self._has_erased = db, False
        self.shared, self._sender_tables = SharedRows(db), SenderTables(db)
        self._crowds = Crowds(db, self.shared, self._sender_tables)
        self._additions = Additions(db, self.shared, self._sender_tables)
        self._storing = Storing(db, self.shared, self._sender_tables, self._crowds, self._additions)
        self.attribution = Attribution(db, self.shared, self._sender_tables, self._crowds)

    def begin(self) -> None:
        """Forgets what another program may have changed since."""
        self.shared.begin()
        self._sender_tables.begin()
        self._has_erased = bool(erased.hash_keys(self._db.conn))

    def forget(self) -> None:
        """Drops what was to be written."""
        self.shared.forget()
        self._additions.forget()

    def take(self, items: Sequence[Item], recorded_at: datetime, rule: Policy, deadline: float) -> Taken:
        """Takes one of ``items`` or more, until ``deadline``, or until enough addresses are to be judged again."""
        taken = Taken()
        for start in range(0, len(items), MESSAGES_LIMIT):
            some = items[start : start + MESSAGES_LIMIT]
            self._additions.begin(some)
            copies: list[Copy] = []
            for item in some:
                self._take(item, times.seconds(recorded_at), rule, taken, copies)
                if taken.is_enough(deadline):
                    break
            self._additions.write()
            for copy in earlier.only(self._db, copies):
                self._redate(copy, rule, taken)
            if taken.is_enough(deadline):
                break
        answers.note(self._db, taken.new)
        return taken

    def _take(self, item: Item, recorded_at: int, rule: Policy, taken: Taken, copies: list[Copy]) -> None:
        charged = self._charged(item, rule)
        origin, parsed = item.message.origin, charged.parsed
        outcome: Outcome = "repeated"
        if known := self._additions.recorded(charged):
            message_id, recognized = known
            copies.append(earlier.copy(message_id, item.message))
        elif parsed is None:
            raise LookupError(f"{item.fingerprint} is not in the ledger and was not parsed")
        else:
            outcome = append.outcome(item.message, parsed)
            message_id, recognized = self._append(charged, parsed, recorded_at, rule, taken)
        if origin.uid:
            self._additions.place(origin, message_id, outcome)
        taken.items.append(charged)
        taken.intakes.append(Intake(origin, outcome, recognized))

    def _redate(self, copy: Copy, rule: Policy, taken: Taken) -> None:
        """Has a message happen when ``copy`` of it says, if that is earlier."""

        dated: list[int] = []

        def leave(events: Sequence[int]) -> None:
            dated.extend(events)
            answers.note(self._db, dated)
            new = {event for _, event in taken.events}
            failure_counts.remove(self._db, events, rule, taken.moved, new)

        for address in earlier.note(self._db, copy, leave):
            taken.events.append((address, WHOLE))
        answers.note(self._db, dated)

    def _charged(self, item: Item, rule: Policy) -> Item:
        if item.parsed is None:
            return item
        kept = tenants.charged(item.parsed, item.message.tenant)
        parsed = attribution.resolved(self._sender_tables, kept, rule.own, item.message.arrived_at)
        charged = item if parsed is item.parsed else replace(item, parsed=parsed)
        return taken_without.erased_addresses(self._db.conn, charged) if self._has_erased else charged

    def _append(self, item: Item, parsed: Parsed, recorded_at: int, rule: Policy, taken: Taken) -> Recorded:
        """Appends a message that the ledger does not know, with its events."""
        message = item.message
        day = floods.day(message.arrived_at, message.stored_at, rule) if rule.count else ""
        stored = self._storing.stored(parsed.events, message, day, rule)
        taken.held += len(parsed.events) - len(stored)
        message_id, recognized = self._additions.message(item, parsed, len(stored), recorded_at)
        if parsed.canary:
            canaries.note_returned(self._db, parsed.canary, times.iso(times.from_seconds(recorded_at)))
        complaints = sum(map(is_complaint, parsed.events))
        for event in stored:
            entry = self._additions.event(message_id, message, event)
            taken.first = taken.first or entry.id
            taken.new.append(entry.id)
            if event.class_ == "block":
                taken.blocks[entry.id] = item.fingerprint
            if rule.count and not entry.held and (crowd := self._why_crowded(event, day, complaints, rule)):
                self._additions.crowded(entry.id, crowd)
                entry = entry._replace(held=crowd)
            if why := why_held(event, entry.held, rule):
                self._additions.hold(entry.id, event, why)
                taken.held += 1
            elif event.address:
                taken.events.append((event.address, entry.id))
                taken.entries[entry.id] = entry
        return message_id, recognized

    def _why_crowded(self, event: Event, day: str, complaints: int, rule: Policy) -> str:
        """Why a guard holds a new event, one of ``complaints`` in its report, ``""`` when none does."""
        crowd = self._crowds.note(event, day, "", rule)
        return crowd or complaint_floods.note(self._db, event, day, complaints, rule)
