"""What judging the recorded failures again by other tables would change, before it is done. Read-only.

What changes may be a million failures: they are noted in a temporary table, on disk, and of what they come to only the
number and examples are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from bounced.ledger import history, reclassify
from bounced.model import Class, Judge, Verdict
from bounced.policy import Fold, Policy, Suppression

#: Examples of each change from one reason to another.
EXAMPLES_LIMIT = 3

#: Suppressions that are named, of those that would begin and of those that would end.
SUPPRESSIONS_LIMIT = 1000

CHANGED = "CREATE TEMP TABLE changed (event INTEGER PRIMARY KEY, address TEXT, class TEXT, reason TEXT)"
NOTE = "INSERT INTO temp.changed VALUES (?, ?, ?, ?)"
ADDRESSES = "SELECT DISTINCT address FROM temp.changed WHERE address != '' ORDER BY address"
VERDICT = "SELECT reason, class FROM temp.changed WHERE event = ?"
DONE = "DROP TABLE temp.changed"


@dataclass(slots=True)
class Preview:
    """What would change: failures by class and reason, and suppressions, each with their number and examples."""

    judged: int = 0
    kept: int = 0
    changed: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)  # class and reason, now and then
    examples: dict[tuple[str, str, str, str], list[dict[str, Any]]] = field(default_factory=dict)
    suppressed: list[tuple[str, Suppression]] = field(default_factory=list)
    released: list[tuple[str, Suppression]] = field(default_factory=list)
    suppressed_total: int = 0
    released_total: int = 0


class ChangedVerdicts(Mapping[int, Verdict]):
    """The verdicts of the failures that would change, by their numbers."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def __getitem__(self, event: int) -> Verdict:
        row: tuple[str, Class] | None = self._db.execute(VERDICT, [event]).fetchone()
        if row is None:
            raise KeyError(event)
        return Verdict(*row, "", "", "")

    def __iter__(self) -> Iterator[int]:
        return (event for (event,) in self._db.execute("SELECT event FROM temp.changed"))

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM temp.changed").fetchone()[0])


def verdicts(db: Database, judge: Judge) -> dict[int, Verdict]:
    """The verdicts of ``judge`` on the recorded failures of which it says something else, by their events.

    Where everything is judged by its tables already there are none, and no failure is read.
    """
    known = reclassify.progress(db)
    if known and known.is_of(judge) and known.finished_at:
        return {}
    changed: dict[int, Verdict] = {}
    after = 0
    while rows := reclassify.next_events(db, after):
        step = reclassify.judged(rows, judge)
        after = step.last
        changed |= {change.row["id"]: change.verdict for change in step.changes if change.matters}
    return changed


def preview(db: Database, judge: Judge, policy: Policy) -> Preview:
    """What ``judge`` would change in the ledger under ``policy``."""
    db.execute(CHANGED)
    try:
        result = _judged(db, judge)
        changed = ChangedVerdicts(db)
        for (address,) in db.execute(ADDRESSES):
            _follow(db, result, address, changed, policy)
    finally:
        db.execute(DONE)
    return result


def _judged(db: Database, judge: Judge) -> Preview:
    result = Preview()
    after = 0
    while rows := reclassify.next_events(db, after):
        step = reclassify.judged(rows, judge)
        after, result.judged, result.kept = step.last, result.judged + step.judged, result.kept + step.kept
        changes = [change for change in step.changes if change.matters]
        for change in changes:
            _note(result, change)
        notes = (
            (change.row["id"], change.row["charged"], change.verdict.class_, change.verdict.reason)
            for change in changes
        )
        db.conn.executemany(NOTE, notes)
    return result


def _note(result: Preview, change: reclassify.Change) -> None:
    row, verdict = change.row, change.verdict
    key = (row["class"], row["reason"], verdict.class_, verdict.reason)
    result.changed[key] += 1
    examples = result.examples.setdefault(key, [])
    if len(examples) < EXAMPLES_LIMIT:
        shown = {name: row[name] for name in ("id", "happened_at", "diagnostic_code", "rule")}
        examples.append({"address": row["charged"], **shown, "new_rule": verdict.rule})


def _follow(db: Database, result: Preview, address: str, verdicts: ChangedVerdicts, policy: Policy) -> None:
    """Adds how the suppressions of ``address`` would change."""
    fold = Fold(address, policy)
    for entry in history.entries(db, address, policy, verdicts=verdicts):
        fold.step(entry)
    old = {(suppression.scope, suppression.cause): suppression for suppression in history.suppressions(db, address)}
    new = {(suppression.scope, suppression.cause): suppression for suppression in fold.suppressions()}
    begun = [(address, suppression) for key, suppression in new.items() if key not in old]
    ended = [(address, suppression) for key, suppression in old.items() if key not in new]
    result.suppressed_total += len(begun)
    result.released_total += len(ended)
    result.suppressed += begun[: SUPPRESSIONS_LIMIT - len(result.suppressed)]
    result.released += ended[: SUPPRESSIONS_LIMIT - len(result.released)]
