"""Counts the addresses that reports about one of our messages name, except verified reports.

Call inside a transaction of the ledger. The two tables are derived from events and attributions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlite_utils import Database

ADD_ADDRESS = "INSERT INTO named (message_id, address) VALUES (?, ?) ON CONFLICT DO NOTHING"

COUNT_ADDRESS = """
INSERT INTO originals (message_id, addresses) VALUES (?, 1)
ON CONFLICT (message_id) DO UPDATE SET addresses = addresses + 1 RETURNING addresses
"""


def note(db: Database, named: Iterable[tuple[str, str]], limit: int) -> Iterator[str]:
    """Counts ``named`` (Message-ID and address of each report), and yields the addresses to judge again.

    These are all addresses named with a message as soon as there are more than ``limit``.
    """
    for message_id, address in named:
        if message_id and address and db.execute(ADD_ADDRESS, [message_id, address]).rowcount:
            [(addresses,)] = db.execute(COUNT_ADDRESS, [message_id])
            if addresses == limit + 1:
                yield from _addresses(db, message_id)


def _addresses(db: Database, message_id: str) -> Iterator[str]:
    for (address,) in db.execute("SELECT address FROM named WHERE message_id = ?", [message_id]).fetchall():
        yield address
