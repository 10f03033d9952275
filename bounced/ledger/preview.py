"""What judging the recorded failures again by other tables would change, before it is done. Read-only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from bounced.ledger import history, reclassify
from bounced.model import Judge, Verdict
from bounced.policy import Fold, Policy, Suppression

#: Examples of each change from one reason to another.
EXAMPLES_LIMIT = 3


@dataclass(slots=True)
class Preview:
    """What would change: failures by class and reason, with examples, and suppressions with their addresses."""

    judged: int = 0
    kept: int = 0
    changed: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)  # class and reason, now and then
    examples: dict[tuple[str, str, str, str], list[dict[str, Any]]] = field(default_factory=dict)
    suppressed: list[tuple[str, Suppression]] = field(default_factory=list)
    released: list[tuple[str, Suppression]] = field(default_factory=list)


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
    result = Preview()
    changed: dict[str, dict[int, Verdict]] = {}  # of the failures that change, by the address they charge
    after = 0
    while rows := reclassify.next_events(db, after):
        step = reclassify.judged(rows, judge)
        after, result.judged, result.kept = step.last, result.judged + step.judged, result.kept + step.kept
        for change in filter(lambda change: change.matters, step.changes):
            _note(result, change)
            changed.setdefault(change.row["charged"], {})[change.row["id"]] = change.verdict
    for address in sorted(filter(None, changed)):
        _follow(db, result, address, changed[address], policy)
    return result


def _note(result: Preview, change: reclassify.Change) -> None:
    row, verdict = change.row, change.verdict
    key = (row["class"], row["reason"], verdict.class_, verdict.reason)
    result.changed[key] += 1
    examples = result.examples.setdefault(key, [])
    if len(examples) < EXAMPLES_LIMIT:
        shown = {name: row[name] for name in ("id", "happened_at", "diagnostic_code", "rule")}
        examples.append({"address": row["charged"], **shown, "new_rule": verdict.rule})


def _follow(db: Database, result: Preview, address: str, verdicts: dict[int, Verdict], policy: Policy) -> None:
    """Adds how the suppressions of ``address`` would change."""
    fold = Fold(address, policy)
    for entry in history.entries(db, address, policy, verdicts=verdicts):
        fold.step(entry)
    old = {(suppression.scope, suppression.cause): suppression for suppression in history.suppressions(db, address)}
    new = {(suppression.scope, suppression.cause): suppression for suppression in fold.suppressions()}
    result.suppressed += [(address, suppression) for key, suppression in new.items() if key not in old]
    result.released += [(address, suppression) for key, suppression in old.items() if key not in new]
