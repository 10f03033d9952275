"""What people decide: addresses that are suppressed or released, and held events that count from then on."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

from sqlite_utils import Database

from bounced.errors import UserError
from bounced.ledger import database, erased, in_force, suppressions
from bounced.ledger.suppressions import Folded
from bounced.ledger.transactions import Transactions
from bounced.model import Cause, Decision, Scope
from bounced.policy import Policy
from bounced.sent.attributed import latest

ADDRESS = f"SELECT {latest('address')} FROM events WHERE events.id = ?"  # noqa: S608

#: What holds already of a decision: why it was made.
IN_FORCE = {
    "suppress": "SELECT detail FROM suppressions WHERE address = :address AND scope = :scope AND cause = 'manual'",
    "allow": "SELECT detail FROM tenant_allowed WHERE key = :address",
    "disallow": "SELECT '' WHERE NOT EXISTS (SELECT 1 FROM tenant_allowed WHERE key = :address)",
}

ACCEPT = "INSERT INTO accepted (event, decided_at, why) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"

UNDONE = "SELECT undo FROM undone WHERE event = ? ORDER BY undo LIMIT 1"


class Decisions:
    """Every method raises LedgerError when the file can't be used.

    ``judge`` judges addresses in a transaction, and ``judge_rest`` in others those for which it had no time.
    """

    def __init__(
        self,
        transactions: Transactions,
        judge: Callable[[Iterable[str]], Folded],
        judge_rest: Callable[[], Folded],
        policy: Callable[[], Policy],
    ) -> None:
        self._transactions = transactions
        self._judge = judge
        self._judge_rest = judge_rest
        self._policy = policy

    def decide(
        self, addresses: Iterable[str], decision: Decision, scope: Scope, why: str, cause: Cause | Literal[""] = ""
    ) -> Folded:
        """Records a decision about ``addresses`` or patterns (keys, each of its tenant), unless it is in force already.

        ``""`` releases every scope, and whatever the cause. What is decided about an address that was erased and stays
        suppressed is decided about the entry that was kept of it.
        """
        decided_at, db = self._transactions.now(), self._transactions.db
        what = {"what": decision, "scope": scope, "cause": cause, "why": why}
        with self._transactions.writing():
            asked = dict.fromkeys(addresses)
            entries = erased.standing(db.conn, asked)
            named = [name for address in asked for name in entries.get(address, (address,))]
            decided = [address for address in dict.fromkeys(named) if not _is_in_force(db, address, what)]
            for address in decided:
                database.insert(db, "decisions", {"decided_at": decided_at, "address": address, **what})
            if decision in ("allow", "disallow"):
                suppressions.mark_covered(db, decided, self._policy())
            folded = self._judge(decided)
        return _as_asked(folded, entries) + self._judge_rest()

    def allowed(self, addresses: Iterable[str]) -> set[str]:
        """Those of ``addresses`` or patterns that are on the allow list themselves."""
        with self._transactions.reading():
            return {row[0] for row in self._transactions.db.execute(in_force.ALLOWED, [json.dumps(list(addresses))])}

    def accept(self, numbers: Iterable[int], why: str) -> Folded:
        """Counts held events, by the numbers that `bounced explain` shows. Raises UserError for unknown numbers."""
        decided_at = self._transactions.now()
        with self._transactions.writing():
            folded = self._judge(list(_accepted(self._transactions.db, numbers, decided_at, why)))
        return folded + self._judge_rest()


def _as_asked(folded: Folded, entries: Mapping[str, Collection[str]]) -> Folded:
    """``folded`` with the addresses themselves instead of ``entries``."""
    addresses = {entry: address for address, several in entries.items() for entry in several}
    started, ended = (
        tuple({(addresses.get(address, address), change): None for address, change in changes})
        for changes in (folded.started, folded.ended)
    )
    return replace(folded, started=started, ended=ended)


def _is_in_force(db: Database, address: str, what: Mapping[str, str]) -> bool:
    """True when the same was decided before and holds, and there is no other reason for it now."""
    if what["what"] not in IN_FORCE:
        return False
    row = db.execute(IN_FORCE[what["what"]], {"address": address, **what}).fetchone()
    return row is not None and what["why"] in ("", row[0])


def _accepted(db: Database, numbers: Iterable[int], decided_at: str, why: str) -> Iterator[str]:
    """Accepts events and yields the addresses to judge again. An event that is accepted already stays as it is."""
    for number in numbers:
        row = db.execute(ADDRESS, [number]).fetchone()
        if row is None:
            raise UserError(f"{number}: no event has this number; see `bounced explain` and `bounced held`")
        if undo := db.execute(UNDONE, [number]).fetchone():
            raise UserError(f"{number}: is undone by decision {undo[0]}; `bounced redo {undo[0]}` counts it again")
        if db.execute(ACCEPT, [number, decided_at, why]).rowcount:
            yield row[0]
