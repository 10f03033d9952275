"""Under which fingerprint the ledger has a message, or will have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlite_utils import Database

from bounced.ledger.fingerprint import earlier, fingerprint
from bounced.ledger.transactions import Transactions

LAST_EARLIER = "SELECT value FROM meta WHERE name = 'earlier_fingerprints'"
#: No row has a higher number.
LAST_ROW = 2**63 - 1

RECORDED = "SELECT 1 FROM message_rows WHERE fingerprint = ? AND id <= ?"


class Fingerprints:
    """A message that was recorded before migration m007 keeps the fingerprint that it has; every other has a new one.

    Raises LedgerError.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def of(self, contents: Sequence[bytes]) -> list[str]:
        """The fingerprints of messages, in their order."""
        new = [fingerprint(content) for content in contents]
        last = self._last_earlier() if contents else 0
        if not last:
            return new
        old = [earlier(content) for content in contents]
        with self._transactions.reading():
            recorded = set(known(self._transactions.db, old, last))
        return [before if before in recorded else now for before, now in zip(old, new, strict=True)]

    def _last_earlier(self) -> int:
        """The number of the last message that was recorded before, 0 when there is none."""
        with self._transactions.reading():
            row = self._transactions.db.execute(LAST_EARLIER).fetchone()
            return int(row[0]) if row else 0


def known(db: Database, fingerprints: Iterable[str], last: int = LAST_ROW) -> Iterator[str]:
    """Those of ``fingerprints`` under which a message up to number ``last`` is recorded."""
    for asked in fingerprints:
        if db.execute(RECORDED, [bytes.fromhex(asked), last]).fetchone():
            yield asked
