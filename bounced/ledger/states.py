"""Judges addresses, and keeps what long histories come to: a new event costs the same however many there were before.

1. A kept state is about exactly the events that were judged when it was written. Whoever judges an address from its
   whole history writes the state again or, where that history is short, deletes it: it is larger than a few events.
2. An event that happened after all of them is judged from ``state``; one before the last of them from ``checkpoint``,
   with all that came after that; one before the checkpoint, and all that a person decides, from the beginning.
3. The checkpoint is EVENTS_MIN events and LATE behind, since several mailboxes are not read in order of time; nearer
   when that is more than EVENTS_LIMIT events. It is never before a person's decision.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from pydantic import TypeAdapter
from sqlite_utils import Database

from bounced.ledger import history
from bounced.model import DECISIONS
from bounced.policy import Entry, Fold, Policy, State, Step, Suppression

#: Events after a checkpoint; histories that are not longer are not kept.
EVENTS_MIN = 16
EVENTS_LIMIT = 128

#: How late an event may be that is not judged from the beginning.
LATE = timedelta(days=2)

#: Stands for the whole history among the numbers of events.
WHOLE = 0

READ = "SELECT state, checkpoint, later FROM states WHERE address = ?"
WRITE = "REPLACE INTO states (address, state, checkpoint, later) VALUES (?, ?, ?, ?)"

_STATES: TypeAdapter[State] = TypeAdapter(State)


@dataclass(frozen=True, slots=True)
class Judged:
    """The suppressions of an address; of the events that were judged for it those that are held, and why.

    ``judged`` are the numbers of these events, ``None`` for all that there are.
    """

    suppressions: tuple[Suppression, ...]
    held: dict[int, str]
    judged: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of ``states``: the states as JSON, and the numbers of the events after the checkpoint, in no order."""

    state: str
    checkpoint: str
    later: tuple[int, ...] = ()


def judge(db: Database, address: str, events: Collection[int], rule: Policy) -> Judged:
    """Judges ``address`` with new ``events``, or WHOLE for whatever else may have changed."""
    kept = None if WHOLE in events else _read(db, address)
    new = history.events(db, events, rule) if kept else []
    if not (kept and new):
        return _from_beginning(db, address, rule)
    state, entries = unpacked(kept.state), new
    if not _is_before(state, new):
        state, entries = unpacked(kept.checkpoint), history.events(db, {*kept.later, *events}, rule)
    if not _is_before(state, entries):
        return _from_beginning(db, address, rule)
    fold = Fold(address, rule, state)
    held = _held(map(fold.step, entries))
    later = (*kept.later, *events)
    known = Kept(packed(fold.state), kept.checkpoint, later)
    _write(db, address, _moved(db, address, known, rule) if _is_behind(len(kept.later), len(later)) else known)
    return Judged(fold.suppressions(), held, tuple(entry.id for entry in entries))


def packed(state: State) -> str:
    """``state`` as JSON."""
    return _STATES.dump_json(state).decode()


def unpacked(text: str) -> State:
    """The state that ``packed`` made ``text`` of."""
    return _STATES.validate_json(text)


def _is_before(state: State, entries: Sequence[Entry]) -> bool:
    """True when ``entries``, in order, happened after all that ``state`` is about."""
    return state.at is not None and state.at < entries[0].at


def _from_beginning(db: Database, address: str, rule: Policy) -> Judged:
    fold, held, kept = Fold(address, rule), {}, Kept("", "")
    first = history.length(db, address) - EVENTS_MIN  # after the checkpoint
    for number, entry in enumerate(history.entries(db, address, rule), 1):
        held.update(_held([fold.step(entry)]))
        if number == first or (number > first and entry.what in DECISIONS):
            kept = Kept("", packed(fold.state))
        elif number > first:
            kept = replace(kept, later=(*kept.later, entry.id))
    if first > 0:
        _write(db, address, replace(kept, state=packed(fold.state)))
    else:
        db.execute("DELETE FROM states WHERE address = ?", [address])
    return Judged(fold.suppressions(), held)


def _held(steps: Iterable[Step]) -> dict[int, str]:
    """The events that are held, and why."""
    return {step.entry.id: step.note for step in steps if step.held}


def _is_behind(before: int, number: int) -> bool:
    """True, once in EVENTS_MIN events, when the checkpoint may be moved: ``number`` events came after it."""
    return number >= 2 * EVENTS_MIN and number // EVENTS_MIN > before // EVENTS_MIN


def _moved(db: Database, address: str, kept: Kept, rule: Policy) -> Kept:
    """``kept`` with its checkpoint moved on."""
    later = history.events(db, kept.later, rule)
    late = sum(later[-1].at - entry.at <= LATE for entry in later)
    number = max(0, len(later) - max(EVENTS_MIN, min(late, EVENTS_LIMIT)))
    fold = Fold(address, rule, unpacked(kept.checkpoint))
    for entry in later[:number]:
        fold.step(entry)
    return replace(kept, checkpoint=packed(fold.state), later=tuple(entry.id for entry in later[number:]))


def _read(db: Database, address: str) -> Kept | None:
    row = db.execute(READ, [address]).fetchone()
    return Kept(row[0], row[1], tuple(json.loads(row[2]))) if row else None


def _write(db: Database, address: str, kept: Kept) -> None:
    db.execute(WRITE, [address, kept.state, kept.checkpoint, json.dumps(kept.later)])
