"""Lists of other programs, taken into the ledger: each entry is a decision with the date and the name of its list.

1. An entry that the ledger has is taken no second time: of the same list, about the same address, scope and cause, of
   the same date, or without a date. So what was released after that date stays released, however often it is imported.
2. An address that was erased and stays suppressed is known: a list does not bring it back.
3. Nothing is dated into the future: such a date is none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from bounced import times
from bounced.ledger import erased
from bounced.ledger.suppressions import NOTHING, Folded
from bounced.ledger.transactions import Transactions
from bounced.lists.entry import Entry

#: Entries of one transaction.
CHUNK_ENTRIES = 2000

KNOWN = """
SELECT address, scope, cause, origin, decided_at, recorded_at
FROM json_each(?) AS asked CROSS JOIN decisions ON address = asked.value WHERE origin <> ''
"""

INSERT = """
INSERT INTO decisions (decided_at, address, what, scope, why, cause, class, reason, origin, recorded_at)
VALUES (?, ?, 'suppress', ?, ?, ?, ?, ?, ?, ?)
"""

#: What two entries have in common that are one.
Identity = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Taken:
    """How many entries were new and how many known, and which suppressions began or ended because of them."""

    new: int = 0
    known: int = 0
    folded: Folded = NOTHING


class Lists:
    """Takes entries of lists; ``judge`` and ``judge_rest`` as in bounced.ledger.decisions."""

    def __init__(
        self, transactions: Transactions, judge: Callable[[Iterable[str]], Folded], judge_rest: Callable[[], Folded]
    ) -> None:
        self._transactions = transactions
        self._judge = judge
        self._judge_rest = judge_rest

    def take(self, entries: Sequence[Entry]) -> Taken:
        """Takes ``entries``, CHUNK_ENTRIES at most, in one transaction, and judges their addresses.

        Of a tenant these are as bounced.address.of_tenant has them.
        """
        now, db = self._transactions.clock(), self._transactions.db
        with self._transactions.writing():
            new = unknown(db, entries, now)
            db.conn.executemany(INSERT, [_row(entry, now) for entry in new])
            folded = self._judge(dict.fromkeys(entry.address for entry in new))
        return Taken(len(new), len(entries) - len(new), folded + self._judge_rest())


class DryRun:
    """Counts what is new of a list without taking it. ``db`` is read-only; SQLite keeps what was seen."""

    def __init__(self, db: Database, now: datetime) -> None:
        self._db = db
        self._now = now
        db.conn.execute("CREATE TEMP TABLE seen (entry TEXT PRIMARY KEY) WITHOUT ROWID")

    def count(self, entries: Sequence[Entry]) -> int:
        """How many of ``entries`` are new, and were not counted before."""
        new = [[json.dumps(_identity(entry, self._now))] for entry in unknown(self._db, entries, self._now)]
        return self._db.conn.executemany("INSERT INTO temp.seen VALUES (?) ON CONFLICT DO NOTHING", new).rowcount


def unknown(db: Database, entries: Sequence[Entry], now: datetime) -> list[Entry]:
    """Those of ``entries`` that the ledger does not have, each once."""
    addresses = json.dumps(list(dict.fromkeys(entry.address for entry in entries)))
    known: set[Identity] = set()
    for *about, decided_at, recorded_at in db.conn.execute(KNOWN, [addresses]):
        known.update(((*about, decided_at), (*about, "")) if decided_at == recorded_at else ((*about, decided_at),))
    new = []
    gone = erased.standing(db.conn, dict.fromkeys(entry.address for entry in entries))
    for entry in (entry for entry in entries if entry.address not in gone):
        identity = _identity(entry, now)
        if identity not in known:
            new.append(entry)
            known.add(identity)
    return new


def _identity(entry: Entry, now: datetime) -> Identity:
    return entry.address, entry.scope, entry.cause, entry.origin, _date(entry, now)


def _date(entry: Entry, now: datetime) -> str:
    """The date in the list, ``""`` without one."""
    return times.iso(entry.at) if entry.at and entry.at <= now else ""


def _row(entry: Entry, now: datetime) -> tuple[str, ...]:
    decided_at = _date(entry, now) or times.iso(now)
    about = (entry.address, entry.scope, entry.detail, entry.cause, entry.class_, entry.reason, entry.origin)
    return (decided_at, *about, times.iso(now))
