"""Which events of a new message are stored, and which are only counted, because nothing proves them and they are many.

1. What is verified is always stored, and everything without own domains.
2. Of unverified events, which count for nothing, one source has ``unverified_per_source`` stored in a day.
3. Of other events without proof, one source has ``stored_per_address`` stored about one address, of one kind and in one
   day; never fewer than may count (``reports_per_address``, or the messages that were sent to the address). Those that
   count for nothing, by their trust level, their mailbox or a guard, use up a number of their own.
4. The message is recorded in any case, so that it counts once: its row says how many of its events are not stored.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from sqlite_utils import Database

from bounced import times
from bounced.ledger import append, complaint_floods, floods
from bounced.model import Event, RawMessage
from bounced.policy import Policy, entry_kind, is_complaint, why_held

STORE = """
INSERT INTO source_days (source, day, trust, stored, not_stored) VALUES (?, ?, 'unverified', 1, 0)
ON CONFLICT DO UPDATE SET stored = stored + 1 WHERE stored < ?
"""

COUNT = """
INSERT INTO source_days (source, day, trust, stored, not_stored) VALUES (?, ?, ?, 0, 1)
ON CONFLICT DO UPDATE SET not_stored = not_stored + 1
"""

#: CAST: see bounced.ledger.history.
OF_DAY = """
SELECT count(*) FROM (
    SELECT 1 FROM events WHERE address = CAST(:address AS TEXT) AND happened_at >= :since AND happened_at < :until
        AND source = :source AND kind = :kind AND action = :action AND trust = :trust AND held = :held
        AND (:is_over IS NULL OR :is_over = EXISTS (SELECT 1 FROM crowded WHERE event = events.id)) LIMIT :limit
)
"""


def stored(db: Database, events: Sequence[Event], message: RawMessage, rule: Policy) -> tuple[Event, ...]:
    """Those of ``events`` in a new message that are to be stored; counts the others."""
    day = floods.day(message.arrived_at, message.stored_at, rule)
    is_over = partial(_is_over, db, day, sum(map(is_complaint, events)), rule)
    return tuple(
        event for event in events if _is_stored(db, event, day, message, rule, is_over) or _count(db, event, day)
    )


def _count(db: Database, event: Event, day: str) -> bool:
    """Counts an event that is not stored; always False."""
    db.execute(COUNT, [event.source, day, event.trust])
    return False


def _is_stored(
    db: Database, event: Event, day: str, message: RawMessage, rule: Policy, is_over: Callable[[Event, str], bool]
) -> bool:
    if not rule.count or event.trust == "verified":
        return True
    if event.trust == "unverified" and not _may_count(event, rule):
        limit = rule.unverified_per_source
        return not limit or db.execute(STORE, [event.source, day, limit]).rowcount > 0
    limit = _limit(db, event, rule)
    held = append.why_held_by_role(message.role, event)
    if not limit or _of_day(db, event, held, message, limit) < limit:
        return True
    return _of_day(db, event, held, message, limit, is_over=is_over(event, held)) < limit


def _is_over(db: Database, day: str, complaints: int, rule: Policy, event: Event, held: str) -> bool:
    """True when a guard would hold an event, one of ``complaints`` in its report or a failure."""
    is_crowd = floods.is_over(db, event, day, held, rule)
    return is_crowd or complaint_floods.is_over(db, event, day, complaints, rule)


def _may_count(event: Event, rule: Policy) -> bool:
    return entry_kind(event.kind, event.action) not in ("delayed", "noted") and not why_held(event, "", rule)


def _limit(db: Database, event: Event, rule: Policy) -> int:
    """How many events like this one are stored, 0 for all of them."""
    if not (event.address and rule.stored_per_address):
        return 0
    return max(rule.stored_per_address, rule.reports_per_address, floods.sent(db, event))


def _of_day(
    db: Database, event: Event, held: str, message: RawMessage, limit: int, *, is_over: bool | None = None
) -> int:
    """How many events like this one are stored already, ``limit`` at most; of those that a guard holds, or of others.

    ``held`` is why its mailbox holds it; ``None`` counts all of them.
    """
    since = message.arrived_at.replace(hour=0, minute=0, second=0, microsecond=0)
    dates = {"since": times.iso(since), "until": times.iso(since + timedelta(days=1))}
    about = {name: getattr(event, name) for name in ("address", "source", "kind", "action", "trust")}
    [(number,)] = db.execute(OF_DAY, {**about, **dates, "held": held, "is_over": is_over, "limit": limit}).fetchall()
    return int(number)
