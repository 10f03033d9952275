"""Events that a person looked at, and that count from then on. To be called inside a transaction of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlite_utils import Database

from bounced.errors import UserError

WHOM = """
SELECT coalesce(attributions.address, events.address) FROM events
LEFT JOIN attributions ON attributions.event = events.id WHERE events.id = ?
"""

ACCEPT = "INSERT INTO accepted (event, decided_at, why) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


def accept(db: Database, numbers: Iterable[int], decided_at: str, why: str) -> Iterator[str]:
    """Accepts events, as `bounced explain` numbers them, and yields whom to judge again.

    Raises UserError for a number that no event has. What was accepted already stays as it is.
    """
    for number in numbers:
        found = db.execute(WHOM, [number]).fetchone()
        if found is None:
            raise UserError(
                f"{number}: there is no event of that number; `bounced explain` and `bounced held` show them"
            )
        if db.execute(ACCEPT, [number, decided_at, why]).rowcount:
            yield found[0]
