"""What the sender's own tables, ``sends`` and ``recipients``, tell. A table without rows is not asked.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

from sqlite_utils import Database

from bounced.address import by_tenant
from bounced.sent.tenants import ranges

#: More messages than this to one address are not told apart.
SENT_LIMIT = 1000

#: The address, campaign, stream and sending domain of a message that was sent, and when.
Sent = tuple[str, str, str, str, str]

ARE_EMPTY = "SELECT NOT EXISTS (SELECT 1 FROM sends), NOT EXISTS (SELECT 1 FROM recipients)"

#: Two are enough to know that it went to many.
SENT = "SELECT address, campaign, stream, sending_domain, sent_at FROM sends WHERE message_id = ? LIMIT 2"

OF_TENANT = SENT.replace("LIMIT", "AND address >= ? AND address < ? LIMIT")

SENT_TO = "SELECT address, campaign, stream, sending_domain, sent_at FROM sends WHERE message_id = ? AND address = ?"

SENT_LATELY = "SELECT 1 FROM sends WHERE address = ? AND sent_at >= ? AND sent_at < ?"

NUMBER = "SELECT count(*) FROM (SELECT 1 FROM sends WHERE address = ? LIMIT ?)"

RECIPIENT = "SELECT address FROM recipients WHERE id = ?"


class SenderTables:
    """The two tables, in a transaction that ``begin`` was called in."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._has_no_sends = self._has_no_recipients = False

    def begin(self) -> None:
        """Looks whether there is anything to ask for."""
        self._has_no_sends, self._has_no_recipients = self._db.conn.execute(ARE_EMPTY).fetchone()

    @property
    def are_empty(self) -> bool:
        """True when they tell nothing."""
        return bool(self._has_no_sends and self._has_no_recipients)

    def sent(self, message_id: str, tenant: str, *, others: bool) -> list[Sent]:
        """One row of the message, or two when it went to several: those of ``tenant``.

        Where it has none they are anybody's, if ``others`` may be named.
        """
        rows: list[Sent] = [] if self._has_no_sends else self._db.conn.execute(SENT, [message_id]).fetchall()
        if all(by_tenant(row[0])[0] == tenant for row in rows):
            return rows
        return self._of_tenant(message_id, tenant) or (rows if others else [])

    def _of_tenant(self, message_id: str, tenant: str) -> list[Sent]:
        rows = (self._db.conn.execute(OF_TENANT, [message_id, *bounds]).fetchall() for bounds in ranges(tenant))
        return [row for several in rows for row in several][:2]

    def sent_to(self, message_id: str, address: str) -> Sent | None:
        """The row of the message to ``address``, ``None`` when it did not go there."""
        if self._has_no_sends:
            return None
        row: Sent | None = self._db.conn.execute(SENT_TO, [message_id, address]).fetchone()
        return row

    def sent_lately(self, address: str, since: str, until: str) -> bool:
        """True when any message went to ``address`` from ``since`` on, and before ``until``."""
        return (
            not self._has_no_sends
            and self._db.conn.execute(SENT_LATELY, [address, since, until]).fetchone() is not None
        )

    def number(self, address: str) -> int:
        """How many messages went to ``address``, SENT_LIMIT at most."""
        if self._has_no_sends:
            return 0
        [number] = self._db.conn.execute(NUMBER, [address, SENT_LIMIT]).fetchone()
        return int(number)

    def recipient(self, recipient_id: str) -> str:
        """The address behind an id, ``""`` when that is not known."""
        row = None if self._has_no_recipients else self._db.conn.execute(RECIPIENT, [recipient_id]).fetchone()
        return row[0] if row else ""
