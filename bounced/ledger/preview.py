"""What judging the recorded failures again by other tables would change, before it is done. Read-only.

What changes may be a million failures: they are noted in a temporary table, on disk, and of what they come to only the
number and examples are kept.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bounced.ledger import reclassify
from bounced.ledger.compare import Difference, difference
from bounced.model import Judge, Verdict
from bounced.policy import Policy

#: Examples of each change from one reason to another.
EXAMPLES_LIMIT = 3

#: Suppressions that are named, of those that would begin and of those that would end.
SUPPRESSIONS_LIMIT = 1000

CHANGED = "CREATE TEMP TABLE changed (event INTEGER PRIMARY KEY, address TEXT, class TEXT, reason TEXT)"
CHANGED_BY_ADDRESS = "CREATE INDEX temp.changed_by_address ON changed (address)"
NOTE = "INSERT INTO temp.changed VALUES (?, ?, ?, ?)"
ADDRESSES = "SELECT DISTINCT address FROM temp.changed WHERE address != '' ORDER BY address"
VERDICTS = """
SELECT event, reason, class FROM json_each(?) AS asked CROSS JOIN temp.changed ON changed.address = asked.value
"""
DONE = "DROP TABLE temp.changed"


@dataclass(slots=True)
class Preview:
    """What would change: failures by class and reason, and suppressions, each with their number and examples."""

    judged: int = 0
    kept: int = 0
    changed: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)  # class and reason, now and then
    examples: dict[tuple[str, str, str, str], list[dict[str, Any]]] = field(default_factory=dict)
    difference: Difference = field(default_factory=Difference)


class ChangedVerdicts:
    """The verdicts of the failures that would change."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def addresses(self) -> Iterator[str]:
        """Whom these failures are charged to, in order."""
        return (address for (address,) in self._db.execute(ADDRESSES))

    def of(self, addresses: Sequence[str]) -> dict[int, Verdict]:
        """Those of the failures of ``addresses``, by their numbers."""
        rows = self._db.execute(VERDICTS, [json.dumps(addresses)])
        return {event: Verdict(reason, class_, "", "", "") for event, reason, class_ in rows}


@contextmanager
def changes(db: Database, judge: Judge) -> Iterator[tuple[Preview, ChangedVerdicts]]:
    """What ``judge`` says otherwise of the recorded failures; the verdicts can be asked for inside.

    Where everything is judged by its tables already no failure is read.
    """
    db.execute(CHANGED)
    try:
        known = reclassify.progress(db)
        result = Preview() if known and known.is_of(judge) and known.finished_at else _judged(db, judge)
        db.execute(CHANGED_BY_ADDRESS)
        yield result, ChangedVerdicts(db)
    finally:
        db.execute(DONE)


def preview(db: Database, judge: Judge, policy: Policy, now: datetime) -> Preview:
    """What ``judge`` would change ``now`` in the ledger under ``policy``."""
    with changes(db, judge) as (result, verdicts):
        addresses = verdicts.addresses()
        result.difference = difference(db, addresses, policy, now, verdicts=verdicts.of, named=SUPPRESSIONS_LIMIT)
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
