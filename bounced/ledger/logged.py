"""How far the log has come in the outbox: which changes have their line."""

from __future__ import annotations

from bounced.ledger.sinks import NEXT, Notice, notices
from bounced.ledger.transactions import Transactions

POSITION = "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'suppressions_logged'), 0)"
NOTE = f"REPLACE INTO meta (name, value) VALUES ('suppressions_logged', max(?, ({POSITION})))"  # noqa: S608


class Logged:
    """Every method raises LedgerError when the file can't be used."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def next(self, limit: int) -> list[Notice]:
        """The first changes, ``limit`` at most, that are not noted as logged."""
        with self._transactions.reading():
            [(position,)] = self._transactions.db.execute(POSITION).fetchall()
            return notices(self._transactions.db, NEXT, [position, limit])

    def note(self, position: int) -> None:
        """Notes that every change up to ``position`` is logged."""
        with self._transactions.writing():
            self._transactions.db.execute(NOTE, [position])
