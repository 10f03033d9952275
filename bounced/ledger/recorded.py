"""Under which fingerprint the ledger has a message, or will have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlite_utils import Database

from bounced.ledger.fingerprint import earlier, fingerprint
from bounced.ledger.transactions import Transactions

LAST_EARLIER = "SELECT value FROM meta WHERE name = 'earlier_fingerprints'"

#: Octets of a fingerprint that are stored: so many that no two messages have the same.
KEY_OCTETS = 16

#: Fingerprints in one statement.
ASKED_LIMIT = 500

RECORDED = "SELECT fingerprint, id, recognized FROM message_rows WHERE fingerprint IN ({})"


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
            recorded = {before for before, (id_, _) in messages(self._transactions.db, old) if id_ <= last}
        return [before if before in recorded else now for before, now in zip(old, new, strict=True)]

    def _last_earlier(self) -> int:
        """The number of the last message that was recorded before, 0 when there is none."""
        with self._transactions.reading():
            row = self._transactions.db.execute(LAST_EARLIER).fetchone()
            return int(row[0]) if row else 0


def key(fingerprint: str) -> bytes:
    """What is stored of a fingerprint: its last octets."""
    return bytes.fromhex(fingerprint[-2 * KEY_OCTETS :])


def messages(db: Database, fingerprints: Sequence[str]) -> Iterator[tuple[str, tuple[int, bool]]]:
    """Those of ``fingerprints`` that are in the ledger, each with the id of its message, and whether it is recognized.

    Call inside a transaction.
    """
    for start in range(0, len(fingerprints), ASKED_LIMIT):
        keys = {key(fingerprint): fingerprint for fingerprint in fingerprints[start : start + ASKED_LIMIT]}
        sql = RECORDED.format(", ".join("?" * len(keys)))
        for stored, id_, recognized in db.conn.execute(sql, list(keys)):
            yield keys[stored], (id_, bool(recognized))
