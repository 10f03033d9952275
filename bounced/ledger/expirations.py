"""When certificates of servers and secrets end on which logins depend, as it was learned at the last login."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlite_utils import Database

from bounced import times
from bounced.ledger.transactions import Transactions
from bounced.model import Expiration

OF_SOURCE = "SELECT kind, name, ends_at FROM expirations WHERE source = ?"
FORGET = "DELETE FROM expirations WHERE source = ?"
NOTE = "INSERT INTO expirations (source, kind, name, ends_at) VALUES (?, ?, ?, ?)"


class Expirations:
    """Every method raises LedgerError when the file can't be used."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def note(self, source: str, expirations: Iterable[Expiration]) -> None:
        """Notes all that is known of ``source`` (imap:NAME, or a table of the configuration); most often it is."""
        rows = {(kind, name, times.iso(ends_at)) for kind, name, ends_at in expirations}
        db = self._transactions.db
        with self._transactions.reading():
            is_known = rows == set(db.execute(OF_SOURCE, [source]).fetchall())
        if is_known:
            return
        with self._transactions.writing():
            db.execute(FORGET, [source])
            for row in rows:
                db.execute(NOTE, [source, *row])


def noted(db: Database) -> list[dict[str, Any]]:
    """All that is known, of whatever is or was configured."""
    return list(db.query("SELECT source, kind, name, ends_at FROM expirations ORDER BY source, kind, name"))
