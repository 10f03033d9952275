"""Derives, from the whole history of an address, what is suppressed and which events are held.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from typing import Any

from sqlite_utils import Database

from bounced import policy, times
from bounced.address import in_unicode
from bounced.ledger import database, history
from bounced.policy import Judgment, Policy, Suppression

KNOWN_ADDRESSES = """
SELECT address FROM events UNION SELECT address FROM attributions UNION SELECT address FROM decisions
UNION SELECT address FROM suppressions
"""

Change = tuple[str, Suppression]


@dataclasses.dataclass(frozen=True, slots=True)
class Folded:
    """The suppressions that began and ended, with their addresses, and the number of events newly held."""

    started: tuple[Change, ...] = ()
    ended: tuple[Change, ...] = ()
    held: int = 0


def fold(db: Database, addresses: Iterable[str], rule: Policy) -> Folded:
    """Judges ``addresses`` by ``rule`` (``""``: the events that name nobody), and writes the result."""
    started: list[Change] = []
    ended: list[Change] = []
    judged = set(addresses)
    held = _hold_unnamed(db, rule) if "" in judged else 0
    for address in sorted(judged - {""}):
        judgment = policy.decide(address, history.entries(db, address), rule)
        began, expired = _suppress(db, address, judgment.suppressions)
        started += began
        ended += expired
        held += _hold_all(db, address, judgment)
    return Folded(tuple(started), tuple(ended), held)


def hold(db: Database, address: str, event: int, why: str) -> None:
    """Writes that a new event is held, as ``fold`` would."""
    database.insert(db, "doubts", {"address": address, "event": event, "why": why})


def held(db: Database, events: Iterable[int]) -> set[int]:
    """Those of ``events`` that are held."""
    sql = "SELECT event FROM doubts WHERE event IN (SELECT value FROM json_each(?))"
    return {event for (event,) in db.execute(sql, [json.dumps(list(events))])}


def known_addresses(db: Database) -> list[str]:
    """Every address in the ledger."""
    return [address for (address,) in db.execute(KNOWN_ADDRESSES)]


def _hold_unnamed(db: Database, rule: Policy) -> int:
    """Judges the events that name nobody, each by itself: they are not about one address. They count in rates."""
    alone = dataclasses.replace(rule, reports_per_address=0)
    attributed = {event for (event,) in db.execute("SELECT event FROM attributions")}
    unnamed = (entry for entry in history.entries(db, "") if entry.id not in attributed)
    return _hold_all(db, "", policy.decide("", unnamed, alone))


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


def _hold_all(db: Database, address: str, judgment: Judgment) -> int:
    """Writes which events are held, and why; returns how many were not until now."""
    old = dict(db.execute("SELECT event, why FROM doubts WHERE address = ?", [address]).fetchall())
    new = {step.entry.id: step.note for step in judgment.steps if step.held}
    if old == new:
        return 0
    released = [(address, event) for event in old.keys() - new.keys()]
    changed = [(address, event, why) for event, why in new.items() if old.get(event) != why]
    db.conn.executemany("DELETE FROM doubts WHERE address = ? AND event = ?", released)
    db.conn.executemany("REPLACE INTO doubts (address, event, why) VALUES (?, ?, ?)", changed)
    return len(new.keys() - old.keys())


def _row(address: str, suppression: Suppression) -> dict[str, Any]:
    row = dataclasses.asdict(suppression)
    row["class"] = row.pop("class_")
    dates = {name: times.iso_or_none(row[name]) for name in ("since", "until", "first_bounce_at", "last_bounce_at")}
    return {"address": address, "address_unicode": in_unicode(address), **row, **dates}
