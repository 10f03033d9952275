"""The messages that name an address, as far as the ledger knows: those about it, and unrecognized ones that are kept.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from bounced import times
from bounced.ledger import scrubbing
from bounced.ledger.spellings import Spellings

#: A message on a server: its mailbox, UIDVALIDITY and UID.
Place = tuple[str, int, int]

ABOUT = """
SELECT DISTINCT message FROM event_rows WHERE id IN (
    SELECT id FROM event_rows WHERE address IN (SELECT id FROM texts WHERE text IN (SELECT value FROM json_each(?1)))
    UNION SELECT event FROM attribution_rows
    WHERE address IN (SELECT id FROM texts WHERE text IN (SELECT value FROM json_each(?1)))
)
"""

#: An event that named nobody is about somebody else, unless it was attributed.
MESSAGES = """
SELECT id, fingerprint, arrived_at, recorded_at, NOT recognized OR events_dropped > 0 OR EXISTS (
    SELECT 1 FROM event_rows LEFT JOIN attribution_rows ON event = event_rows.id
    JOIN texts ON texts.id = coalesce(attribution_rows.address, event_rows.address)
    WHERE message = message_rows.id AND text NOT IN (SELECT value FROM json_each(:addresses))
) FROM message_rows WHERE id IN (SELECT value FROM json_each(:messages)) ORDER BY id
"""

PLACES = "SELECT mailbox, uidvalidity, uid FROM places WHERE message = ? ORDER BY 1, 2, 3"


@dataclass(frozen=True, slots=True)
class NamedMessage:
    """``key`` is stored of its fingerprint (bounced.ledger.recorded), and ``places`` are where it was read, in order.

    ``is_shared``: it is about others as well, or nobody knows about whom.
    """

    key: bytes
    places: tuple[Place, ...]
    arrived_at: datetime
    recorded_at: datetime
    is_shared: bool


def named_messages(db: Database, addresses: Sequence[str], spellings: Spellings) -> list[NamedMessage]:
    """Those that are about ``addresses``, and those that are not recognized and have ``spellings`` of the address."""
    about = json.dumps(addresses)
    messages = [message for (message,) in db.execute(ABOUT, [about])]
    return list(_named(db, about, (*messages, *scrubbing.contents(db, spellings))))


def _named(db: Database, addresses: str, messages: Iterable[int]) -> Iterator[NamedMessage]:
    asked = {"addresses": addresses, "messages": json.dumps(list(messages))}
    for id_, key, arrived_at, recorded_at, is_shared in db.execute(MESSAGES, asked).fetchall():
        places = tuple(db.execute(PLACES, [id_]).fetchall())
        dates = times.from_seconds(arrived_at), times.from_seconds(recorded_at)
        yield NamedMessage(key, places, *dates, bool(is_shared))
