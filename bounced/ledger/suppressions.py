"""Derives, from the history of an address, what is suppressed and which events are held.

Addresses are marked first, in the transaction that adds to their history, and judged then or in the next transactions:
the mark is in the file until its address is judged, whatever kills the process.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlite_utils import Database

from bounced import times
from bounced.address import in_unicode
from bounced.ledger import database, history, states
from bounced.ledger.states import RESUMED, WHOLE
from bounced.policy import Fold, Policy, Suppression

KNOWN_ADDRESSES = """
SELECT address FROM events UNION SELECT address FROM attributions UNION SELECT address FROM decisions
UNION SELECT address FROM suppressions
"""

MARK = "INSERT INTO unjudged (address, event) VALUES (?, ?) ON CONFLICT DO NOTHING"
MARK_ALL = f"""
INSERT INTO unjudged (address, event) SELECT address, {WHOLE} FROM ({KNOWN_ADDRESSES}) WHERE true ON CONFLICT DO NOTHING
"""  # noqa: S608
MARKED = "SELECT address, json_group_array(event) FROM unjudged GROUP BY address"

HELD = "SELECT event, why FROM doubts WHERE address = ?"
HELD_OF = f"{HELD} AND event IN (SELECT value FROM json_each(?))"  # noqa: S608

Change = tuple[str, Suppression]


@dataclasses.dataclass(frozen=True, slots=True)
class Folded:
    """The suppressions that began and ended, with their addresses, and the number of events newly held."""

    started: tuple[Change, ...] = ()
    ended: tuple[Change, ...] = ()
    held: int = 0

    def __add__(self, other: Folded) -> Folded:
        return Folded(self.started + other.started, self.ended + other.ended, self.held + other.held)


def mark(db: Database, events: Iterable[tuple[str, int]]) -> None:
    """Notes addresses to be judged, each with the number of a new event, or with WHOLE after any other change.

    The address ``""`` stands for the events that name nobody.
    """
    db.conn.executemany(MARK, events)


def mark_all(db: Database) -> None:
    """Notes every address, for a new policy."""
    db.execute(MARK_ALL)


def judge(db: Database, rule: Policy, deadline: float) -> Folded:
    """Judges marked addresses by ``rule`` until ``deadline`` (monotonic), at least one, and writes the result."""
    folded = Folded()
    for address, events in db.execute(MARKED).fetchall():
        db.execute("DELETE FROM unjudged WHERE address = ?", [address])
        if address:
            folded += _judge(db, address, json.loads(events), rule, deadline)
        else:
            folded += Folded(held=_hold_unnamed(db, rule))
        if time.monotonic() > deadline:
            break
    return folded


def _judge(db: Database, address: str, events: Collection[int], rule: Policy, deadline: float) -> Folded:
    judged = states.judge(db, address, events, rule, deadline)
    held = _hold(db, address, judged.held, judged.judged)
    if not judged.finished:
        mark(db, [(address, RESUMED)])
        return Folded(held=held)
    began, ended = _suppress(db, address, judged.suppressions)
    return Folded(tuple(began), tuple(ended), held)


def hold(db: Database, address: str, event: int, why: str) -> None:
    """Writes that a new event is held, as ``fold`` would."""
    database.insert(db, "doubts", {"address": address, "event": event, "why": why})


def held(db: Database, events: Iterable[int]) -> set[int]:
    """Those of ``events`` that are held."""
    sql = "SELECT event FROM doubts WHERE event IN (SELECT value FROM json_each(?))"
    return {event for (event,) in db.execute(sql, [json.dumps(list(events))])}


def _hold_unnamed(db: Database, rule: Policy) -> int:
    """Judges the events that name nobody, each by itself: they are not about one address. They count in rates."""
    attributed = {event for (event,) in db.execute("SELECT event FROM attributions")}
    unnamed = (entry for entry in history.entries(db, "", rule) if entry.id not in attributed)
    steps = (Fold("", rule).step(entry) for entry in unnamed)
    return _hold(db, "", {step.entry.id: step.note for step in steps if step.held}, None)


def _suppress(db: Database, address: str, after: Iterable[Suppression]) -> tuple[list[Change], list[Change]]:
    """Makes ``after`` the suppressions of ``address``; returns those that began and those that ended."""
    old = {(suppression.scope, suppression.cause): suppression for suppression in history.suppressions(db, address)}
    new = {(suppression.scope, suppression.cause): suppression for suppression in after}
    if old == new:
        return [], []
    db.execute("DELETE FROM suppressions WHERE address = ?", [address])
    for suppression in new.values():
        database.insert(db, "suppressions", _row(address, suppression))
    began = [(address, suppression) for key, suppression in new.items() if key not in old]
    return began, [(address, suppression) for key, suppression in old.items() if key not in new]


def _hold(db: Database, address: str, held: Mapping[int, str], judged: Collection[int] | None) -> int:
    """Writes which of the events ``judged`` (``None``: all) are held, and why; returns how many were not until now."""
    some = [] if judged is None else [json.dumps(list(judged))]
    old = dict(db.execute(HELD_OF if some else HELD, [address, *some]).fetchall())
    if old == held:
        return 0
    released = [(address, event) for event in old.keys() - held.keys()]
    changed = [(address, event, why) for event, why in held.items() if old.get(event) != why]
    db.conn.executemany("DELETE FROM doubts WHERE address = ? AND event = ?", released)
    db.conn.executemany("REPLACE INTO doubts (address, event, why) VALUES (?, ?, ?)", changed)
    return len(held.keys() - old.keys())


def _row(address: str, suppression: Suppression) -> dict[str, Any]:
    row = {name.removesuffix("_"): getattr(suppression, name) for name in Suppression.__match_args__}
    dates = {name: times.iso_or_none(row[name]) for name in ("since", "until", "first_bounce_at", "last_bounce_at")}
    return {"address": address, "address_unicode": in_unicode(address), **row, **dates}
