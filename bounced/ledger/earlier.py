"""A message that is read again from elsewhere, with an earlier date: it happened then, whichever copy was read first.

Of two dates the one by which it counts earlier is taken (bounced.policy.doubts.dated), so the order of reading makes no
difference. Call inside a transaction of the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlite_utils import Database

from bounced import times
from bounced.ledger.schema.m025_undone import COUNTS_AT

#: The events of a message that happened earlier by these dates, each with whom it charges.
EVENTS = f"""
SELECT OLD.id, coalesce(attributions.address, events.address)
FROM event_rows AS OLD JOIN events ON events.id = OLD.id LEFT JOIN attributions ON attributions.event = OLD.id
CROSS JOIN (SELECT :happened_at AS happened_at, :stored_at AS stored_at) AS NEW
WHERE OLD.message = :message
    AND ({COUNTS_AT.format("NEW")}, NEW.happened_at) < ({COUNTS_AT.format("OLD")}, OLD.happened_at)
"""  # noqa: S608

EARLIER = "UPDATE event_rows SET happened_at = ?, stored_at = ? WHERE id = ?"

IS_EARLIER = "SELECT 1 FROM message_rows WHERE id = ? AND arrived_at > ?"

ARRIVED = "UPDATE message_rows SET arrived_at = ? WHERE id = ? AND arrived_at > ?"


def note(
    db: Database,
    message: int,
    arrived_at: datetime,
    stored_at: datetime | None,
    leave: Callable[[Sequence[int]], None] = lambda _: None,
) -> list[str]:
    """Dates the events of ``message`` by a copy of it if that is earlier; returns whom they charge, to be judged.

    ``leave`` is called before, with these events.
    """
    dates = times.seconds(arrived_at), times.seconds(stored_at) if stored_at else None
    parameters = {"message": message, "happened_at": dates[0], "stored_at": dates[1]}
    earlier = db.conn.execute(EVENTS, parameters).fetchall()
    if not earlier and not db.conn.execute(IS_EARLIER, [message, dates[0]]).fetchone():
        return []
    leave([event for event, _ in earlier])
    db.execute("INSERT INTO meta (name, value) VALUES ('copy', '')")
    db.conn.executemany(EARLIER, [(*dates, event) for event, _ in earlier])
    db.execute(ARRIVED, [dates[0], message, dates[0]])
    db.execute("DELETE FROM meta WHERE name = 'copy'")
    return [address for _, address in earlier if address]
