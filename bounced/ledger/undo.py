"""Takes failures back by what happened: an outage, a listing, a campaign that never should have been sent.

1. What is taken back counts for nothing, in suppressions and in rates, as what is held; accepted or not.
2. It stays in the history. Its opposite, ``redo``, has it count again as if nothing had been decided.
3. Failures that are recorded later are not part of it: what was shown before is what is taken back.

Every method raises LedgerError when the file can't be used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlite_utils import Database

from bounced.errors import UserError
from bounced.ledger import compare, filters
from bounced.ledger.compare import Difference
from bounced.ledger.filters import Filter
from bounced.ledger.suppressions import Folded
from bounced.ledger.transactions import Transactions
from bounced.policy import Policy
from bounced.sent.attributed import latest

DECIDE = "INSERT INTO undos (decided_at, filter, why) VALUES (?, ?, ?) RETURNING id"

TAKE_BACK = "INSERT INTO undone (event, undo) VALUES (?, ?)"

#: Those that no other decision takes back.
RETURNING = f"""
SELECT undone.event, {latest("address")} FROM undone JOIN events ON events.id = undone.event WHERE undo = ?
"""  # noqa: S608

REDONE = "UPDATE undos SET redone_at = ? WHERE id = ? AND redone_at IS NULL"

#: Rates count these anew.
STALE = "INSERT INTO stale VALUES (?, 1) ON CONFLICT DO UPDATE SET removed = 1"


def preview(db: Database, filter_: Filter, rule: Policy, now: datetime) -> tuple[int, Difference]:
    """How many failures would be taken back that are not yet, and what that would change."""
    undone = {event for (event,) in db.execute("SELECT event FROM undone")}
    chosen = [(event, address) for event, address in filters.events(db, filter_) if event not in undone]
    events = frozenset(event for event, _ in chosen)
    addresses = sorted({address for _, address in chosen if address})
    return len(events), compare.difference(db, addresses, rule, now, undone=events)


class Undo:
    """``judge`` judges addresses in a transaction, and ``judge_rest`` in others those for which it had no time."""

    def __init__(
        self, transactions: Transactions, judge: Callable[[Iterable[str]], Folded], judge_rest: Callable[[], Folded]
    ) -> None:
        self._transactions = transactions
        self._judge = judge
        self._judge_rest = judge_rest

    def undo(self, filter_: Filter, why: str) -> tuple[int, Folded]:
        """Takes back what ``filter_`` selects; returns the number of the decision, and what it changed."""
        with self._transactions.writing():
            db = self._transactions.db
            [(number,)] = db.execute(DECIDE, [self._transactions.now(), filter_.as_json(), why]).fetchall()
            chosen = filters.events(db, filter_)
            db.conn.executemany(TAKE_BACK, [(event, number) for event, _ in chosen])
            folded = self._follow(db, chosen)
        return int(number), folded + self._judge_rest()

    def redo(self, number: int) -> Folded:
        """Counts again what the decision with that number took back. Raises UserError when there is none in force."""
        with self._transactions.writing():
            db = self._transactions.db
            if not db.execute(REDONE, [self._transactions.now(), number]).rowcount:
                raise UserError(f"{number}: no decision in force has this number; see `bounced undo --list`")
            returning = db.execute(RETURNING, [number]).fetchall()
            db.execute("DELETE FROM undone WHERE undo = ?", [number])
            folded = self._follow(db, returning)
        return folded + self._judge_rest()

    def _follow(self, db: Database, chosen: Iterable[tuple[int, str]]) -> Folded:
        events = list(chosen)
        db.conn.executemany(STALE, [(event,) for event, _ in events])
        return self._judge(sorted({address for _, address in events}))
