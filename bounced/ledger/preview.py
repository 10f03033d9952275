"""What other tables would change in recorded failures, and these or other numbers in suppressions. Read-only.

1. Failures are judged where whom they charge is judged, some addresses at a time: never more of them are in memory.
2. Parts of all addresses may be judged by several processes. What they say together does not depend on how many they
   were: an address is in the same part whatever is added meanwhile, and what is named are the first.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple
from zlib import crc32

from sqlite_utils import Database

from bounced.ledger import compare, history, reclassify
from bounced.ledger.compare import Difference
from bounced.ledger.suppressions import ADDRESSES_LIMIT
from bounced.model import Judge, Verdict
from bounced.policy import Policy

#: Examples of each change from one reason to another: those that were recorded first.
EXAMPLES_LIMIT = 3

#: Suppressions that are named, of those that would begin and of those that would end.
SUPPRESSIONS_LIMIT = 1000

ASKED = "(SELECT texts.id AS number FROM json_each(?) CROSS JOIN texts ON text = value) AS asked CROSS JOIN"

#: The events of addresses.
OF_ADDRESSES = tuple(
    f"""
    SELECT {reclassify.COLUMNS}, {charged_in}.address AS charged FROM {ASKED} {tables}
    WHERE {address_id} = asked.number
    """  # noqa: S608
    for charged_in, tables, address_id in history.CHARGED_IN
)

#: Those that charge nobody.
OF_NOBODY = f"""
SELECT {reclassify.COLUMNS}, '' AS charged FROM events
WHERE address_id = 0 AND NOT EXISTS (SELECT 1 FROM attribution_rows WHERE event = id AND attribution_rows.address <> 0)
"""  # noqa: S608

#: A class and reason, and those that they would become.
Kind = tuple[str, str, str, str]


class Part(NamedTuple):
    """One of ``of`` parts of all addresses."""

    number: int = 0
    of: int = 1

    def has(self, address: str) -> bool:
        """True for the addresses of this part."""
        return self.of == 1 or crc32(address.encode()) % self.of == self.number


EVERYTHING = Part()


@dataclass(slots=True)
class Preview:
    """What would change: failures by class and reason, and suppressions, each with their number and examples."""

    judged: int = 0
    kept: int = 0
    changed: Counter[Kind] = field(default_factory=Counter)
    examples: dict[Kind, list[dict[str, Any]]] = field(default_factory=dict)
    difference: Difference = field(default_factory=Difference)

    def add(self, other: Preview) -> None:
        """Adds what another part would change."""
        self.judged += other.judged
        self.kept += other.kept
        self.changed += other.changed
        for kind, examples in other.examples.items():
            self.examples[kind] = _first([*self.examples.get(kind, ()), *examples])
        self.difference.add(other.difference)


def preview(
    db: Database,
    judge: Judge | None,
    policy: Policy,
    now: datetime,
    *,
    part: Part = EVERYTHING,
    is_whole: bool = False,
    step: Callable[[int], None] = lambda _: None,
) -> Preview:
    """What ``judge`` and ``policy`` would change ``now`` in a ``part`` of the ledger; ``None`` judges no failure again.

    ``is_whole``: of all addresses, not only of those whose failures ``judge`` judges differently. Where everything is
    judged by its tables already no failure is read. ``step`` is called with the number of addresses that are read.
    """
    known = reclassify.progress(db)
    is_judged = judge is None or (known is not None and known.is_of(judge) and bool(known.finished_at))
    failures = _Failures(db, None if is_judged else judge)
    with compare.hurried(db):
        if part.number == 0:
            failures.of_nobody()
        keys = filter(part.has, compare.every_address(db))
        addresses = failures.read(keys, step, is_whole=is_whole)
        result = failures.result
        result.difference = compare.difference(
            db, addresses, policy, now, verdicts=failures.verdicts, named=SUPPRESSIONS_LIMIT
        )
    return result


class _Failures:
    """The recorded failures as ``judge`` judges them."""

    def __init__(self, db: Database, judge: Judge | None) -> None:
        self._db, self._judge = db, judge
        self._verdicts: dict[str, dict[int, Verdict]] = {}
        self.result = Preview()

    def of_nobody(self) -> None:
        """Judges those that charge nobody."""
        if self._judge:
            self._note(self._db.query(OF_NOBODY), self._judge)
        self._verdicts.clear()

    def read(self, keys: Iterator[str], step: Callable[[int], None], *, is_whole: bool) -> Iterator[str]:
        """Judges those of ``keys``; yields all of these, or those of which a failure changes."""
        while some := list(islice(keys, ADDRESSES_LIMIT)):
            if self._judge:
                for statement in OF_ADDRESSES:
                    self._note(self._db.query(statement, [json.dumps(some)]), self._judge)
            step(len(some))
            yield from some if is_whole else filter(self._verdicts.__contains__, some)

    def verdicts(self, addresses: Sequence[str]) -> dict[int, Verdict]:
        """What changes of ``addresses``, by the numbers of the failures; that is asked once."""
        several = (self._verdicts.pop(address, {}) for address in addresses)
        return {event: verdict for verdicts in several for event, verdict in verdicts.items()}

    def _note(self, rows: Iterator[dict[str, Any]], judge: Judge) -> None:
        while some := list(islice(rows, reclassify.EVENTS_LIMIT)):
            step = reclassify.judged(some, judge)
            self.result.judged += step.judged
            self.result.kept += step.kept
            for change in step.changes:
                if change.matters:
                    self._note_change(change)

    def _note_change(self, change: reclassify.Change) -> None:
        row, verdict = change.row, change.verdict
        self._verdicts.setdefault(row["charged"], {})[row["id"]] = verdict
        kind = (row["class"], row["reason"], verdict.class_, verdict.reason)
        self.result.changed[kind] += 1
        shown = {name: row[name] for name in ("id", "happened_at", "diagnostic_code", "rule")}
        example = {"address": row["charged"], **shown, "new_rule": verdict.rule}
        self.result.examples[kind] = _first([*self.result.examples.get(kind, ()), example])


def _first(examples: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(examples, key=lambda example: int(example["id"]))[:EXAMPLES_LIMIT]
