"""A message that is read again from elsewhere, with an earlier date: it happened then, whichever copy was read first.

Of two dates the one by which it counts earlier is taken (bounced.policy.doubts.dated), so the order of reading makes no
difference. Call inside a transaction of the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlite_utils import Database

from bounced import times
from bounced.ledger.schema.m025_undone import IS_EARLIER
from bounced.model import RawMessage
from bounced.sent.attributed import latest

#: The events of a message that happened earlier by a copy of it, each with whom it charges.
EVENTS = f"""
SELECT OLD.id, {latest("address")}
FROM (SELECT ? AS message, ? AS happened_at, ? AS stored_at) AS NEW
CROSS JOIN event_rows AS OLD ON OLD.message = NEW.message JOIN events ON events.id = OLD.id
WHERE {IS_EARLIER}
"""  # noqa: S608

#: The numbers of those of many copies by which a message or one of its events has an earlier date.
ONLY = f"""
WITH NEW AS MATERIALIZED (
    SELECT key, json_extract(value, '$[0]') AS message, json_extract(value, '$[1]') AS happened_at,
        json_extract(value, '$[2]') AS stored_at
    FROM json_each(?)
)
SELECT key FROM NEW CROSS JOIN message_rows ON message_rows.id = message WHERE arrived_at > happened_at
UNION
SELECT key FROM NEW CROSS JOIN event_rows AS OLD ON OLD.message = NEW.message WHERE {IS_EARLIER}
ORDER BY key
"""  # noqa: S608

EARLIER = "UPDATE event_rows SET happened_at = ?, stored_at = ? WHERE id = ?"

IS_OLDER = "SELECT 1 FROM message_rows WHERE id = ? AND arrived_at > ?"

ARRIVED = "UPDATE message_rows SET arrived_at = ? WHERE id = ? AND arrived_at > ?"


class Copy(NamedTuple):
    """One more copy of a recorded message, and its dates in seconds since 1970."""

    message: int
    happened_at: int
    stored_at: int | None


def copy(message_id: int, message: RawMessage) -> Copy:
    """``message`` as a copy of the recorded one with that id."""
    stored_at = message.stored_at
    return Copy(message_id, times.seconds(message.arrived_at), times.seconds(stored_at) if stored_at else None)


def only(db: Database, copies: Sequence[Copy]) -> list[Copy]:
    """Those of ``copies`` by which something happened earlier."""
    return [copies[key] for (key,) in db.conn.execute(ONLY, [json.dumps(copies)])] if copies else []


def note(db: Database, copy: Copy, leave: Callable[[Sequence[int]], None]) -> list[str]:
    """Dates the events of a message by ``copy`` if that is earlier; returns whom they charge, to be judged.

    ``leave`` is called before, with these events.
    """
    earlier = db.conn.execute(EVENTS, copy).fetchall()
    if not earlier and not db.conn.execute(IS_OLDER, [copy.message, copy.happened_at]).fetchone():
        return []
    leave([event for event, _ in earlier])
    db.execute("INSERT INTO meta (name, value) VALUES ('copy', '')")
    db.conn.executemany(EARLIER, [(copy.happened_at, copy.stored_at, event) for event, _ in earlier])
    db.execute(ARRIVED, [copy.happened_at, copy.message, copy.happened_at])
    db.execute("DELETE FROM meta WHERE name = 'copy'")
    return [address for _, address in earlier if address]
