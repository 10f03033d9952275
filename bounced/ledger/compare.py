"""What other numbers, other verdicts or failures taken back would make of the suppressions in force. Read-only.

Histories that are short are read together, as they are judged; so a million events take less than a minute.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from operator import itemgetter

from sqlite_utils import Database

from bounced.ledger import history, old_events, states
from bounced.ledger.history import About, Changed
from bounced.ledger.suppressions import ADDRESSES_LIMIT, KNOWN_ADDRESSES
from bounced.model import Verdict
from bounced.policy import Entry, Fold, Policy, Suppression
from bounced.policy.providers import provider

#: Addresses that are named, of those that would be suppressed and of those that would be released.
NAMED_LIMIT = 1000

#: KiB of the file that are kept in memory: histories are read in the order of their addresses, not of the file.
CACHE_KIB = 65_536

#: Objects that are made before Python looks for what refers to each other.
OBJECTS_LIMIT = 100_000

#: Other verdicts on failures, by their numbers: those of some addresses.
Verdicts = Callable[[Sequence[str]], Mapping[int, Verdict]]

#: A provider, and the reason and the class, or the cause, of a suppression.
Group = tuple[str, str, str]


@dataclass(slots=True)
class Difference:
    """How many suppressions would begin and end, by provider and reason; the first addresses, in order.

    Of what happened up to ``events_since`` not all is there any more (bounced.ledger.old_events), ``""`` if it is.
    """

    events_since: str = ""
    addresses: int = 0
    events: int = 0
    named: int = NAMED_LIMIT
    began: Counter[Group] = field(default_factory=Counter)
    ended: Counter[Group] = field(default_factory=Counter)
    suppressed: list[tuple[str, Suppression]] = field(default_factory=list)
    released: list[tuple[str, Suppression]] = field(default_factory=list)

    def note(self, address: str, old: Sequence[Suppression], new: Sequence[Suppression], now: datetime) -> None:
        """Adds what an address is suppressed for now, and would be."""
        if not old and not new:
            return
        before, after = (
            {(item.scope, item.cause): item for item in items if item.in_force(now)} for items in (old, new)
        )
        for key in after.keys() - before.keys():
            self._add(address, after[key], self.began, self.suppressed)
        for key in before.keys() - after.keys():
            self._add(address, before[key], self.ended, self.released)

    def add(self, other: Difference) -> None:
        """Adds what would change of other addresses."""
        self.addresses += other.addresses
        self.events += other.events
        self.began += other.began
        self.ended += other.ended
        self.suppressed = sorted((*self.suppressed, *other.suppressed), key=itemgetter(0))[: self.named]
        self.released = sorted((*self.released, *other.released), key=itemgetter(0))[: self.named]

    def _add(
        self, address: str, suppression: Suppression, counts: Counter[Group], named: list[tuple[str, Suppression]]
    ) -> None:
        counts[provider(address), suppression.class_ or suppression.cause, suppression.reason] += 1
        if len(named) < self.named:
            named.append((address, suppression))


def every_address(db: Database) -> Iterator[str]:
    """The addresses that the ledger knows."""
    sql = f"SELECT address FROM ({KNOWN_ADDRESSES}) WHERE address <> ''"  # noqa: S608
    return (address for (address,) in db.execute(sql))


def addresses(db: Database) -> int:
    """How many addresses the ledger knows."""
    sql = f"SELECT count(*) FROM ({KNOWN_ADDRESSES}) WHERE address <> ''"  # noqa: S608
    [(number,)] = db.execute(sql).fetchall()
    return int(number)


@contextmanager
def hurried(db: Database) -> Iterator[None]:
    """Keeps more of the file in memory, and seldom looks for objects that refer to each other: histories have none."""
    db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    before = gc.get_threshold()
    gc.set_threshold(OBJECTS_LIMIT)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def difference(
    db: Database,
    keys: Iterable[str],
    rule: Policy,
    now: datetime,
    *,
    undone: Collection[int] = (),
    verdicts: Verdicts | None = None,
    named: int = NAMED_LIMIT,
) -> Difference:
    """What ``rule`` would change for the addresses ``keys``: without the failures ``undone``, by these ``verdicts``.

    What has lapsed by ``now`` is none. It names ``named`` addresses.
    """
    result, remaining = Difference(old_events.whole_since(db), named=named), iter(keys)
    while some := list(islice(remaining, ADDRESSES_LIMIT)):
        about = history.about(db, some, rule, states.EVENTS_MIN, changed := _changed(undone, verdicts, some))
        old = history.suppressions_of(db, (known.address for known in about.values() if known.has_suppressions))
        for address, new in _judged(db, about, rule, changed, result):
            result.note(address, old.get(address, ()), new, now)
    return result


def _judged(
    db: Database, about: Mapping[str, About], rule: Policy, changed: Changed | None, result: Difference
) -> Iterator[tuple[str, Sequence[Suppression]]]:
    """The suppressions that the history of each address comes to."""
    for address, known in about.items():
        fold = Fold(address, rule)
        short = None if known.has_decisions else known.short
        steps = map(fold.step, history.entries(db, address, rule, changed=changed) if short is None else short)
        result.events += sum(1 for _ in steps)
        result.addresses += 1
        yield address, fold.suppressions()


def _changed(undone: Collection[int], verdicts: Verdicts | None, addresses: Sequence[str]) -> Changed | None:
    """What makes other entries of the failures of ``addresses``; ``None`` when nothing does."""
    others = verdicts(addresses) if verdicts else {}

    def changed(entry: Entry) -> Entry:
        if entry.what != "failed":
            return entry
        if entry.id in undone:
            return entry._replace(held="undone", accepted=False, excused=entry.excused or not entry.held)
        verdict = others.get(entry.id)
        return entry._replace(class_=verdict.class_, reason=verdict.reason) if verdict else entry

    return changed if undone or others else None
