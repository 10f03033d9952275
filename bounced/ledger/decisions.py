"""What people decide: addresses that are suppressed or released, and held events that count from then on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from sqlite_utils import Database

from bounced.errors import UserError
from bounced.ledger import database
from bounced.ledger.suppressions import Folded
from bounced.ledger.transactions import Transactions
from bounced.model import Cause, Decision, Scope

ADDRESS = """
SELECT coalesce(attributions.address, events.address) FROM events
LEFT JOIN attributions ON attributions.event = events.id WHERE events.id = ?
"""

ACCEPT = "INSERT INTO accepted (event, decided_at, why) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


class Decisions:
    """Every method raises LedgerError when the file can't be used.

    ``judge`` judges addresses in a transaction, and ``judge_rest`` in others those for which it had no time.
    """

    def __init__(
        self, transactions: Transactions, judge: Callable[[Iterable[str]], Folded], judge_rest: Callable[[], Folded]
    ) -> None:
        self._transactions = transactions
        self._judge = judge
        self._judge_rest = judge_rest

    def decide(
        self, addresses: Iterable[str], decision: Decision, scope: Scope, why: str, cause: Cause | Literal[""] = ""
    ) -> Folded:
        """Records a decision about ``addresses`` (normalized). ``""`` releases every scope, and whatever the cause."""
        decided_at = self._transactions.now()
        decided = list(addresses)
        with self._transactions.writing():
            for address in decided:
                what = {"address": address, "what": decision, "scope": scope, "cause": cause, "why": why}
                database.insert(self._transactions.db, "decisions", {"decided_at": decided_at, **what})
            folded = self._judge(decided)
        return folded + self._judge_rest()

    def accept(self, numbers: Iterable[int], why: str) -> Folded:
        """Counts held events, by the numbers that `bounced explain` shows. Raises UserError for unknown numbers."""
        decided_at = self._transactions.now()
        with self._transactions.writing():
            folded = self._judge(list(_accepted(self._transactions.db, numbers, decided_at, why)))
        return folded + self._judge_rest()


def _accepted(db: Database, numbers: Iterable[int], decided_at: str, why: str) -> Iterator[str]:
    """Accepts events and yields the addresses to judge again. An event that is accepted already stays as it is."""
    for number in numbers:
        row = db.execute(ADDRESS, [number]).fetchone()
        if row is None:
            raise UserError(f"{number}: no event has this number; see `bounced explain` and `bounced held`")
        if db.execute(ACCEPT, [number, decided_at, why]).rowcount:
            yield row[0]
