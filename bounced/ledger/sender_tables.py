"""What the sender's own tables, ``sends`` and ``recipients``, tell. A table without rows is not asked.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

from sqlite_utils import Database

from bounced.address import by_tenant
from bounced.sent.tenants import ranges

#: More messages than this to one address are not told apart.
SENT_LIMIT = 1000

#: The address, campaign, stream and sending domain of a message that was sent, and when: "" if that is not known.
Sent = tuple[str, str, str, str, str]

ARE_EMPTY = "SELECT NOT EXISTS (SELECT 1 FROM sends), NOT EXISTS (SELECT 1 FROM recipients)"

#: Of a message that was sent again later than ``until``: when it was sent for the last time before.
SENT_AT = """
iif(unixepoch(sent_at) > unixepoch(:until), coalesce((
    SELECT strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch')
    FROM texts JOIN deliveries ON deliveries.address = texts.id
    WHERE text = sends.address AND at <= unixepoch(:until) AND kind = 'sent' AND message_id = sends.message_id
    ORDER BY at DESC LIMIT 1
), ''), sent_at)
"""

OF_MESSAGE = f"SELECT address, campaign, stream, sending_domain, {SENT_AT} FROM sends WHERE message_id = :id"  # noqa: S608

#: Two are enough to know that it went to many.
SENT = f"{OF_MESSAGE} LIMIT 2"

OF_TENANT = f"{OF_MESSAGE} AND address >= :first AND address < :end LIMIT 2"

SENT_TO = f"{OF_MESSAGE} AND address = :address"

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

    def sent(self, message_id: str, tenant: str, until: str, *, others: bool) -> list[Sent]:
        """One row of the message, or two when it went to several, as sent by ``until``: those of ``tenant``.

        Where it has none they are anybody's, if ``others`` may be named.
        """
        asked = {"id": message_id, "until": until}
        rows: list[Sent] = [] if self._has_no_sends else self._db.conn.execute(SENT, asked).fetchall()
        if all(by_tenant(row[0])[0] == tenant for row in rows):
            return rows
        return self._of_tenant(asked, tenant) or (rows if others else [])

    def _of_tenant(self, asked: dict[str, str], tenant: str) -> list[Sent]:
        bounds = ({"first": first, "end": end} for first, end in ranges(tenant))
        rows = (self._db.conn.execute(OF_TENANT, {**asked, **bound}).fetchall() for bound in bounds)
        return [row for several in rows for row in several][:2]

    def sent_to(self, message_id: str, address: str, until: str) -> Sent | None:
        """The row of the message to ``address``, as sent by ``until``; ``None`` when it did not go there."""
        if self._has_no_sends:
            return None
        asked = {"id": message_id, "address": address, "until": until}
        row: Sent | None = self._db.conn.execute(SENT_TO, asked).fetchone()
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
