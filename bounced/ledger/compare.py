"""What other numbers, other verdicts or failures taken back would make of the suppressions. Read-only.

Histories that are short are read together, as they are judged; so a million events take less than a minute.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlite_utils import Database

from bounced.ledger import history, states
from bounced.ledger.suppressions import ADDRESSES_LIMIT, KNOWN_ADDRESSES
from bounced.model import Verdict
from bounced.policy import Entry, Fold, Policy, Suppression

#: Addresses that are named, of those that would be suppressed and of those that would be released.
NAMED_LIMIT = 1000

Verdicts = Mapping[int, Verdict]

#: A provider, and the reason and the class, or the cause, of a suppression.
Group = tuple[str, str, str]


@dataclass(slots=True)
class Difference:
    """How many suppressions would begin and end, by provider and reason; the first addresses, in order."""

    addresses: int = 0
    events: int = 0
    named: int | None = NAMED_LIMIT
    began: Counter[Group] = field(default_factory=Counter)
    ended: Counter[Group] = field(default_factory=Counter)
    suppressed: list[tuple[str, Suppression]] = field(default_factory=list)
    released: list[tuple[str, Suppression]] = field(default_factory=list)

    def note(self, address: str, old: Sequence[Suppression], new: Sequence[Suppression]) -> None:
        """Adds what an address is suppressed for now, and would be."""
        before, after = ({(item.scope, item.cause): item for item in items} for items in (old, new))
        for key in after.keys() - before.keys():
            self._add(address, after[key], self.began, self.suppressed)
        for key in before.keys() - after.keys():
            self._add(address, before[key], self.ended, self.released)

    def _add(
        self, address: str, suppression: Suppression, counts: Counter[Group], named: list[tuple[str, Suppression]]
    ) -> None:
        counts[address.rpartition("@")[2], suppression.class_ or suppression.cause, suppression.reason] += 1
        if self.named is None or len(named) < self.named:
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


def difference(
    db: Database,
    keys: Iterable[str],
    rule: Policy,
    *,
    undone: Collection[int] = (),
    verdicts: Verdicts | None = None,
    named: int | None = NAMED_LIMIT,
    in_force: datetime | None = None,
    step: Callable[[int], None] = lambda _: None,
) -> Difference:
    """What ``rule`` would change for the addresses ``keys``: without the failures ``undone``, by these ``verdicts``.

    It names ``named`` addresses (``None``: all); ``in_force``: those that are suppressed at that time, else also those
    whose suppression has ended. ``step`` is called with the number of addresses that are done since.
    """
    result, remaining = Difference(named=named), iter(keys)
    changed = _changed(undone, verdicts or {})
    while some := list(islice(remaining, ADDRESSES_LIMIT)):
        for address, new in _folded(db, some, rule, changed, result):
            result.note(address, *(_at(items, in_force) for items in (new.old, new.suppressions)))
        step(len(some))
    return result


def _at(suppressions: Sequence[Suppression], time: datetime | None) -> list[Suppression]:
    """Those that are in force at ``time``, all without one."""
    return [item for item in suppressions if time is None or item.in_force(time)]


@dataclass(frozen=True, slots=True)
class _Folded:
    old: Sequence[Suppression]
    suppressions: Sequence[Suppression]


def _folded(
    db: Database, keys: list[str], rule: Policy, changed: Callable[[Entry], Entry], result: Difference
) -> Iterator[tuple[str, _Folded]]:
    about = history.about(db, keys, rule, states.EVENTS_MIN)
    for address in keys:
        known = about[address]
        is_short = known.short is not None and not known.has_decisions
        entries = known.short if is_short and known.short is not None else history.entries(db, address, rule)
        fold = Fold(address, rule)
        for entry in entries:
            fold.step(changed(entry))
            result.events += 1
        result.addresses += 1
        old = history.suppressions(db, address) if known.has_suppressions else []
        yield address, _Folded(old, fold.suppressions())


def _changed(undone: Collection[int], verdicts: Verdicts) -> Callable[[Entry], Entry]:
    def changed(entry: Entry) -> Entry:
        if entry.what != "failed":
            return entry
        if entry.id in undone:
            return dataclasses.replace(entry, held="undone", accepted=False)
        verdict = verdicts.get(entry.id)
        return dataclasses.replace(entry, class_=verdict.class_, reason=verdict.reason) if verdict else entry

    return changed if undone or verdicts else lambda entry: entry
