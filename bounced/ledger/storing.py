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

from collections.abc import Callable

from sqlite_utils import Database

from bounced import times
from bounced.ledger import append, complaint_floods, floods, tenants
from bounced.ledger.append import Additions
from bounced.ledger.floods import Crowds
from bounced.ledger.sender_tables import SenderTables
from bounced.ledger.shared_rows import SharedRows
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

OF_DAY = """
SELECT count(*) FROM (
    SELECT 1 FROM event_rows CROSS JOIN verdicts ON verdicts.id = verdict CROSS JOIN routes ON routes.id = route
    WHERE event_rows.address = :address AND happened_at >= :since AND happened_at < :until
        AND source = :source AND kind = :kind AND action = :action AND trust = :trust AND held = :held
        AND (:is_over IS NULL OR :is_over = EXISTS (SELECT 1 FROM crowd_rows WHERE event = event_rows.id)) LIMIT :limit
)
"""

DAY_SECONDS = 86400


class Storing:
    """Says what of a new message is stored, by what was appended before it."""

    def __init__(
        self, db: Database, shared: SharedRows, sender_tables: SenderTables, crowds: Crowds, additions: Additions
    ) -> None:
        self._db, self._shared, self._sender_tables = db, shared, sender_tables
        self._crowds, self._additions = crowds, additions

    def stored(self, events: tuple[Event, ...], message: RawMessage, day: str, rule: Policy) -> tuple[Event, ...]:
        """Those of ``events`` in a new message of ``day`` that are to be stored; counts the others."""
        if not rule.count:
            return events
        complaints = sum(map(is_complaint, events))

        def is_over(event: Event, held: str) -> bool:
            """True when a guard would hold it, one of ``complaints`` in its report or a failure."""
            is_crowd = self._crowds.is_over(event, day, held, rule)
            return is_crowd or complaint_floods.is_over(self._db, event, day, complaints, rule)

        return tuple(
            event for event in events if self._is_stored(event, day, message, rule, is_over) or self._count(event, day)
        )

    def _count(self, event: Event, day: str) -> bool:
        """Counts an event that is not stored; always False."""
        self._db.execute(COUNT, [tenants.source(event), day, event.trust])
        return False

    def _is_stored(
        self, event: Event, day: str, message: RawMessage, rule: Policy, is_over: Callable[[Event, str], bool]
    ) -> bool:
        if event.trust == "verified":
            return True
        if event.trust == "unverified" and not _may_count(event, rule):
            limit = rule.unverified_per_source
            return not limit or self._db.execute(STORE, [tenants.source(event), day, limit]).rowcount > 0
        limit = self._limit(event, rule)
        held = append.why_held_by_role(message.role, event)
        if not limit or self._of_day(event, held, message, limit) < limit:
            return True
        return self._of_day(event, held, message, limit, is_over=is_over(event, held)) < limit

    def _limit(self, event: Event, rule: Policy) -> int:
        """How many events like this one are stored, 0 for all of them."""
        if not (event.address and rule.stored_per_address):
            return 0
        return max(rule.stored_per_address, rule.reports_per_address, floods.sent(self._sender_tables, event))

    def _of_day(self, event: Event, held: str, message: RawMessage, limit: int, *, is_over: bool | None = None) -> int:
        """How many events like it are stored already, ``limit`` at most; of those that a guard holds, or of others.

        ``held`` is why its mailbox holds it; ``None`` counts all of them.
        """
        self._additions.write_about(event.address)
        arrived_at = times.seconds(message.arrived_at)
        since = arrived_at - arrived_at % DAY_SECONDS
        dates = {"since": since, "until": since + DAY_SECONDS}
        about = {name: getattr(event, name) for name in ("source", "kind", "action", "trust")}
        about |= {"address": self._shared.text(event.address), "held": held}
        parameters = {**about, **dates, "is_over": is_over, "limit": limit}
        [(number,)] = self._db.execute(OF_DAY, parameters).fetchall()
        return int(number)


def _may_count(event: Event, rule: Policy) -> bool:
    return entry_kind(event.kind, event.action, event.reason) not in ("delayed", "noted") and not why_held(
        event, "", rule
    )
