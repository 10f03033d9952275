"""Under which fingerprint the ledger has a message, or will have it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bounced.ledger.fingerprint import earlier, fingerprint
from bounced.ledger.transactions import Transactions

LAST_EARLIER = "SELECT value FROM meta WHERE name = 'earlier_fingerprints'"
RECORDED_EARLIER = """
SELECT fingerprint FROM messages WHERE fingerprint IN (SELECT value FROM json_each(?)) AND id <= ?
"""


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
            rows = self._transactions.db.execute(RECORDED_EARLIER, [json.dumps(old), last])
            recorded = {found for (found,) in rows}
        return [before if before in recorded else now for before, now in zip(old, new, strict=True)]

    def _last_earlier(self) -> int:
        """The number of the last message that was recorded before, 0 when there is none."""
        with self._transactions.reading():
            row = self._transactions.db.execute(LAST_EARLIER).fetchone()
            return int(row[0]) if row else 0
