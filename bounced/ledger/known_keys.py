"""The DKIM keys that the DNS has had, in the table ``dkim_keys``: after a restart they are known at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from bounced import times
from bounced.ledger.transactions import Transactions
from bounced.model import KnownKey

LOAD = "SELECT name, record, known_until FROM dkim_keys ORDER BY name"
STORE = "INSERT INTO dkim_keys (name, record, known_until) VALUES (?, ?, ?)"


class KnownKeys:
    """Methods raise LedgerError when the file can't be used."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def load(self) -> list[KnownKey]:
        """The keys that are still to be known."""
        now = self._transactions.clock()
        with self._transactions.reading():
            rows = self._transactions.db.execute(LOAD).fetchall()
        keys = (KnownKey(name, record, (times.parse(until) - now).total_seconds()) for name, record, until in rows)
        return [key for key in keys if key.seconds > 0]

    def keep(self, keys: Iterable[KnownKey]) -> None:
        """Replaces all of them."""
        now = self._transactions.clock()
        rows = [(key.name, key.record, times.iso(now + timedelta(seconds=key.seconds))) for key in keys]
        with self._transactions.writing():
            self._transactions.db.execute("DELETE FROM dkim_keys")
            self._transactions.db.conn.executemany(STORE, rows)
