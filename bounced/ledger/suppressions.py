"""Derives, from the history of an address, what is suppressed and which events are held.

Addresses are marked first, in the transaction that adds to their history, and judged then or in the next transactions:
the mark is in the file until its address is judged, whatever kills the process.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlite_utils import Database

from bounced import times
from bounced.address import in_unicode
from bounced.ledger import database, history, outbox, sent_records, spelled, states
from bounced.ledger.brake import Brake, Origin
from bounced.ledger.history import About
from bounced.ledger.outbox import Change
from bounced.ledger.states import RESUMED, WHOLE, Judged
from bounced.policy import Entry, Fold, Policy, Suppression, patterns

KNOWN_ADDRESSES = """
SELECT text AS address FROM texts
WHERE id IN (SELECT address FROM event_rows UNION ALL SELECT address FROM attribution_rows)
UNION SELECT address FROM decisions UNION SELECT address FROM suppressions
"""

MARK = "INSERT INTO unjudged (address, event) VALUES (?, ?) ON CONFLICT DO NOTHING"
KNOWN_LIKE = f"SELECT address FROM ({KNOWN_ADDRESSES}) WHERE address LIKE ? ESCAPE '\\'"  # noqa: S608
MARK_LIKE = f"""
INSERT INTO unjudged (address, event) SELECT address, {WHOLE} FROM ({KNOWN_LIKE}) WHERE true ON CONFLICT DO NOTHING
"""  # noqa: S608
MARK_ALL = f"""
INSERT INTO unjudged (address, event) SELECT address, {WHOLE} FROM ({KNOWN_ADDRESSES}) WHERE true ON CONFLICT DO NOTHING
"""  # noqa: S608
ARE_MARKED = "SELECT 1 FROM unjudged LIMIT 1"
MARKED = "SELECT address, json_group_array(event) FROM unjudged GROUP BY address LIMIT ?"

HELD = "SELECT event, why FROM doubts WHERE address = ?"
HELD_OF = f"{HELD} AND event IN (SELECT value FROM json_each(?))"  # noqa: S608

#: Addresses whose histories are read together.
ADDRESSES_LIMIT = 500

#: Of marked ones so many at first, and twice as many each time: what was read in vain when time is up is no more than
#: what was judged.
FIRST_ADDRESSES = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Folded:
    """The suppressions that began and ended, with their addresses, and the number of events newly held.

    ``withheld`` is how many addresses the brake withholds since, and ``brake`` the limit if that is to be told, else 0.
    """

    started: tuple[Change, ...] = ()
    ended: tuple[Change, ...] = ()
    held: int = 0
    withheld: int = 0
    brake: int = 0

    def __add__(self, other: Folded) -> Folded:
        return Folded(
            self.started + other.started,
            self.ended + other.ended,
            self.held + other.held,
            self.withheld + other.withheld,
            self.brake or other.brake,
        )

    @staticmethod
    def of(several: Sequence[Folded]) -> Folded:
        """The sum of ``several``."""
        started = tuple(change for folded in several for change in folded.started)
        ended = tuple(change for folded in several for change in folded.ended)
        return Folded(started, ended, sum(folded.held for folded in several))


NOTHING = Folded()

NO_ENTRIES: Mapping[int, Entry] = {}


def mark(db: Database, events: Iterable[tuple[str, int]]) -> None:
    """Notes addresses to be judged, each with the number of a new event, or with WHOLE after any other change.

    The address ``""`` stands for the events that name nobody.
    """
    db.conn.executemany(MARK, events)


def mark_covered(db: Database, entries: Iterable[str], rule: Policy) -> None:
    """Notes every address that ``entries`` of the allow list cover besides themselves."""
    for entry in entries:
        db.conn.executemany(MARK_LIKE, [[pattern] for pattern in patterns.covered(entry, rule.delimiters)])
        for pattern in spelled.liked(entry, rule):
            known = db.execute(KNOWN_LIKE, [pattern])
            mark(db, ((address, WHOLE) for (address,) in known if spelled.is_covered(address, entry, rule)))


def mark_all(db: Database) -> None:
    """Notes every address, for a new policy."""
    db.execute(MARK_ALL)


def judge(
    db: Database,
    rule: Policy,
    now: datetime,
    deadline: float,
    events: Iterable[tuple[str, int]] = (),
    origin: Origin = "reports",
    used: int = 0,
    new: Mapping[int, Entry] = NO_ENTRIES,
) -> Folded:
    """Judges marked addresses, and those of new ``events``, by ``rule``, and writes the result.

    Does so until ``deadline`` (monotonic), for at least one; the rest is marked. ``origin`` and ``used`` are for the
    brake. The entries of events in ``new`` need not be read.
    """
    began, ended = outbox.tell_expired(db, now)
    brake = Brake(db, rule.brake, now, origin, used)
    judging = Judging(db, rule, now, deadline, brake, new)
    if db.conn.execute(ARE_MARKED).fetchone():
        judging.leave(events)
        folded = judging.marked()
    else:
        folded = judging.judged(events)
    outbox.tell_complaints(db, judging.events, now)
    brake.write()
    return Folded(tuple(began), tuple(ended), 0, brake.withheld, brake.alarm) + folded


class Judging:
    """What one transaction judges until ``deadline``; ``events`` are the new ones that it has judged."""

    def __init__(
        self, db: Database, rule: Policy, now: datetime, deadline: float, brake: Brake, new: Mapping[int, Entry]
    ) -> None:
        self._db, self._rule, self._now, self._deadline, self._brake = db, rule, now, deadline, brake
        self._new = new
        self._is_over = False
        self.events: list[int] = []

    def marked(self) -> Folded:
        """Judges marked addresses."""
        folded, sizes = Folded(), _sizes()
        while not self._is_over and (rows := self._db.conn.execute(MARKED, [next(sizes)]).fetchall()):
            wanted = {address: json.loads(events) for address, events in rows}
            self._db.conn.executemany("DELETE FROM unjudged WHERE address = ?", [[address] for address in wanted])
            folded += self._judge(wanted)
        return folded

    def judged(self, events: Iterable[tuple[str, int]]) -> Folded:
        """Judges the addresses of ``events``."""
        wanted: dict[str, list[int]] = {}
        for address, event in events:
            wanted.setdefault(address, []).append(event)
        rows, folded = iter(wanted.items()), Folded()
        while some := dict(islice(rows, ADDRESSES_LIMIT)):
            folded += self._judge(some)
        return folded

    def leave(self, events: Iterable[tuple[str, int]]) -> None:
        """Marks addresses with their events, to be judged by the next step, or by another process."""
        left = list(events)
        mark(self._db, left)
        self._brake.approve(dict(left))

    def _judge(self, wanted: Mapping[str, Collection[int]]) -> Folded:
        """Judges addresses, each with its events; marks those for which there is no time."""
        new = {
            address: [self._new[event] for event in events]
            for address, events in wanted.items()
            if self._new.keys() >= set(events)
        }
        about = {} if self._is_over else history.about(self._db, list(wanted), self._rule, states.EVENTS_MIN, new=new)
        folded: list[Folded] = []
        for address, events in wanted.items():
            if self._is_over:
                self.leave([(address, event) for event in events])
            else:
                folded.append(self._judge_one(about[address], events))
                self.events += events
                self._is_over = time.monotonic() > self._deadline
        return Folded.of(folded)

    def _judge_one(self, about: About, events: Collection[int]) -> Folded:
        if not about.address:
            return Folded(held=_hold_unnamed(self._db, self._rule))
        judged = states.judge(self._db, about, events, self._rule, self._deadline)
        held = _hold(self._db, about, judged.held, judged.judged)
        if not judged.finished:
            self.leave([(about.address, RESUMED)])
            return Folded(held=held)
        if about.is_closed or (about.is_recorded and judged.closed_at):
            sent_records.note_closed(self._db, about.address, judged.closed_at)
        began, ended = _suppress(self._db, about, judged, self._now, self._brake)
        return Folded(tuple(began), tuple(ended), held) if began or ended or held else NOTHING


def _sizes() -> Iterator[int]:
    """How many histories of marked addresses are read together, each time."""
    size = FIRST_ADDRESSES
    while True:
        yield size
        size = min(2 * size, ADDRESSES_LIMIT)


def held(db: Database, events: Iterable[int]) -> set[int]:
    """Those of ``events`` that are held."""
    sql = "SELECT event FROM doubts WHERE event IN (SELECT value FROM json_each(?))"
    return {event for (event,) in db.execute(sql, [json.dumps(list(events))])}


def _hold_unnamed(db: Database, rule: Policy) -> int:
    """Judges the events that name nobody, each by itself: they are not about one address. They count in rates."""
    attributed = {event for (event,) in db.execute("SELECT event FROM attributions")}
    entries = (entry for entry in history.entries(db, "", rule) if entry.id not in attributed)
    steps = (Fold("", rule).step(entry) for entry in entries)
    unnamed = About("", None, None, has_decisions=False, has_suppressions=False, has_doubts=True)
    return _hold(db, unnamed, {step.entry.id: step.note for step in steps if step.held}, None)


def _suppress(
    db: Database, about: About, judged: Judged, now: datetime, brake: Brake
) -> tuple[list[Change], list[Change]]:
    """Has an address suppressed as it is ``judged``, as far as the brake lets that begin.

    Returns the suppressions that began and those that ended, and tells them.
    """
    after = judged.suppressions
    if not after and not about.has_suppressions and not about.withheld:
        return [], []
    address = about.address
    old = {(suppression.scope, suppression.cause): suppression for suppression in history.suppressions(db, address)}
    new = {(suppression.scope, suppression.cause): suppression for suppression in after}
    beginning = {key: item for key, item in new.items() if _begins(item, old.get(key), now)}
    if brake.withholds(about, list(beginning.values()), proved=judged.is_proved):
        new = {key: old.get(key, item) for key, item in new.items() if key not in beginning or key in old}
    if old == new:
        return [], []
    db.execute("DELETE FROM suppressions WHERE address = ?", [address])
    for suppression in new.values():
        database.insert(db, "suppressions", _row(address, suppression))
    before = {key: suppression for key, suppression in old.items() if suppression.in_force(now)}
    after_ = {key: suppression for key, suppression in new.items() if suppression.in_force(now)}
    began = [(address, suppression) for key, suppression in after_.items() if key not in before]
    ended = [(address, suppression) for key, suppression in before.items() if key not in after_]
    both = sorted(before.keys() & after_.keys())
    changed = [(address, new[key]) for key in both if _differ(old[key], new[key])]
    outbox.tell(db, "suppression.removed", ended, now)
    outbox.tell(db, "suppression.changed", changed, now)
    outbox.tell(db, "suppression.added", began, now)
    return began, ended


def _begins(new: Suppression, old: Suppression | None, now: datetime) -> bool:
    """True for a suppression for bounces that was not in force."""
    return new.cause == "bounce" and new.in_force(now) and not (old and old.in_force(now))


def _differ(old: Suppression, new: Suppression) -> bool:
    """True when there is something to tell: not when only the number of failures has grown."""
    return (old.class_, old.reason, old.until) != (new.class_, new.reason, new.until)


def _hold(db: Database, about: About, held: Mapping[int, str], judged: Collection[int] | None) -> int:
    """Writes which of the events ``judged`` (``None``: all) are held, and why; returns how many were not until now."""
    if not held and not about.has_doubts:
        return 0
    some = [] if judged is None else [json.dumps(list(judged))]
    old = dict(db.execute(HELD_OF if some else HELD, [about.address, *some]).fetchall())
    changed = {event: why for event, why in held.items() if old.get(event) != why}
    ended = [(about.address, event) for event in old if event not in held or event in changed]
    db.conn.executemany("DELETE FROM doubts WHERE address = ? AND event = ?", ended)
    began = [(about.address, event, why) for event, why in changed.items()]
    db.conn.executemany("INSERT INTO doubts (address, event, why) VALUES (?, ?, ?)", began)
    return len(held.keys() - old.keys())


def _row(address: str, suppression: Suppression) -> dict[str, Any]:
    row = {name.removesuffix("_"): getattr(suppression, name) for name in Suppression.__match_args__}
    dates = {name: times.iso_or_none(row[name]) for name in ("since", "until", "first_bounce_at", "last_bounce_at")}
    return {"address": address, "address_unicode": in_unicode(address), **row, **dates}
