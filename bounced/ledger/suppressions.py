"""Derives, from the whole history of an address, what is suppressed and what does not count.

To be called inside a transaction of the ledger.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from sqlite_utils import Database

from bounced import policy, times
from bounced.ledger import database, history
from bounced.policy import Judgement, Policy, Suppression

EVERYBODY = """
SELECT address FROM events UNION SELECT address FROM attributions UNION SELECT address FROM decisions
UNION SELECT address FROM suppressions
"""

Change = tuple[str, Suppression]


@dataclasses.dataclass(frozen=True, slots=True)
class Folded:
    """What has changed: the suppressions that began and ended, with their addresses, and the events newly in doubt."""

    started: tuple[Change, ...] = ()
    ended: tuple[Change, ...] = ()
    doubted: int = 0


def fold(db: Database, addresses: Iterable[str], rule: Policy) -> Folded:
    """Judges every one of ``addresses`` by ``rule`` (``""``: what names nobody), and writes what that comes to."""
    started: list[Change] = []
    ended: list[Change] = []
    wanted = set(addresses)
    doubted = _unnamed(db, rule) if "" in wanted else 0
    for address in sorted(wanted - {""}):
        judgement = policy.decide(address, history.entries(db, address), rule, history.sent(db, address))
        began, over = _suppress(db, address, judgement.suppressions)
        started += began
        ended += over
        doubted += _doubt(db, address, judgement)
    return Folded(tuple(started), tuple(ended), doubted)


def doubt(db: Database, address: str, event: int, why: str) -> None:
    """Writes that a new event does not count, as ``fold`` would."""
    database.insert(db, "doubts", {"address": address, "event": event, "why": why})


def everybody(db: Database) -> list[str]:
    """Every address of which anything is known."""
    return [address for (address,) in db.execute(EVERYBODY)]


def _unnamed(db: Database, rule: Policy) -> int:
    """Judges the events that name nobody, each by itself: they are not about one address. They count in rates."""
    alone = dataclasses.replace(rule, reports_per_address=0, addresses_per_message=0)
    attributed = {event for (event,) in db.execute("SELECT event FROM attributions")}
    unnamed = (entry for entry in history.entries(db, "") if entry.id not in attributed)
    return _doubt(db, "", policy.decide("", unnamed, alone))


def _suppress(db: Database, address: str, after: Iterable[Suppression]) -> tuple[list[Change], list[Change]]:
    """Makes ``after`` what stands against ``address``; what began and what ended by that."""
    old = {(found.scope, found.cause): found for found in history.suppressions(db, address)}
    new = {(found.scope, found.cause): found for found in after}
    if old == new:
        return [], []
    db.execute("DELETE FROM suppressions WHERE address = ?", [address])
    for found in new.values():
        database.insert(db, "suppressions", _row(address, found))
    began = [(address, found) for key, found in new.items() if key not in old]
    return began, [(address, found) for key, found in old.items() if key not in new]


def _doubt(db: Database, address: str, judgement: Judgement) -> int:
    """Writes which events do not count, and why; how many did until now, or are new."""
    old = dict(db.execute("SELECT event, why FROM doubts WHERE address = ?", [address]).fetchall())
    new = {step.entry.id: step.note for step in judgement.steps if step.doubted}
    if old == new:
        return 0
    gone = [(address, event) for event in old.keys() - new.keys()]
    changed = [(address, event, why) for event, why in new.items() if old.get(event) != why]
    db.conn.executemany("DELETE FROM doubts WHERE address = ? AND event = ?", gone)
    db.conn.executemany("REPLACE INTO doubts (address, event, why) VALUES (?, ?, ?)", changed)
    return len(new.keys() - old.keys())


def _row(address: str, found: Suppression) -> dict[str, Any]:
    row = dataclasses.asdict(found)
    row["class"] = row.pop("class_")
    dates = {name: times.iso_or_none(row[name]) for name in ("since", "until", "first_bounce_at", "last_bounce_at")}
    return {"address": address, **row, **dates}
