"""How many addresses the reports about one message of ours name; those that are verified are left out.

To be called inside a transaction of the ledger. What it keeps is derived from events and attributions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlite_utils import Database

NAMED = "INSERT INTO named (message_id, address) VALUES (?, ?) ON CONFLICT DO NOTHING"

ONE_MORE = """
INSERT INTO originals (message_id, addresses) VALUES (?, 1)
ON CONFLICT (message_id) DO UPDATE SET addresses = addresses + 1 RETURNING addresses
"""


def note(db: Database, named: Iterable[tuple[str, str]], most: int) -> Iterator[str]:
    """Notes which message (its Message-ID) a report about which address names, and yields whom to judge again.

    These are all that were named with a message when it comes to name more than ``most`` addresses.
    """
    for message_id, address in named:
        if message_id and address and db.execute(NAMED, [message_id, address]).rowcount:
            [(addresses,)] = db.execute(ONE_MORE, [message_id])
            if addresses == most + 1:
                yield from _addresses(db, message_id)


def _addresses(db: Database, message_id: str) -> Iterator[str]:
    for (address,) in db.execute("SELECT address FROM named WHERE message_id = ?", [message_id]).fetchall():
        yield address
