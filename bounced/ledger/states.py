"""Judges addresses, and keeps what long histories come to: a new event costs the same however many there were before.

1. A kept state is about exactly the events that were judged when it was written. Whoever judges an address from its
   whole history writes the state again or, where that history is short, deletes it: it is larger than an event. So that
   one message about many addresses does not grow the file by many states, one event in KEPT_ONE_IN begins to keep it.
2. An event that happened after all of them is judged from ``state``; one before the last of them from ``checkpoint``,
   with all that came after that; one before the checkpoint, and all that a person decides, from the beginning.
3. Marks below RESUMED say since when a history has changed by what was sent, or turned out to be delivered. An address
   with such a mark, or with records of what was sent, is judged from the checkpoint, if that is before the change.
4. The checkpoint is EVENTS_MIN events and LATE behind, since several mailboxes are not read in order of time; nearer
   when that is more than EVENTS_LIMIT events. It is never before a person's decision, and never between entries of one
   second: whoever goes on from it takes what is later.
5. A walk from the beginning that takes too long is continued from its checkpoint; until then there is no ``state``.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import time
import zlib
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from zlib import crc32

from pydantic import TypeAdapter
from sqlite_utils import Database

from bounced import times
from bounced.ledger import history, sent_records
from bounced.ledger.history import About
from bounced.model import DECISIONS
from bounced.policy import Entry, Fold, Policy, Silence, State, Step, Suppression

#: Events after a checkpoint; histories that are not longer are not kept.
EVENTS_MIN = 16
EVENTS_LIMIT = 128

#: How late an event may be that is not judged from the beginning.
LATE = timedelta(days=2)

#: Entries that are judged in any case, however long it takes to begin.
ENTRIES_MIN = 1024

#: Among the numbers of events: the whole history, and the rest of one that was begun.
WHOLE = 0
RESUMED = -1

#: Of the events of long histories that have no state, how many begin one.
KEPT_ONE_IN = 16

WRITE = "REPLACE INTO states (address, kept) VALUES (?, ?)"

_STATES: TypeAdapter[State] = TypeAdapter(State)


class Judged(NamedTuple):
    """The suppressions of an address; of the events that were judged for it those that are held, and why.

    ``judged`` are the numbers of these events, ``None`` for all that there are. It is not ``finished`` when there was
    no time; judge with RESUMED to go on. ``closed_at``: later proof of delivery changes nothing. ``is_proved``: a
    failure that its suppression is about is verified.
    """

    suppressions: tuple[Suppression, ...]
    held: dict[int, str]
    judged: tuple[int, ...] | None = None
    finished: bool = True
    closed_at: datetime | None = None
    is_proved: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """The states as JSON, and the numbers of the events after the checkpoint, in no order."""

    state: str
    checkpoint: str
    later: tuple[int, ...] = ()


def judge(db: Database, about: About, events: Collection[int], rule: Policy, deadline: float) -> Judged:
    """Judges an address with new ``events``, or with WHOLE for whatever else may have changed, until ``deadline``."""
    if about.short is not None and about.kept is None and not about.has_decisions:
        return _whole(Fold(about.address, rule), about.short)
    kept = None if WHOLE in events or about.kept is None else _read(about.kept)
    if kept is None:
        return _walk(db, about, State(), rule, deadline, keep=any(map(_begins, events)))
    numbers = [number for number in events if number > WHOLE]
    new = history.events(db, numbers, rule)
    checkpoint = unpacked(kept.checkpoint)
    if about.is_recorded or min(events) < RESUMED:
        changed_at = _changed_at(db, about.address, new, events, rule)
        is_known = changed_at is None or (checkpoint.at is not None and checkpoint.at < changed_at)
        return _walk(db, about, checkpoint if is_known else State(), rule, deadline)
    if not kept.state:
        return _walk(db, about, checkpoint if _is_before(checkpoint, new) else State(), rule, deadline)
    state, entries = unpacked(kept.state), new
    if not _is_before(state, new):
        state, entries = checkpoint, history.events(db, {*kept.later, *numbers}, rule)
    if not _is_before(state, entries):
        return _walk(db, about, State(), rule, deadline)
    return _continued(db, Fold(about.address, rule, state), entries, kept, numbers)


def _whole(fold: Fold, entries: Sequence[Entry]) -> Judged:
    """Judges all that there is: too little to be kept, or to take long."""
    held = _held(map(fold.step, entries))
    return _judged(fold, held, None)


def _judged(fold: Fold, held: dict[int, str], judged: tuple[int, ...] | None) -> Judged:
    state = fold.state
    closed_at = None if state.is_open else state.at
    return Judged(fold.suppressions(), held, judged, closed_at=closed_at, is_proved=state.is_proved)


def _changed_at(
    db: Database, address: str, new: Sequence[Entry], events: Iterable[int], rule: Policy
) -> datetime | None:
    """Since when the history of ``address`` is another one because of ``events``, of which ``new`` are the entries.

    What a report takes back had been delivered.
    """
    silence = Silence(sent_records.records(db, [address]).get(address, ()), rule)
    dates = [times.from_seconds(-event) for event in events if event < RESUMED]
    for entry in new:
        dates += [entry.at, *(sent.at for sent in silence.contradicted(entry))]
    return min(dates, default=None)


def _continued(db: Database, fold: Fold, entries: Sequence[Entry], kept: Kept, numbers: Sequence[int]) -> Judged:
    """Judges ``entries``, in order, and keeps the state: they are after ``fold``, and ``numbers`` are the new ones."""
    held = _held(map(fold.step, entries))
    later = (*kept.later, *numbers)
    known = Kept(packed(fold.state), kept.checkpoint, later)
    _write(db, fold.address, _moved(db, fold, known) if _is_behind(len(kept.later), len(later)) else known)
    return _judged(fold, held, tuple(entry.id for entry in entries))


def packed(state: State) -> str:
    """``state`` as JSON."""
    return _STATES.dump_json(state).decode()


def unpacked(text: str) -> State:
    """The state that ``packed`` made ``text`` of."""
    return _STATES.validate_json(text)


def _is_before(state: State, entries: Sequence[Entry]) -> bool:
    """True when ``entries``, in order, happened after all that ``state`` is about."""
    return not entries or (state.at is not None and state.at < entries[0].at)


def _begins(event: int) -> bool:
    """True for one in KEPT_ONE_IN, as nobody who writes a message can choose; for WHOLE too."""
    return event <= WHOLE or crc32(b"%d" % event) % KEPT_ONE_IN == 0


def _walk(db: Database, about: About, start: State, rule: Policy, deadline: float, *, keep: bool = True) -> Judged:
    """Judges all that happened after ``start``, at least ENTRIES_MIN entries, and those of one second together."""
    fold = Fold(about.address, rule, replace(start))
    tail: deque[tuple[State, Entry]] = deque(maxlen=EVENTS_MIN)  # the latest events, each with the state before it
    steps: dict[int, Step] = {}  # of events
    decisions = 0
    for number, entry in enumerate(history.entries(db, about.address, rule, start)):
        if number >= ENTRIES_MIN and entry.at != fold.state.at and time.monotonic() > deadline:
            _write(db, about.address, Kept("", packed(fold.state)))
            return Judged((), _held(steps.values()), tuple(steps), finished=False)
        before, step = replace(fold.state), fold.step(entry)
        if entry.what in DECISIONS:
            tail.clear()
            decisions += 1
        elif entry.id:
            tail.append((before, entry))
            steps[entry.id] = step
    is_long = keep and (start.at is not None or len(steps) + decisions > EVENTS_MIN)
    if is_long or about.kept is not None:
        _keep(db, fold, tail, is_long=is_long)
    return _judged(fold, _held(steps.values()), tuple(steps) if start.at else None)


def _keep(db: Database, fold: Fold, tail: deque[tuple[State, Entry]], *, is_long: bool) -> None:
    """Keeps the state after a whole history, if that is long, with a checkpoint before ``tail``."""
    if is_long:
        while tail and tail[0][0].at == tail[0][1].at:
            tail.popleft()
        checkpoint = tail[0][0] if tail else fold.state
        later = tuple(entry.id for _, entry in tail)
        _write(db, fold.address, Kept(packed(fold.state), packed(checkpoint), later))
    else:
        db.execute("DELETE FROM states WHERE address = ?", [fold.address])


def _held(steps: Iterable[Step]) -> dict[int, str]:
    """The events that are held, and why."""
    return {step.entry.id: step.note for step in steps if step.held}


def _is_behind(before: int, number: int) -> bool:
    """True, once in EVENTS_MIN events, when the checkpoint may be moved: ``number`` events came after it."""
    return number >= 2 * EVENTS_MIN and number // EVENTS_MIN > before // EVENTS_MIN


def _moved(db: Database, fold: Fold, kept: Kept) -> Kept:
    """``kept`` with its checkpoint moved on; ``fold`` is of the same address."""
    later = history.events(db, kept.later, fold.policy)
    late = sum(later[-1].at - entry.at <= LATE for entry in later)
    number = max(0, len(later) - max(EVENTS_MIN, min(late, EVENTS_LIMIT)))
    while 0 < number < len(later) and later[number - 1].at == later[number].at:
        number -= 1
    follower = Fold(fold.address, fold.policy, unpacked(kept.checkpoint))
    for entry in later[:number]:
        follower.step(entry)
    return replace(kept, checkpoint=packed(follower.state), later=tuple(entry.id for entry in later[number:]))


def _read(kept: bytes) -> Kept:
    state, checkpoint, *later = zlib.decompress(kept).decode().split("\n")
    return Kept(state, checkpoint, tuple(map(int, later)))


def _write(db: Database, address: str, kept: Kept) -> None:
    """Writes a line for each part, compressed: both states have much in common, and nothing reads them but this."""
    text = "\n".join((kept.state, kept.checkpoint, *map(str, kept.later)))
    db.execute(WRITE, [address, zlib.compress(text.encode())])
