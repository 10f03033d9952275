"""Holds new failures about a message as soon as one source has named too many addresses with it.

1. A report is judged once, when its address is known, and what counted is never taken back.
2. Only failures that count by themselves are asked and make a crowd: trusted enough, for this mailbox, not verified.
3. Each source has a crowd of its own: nobody can use up the number for the reports that others send. The number is one
   for a week, and grows by a share of what is known to have been sent: a message that still fails weeks later was sent
   again, with the Message-ID of the first.
4. Reports that return no Message-ID are about one message where a source brings them on one day, however many mails
   they come in.
5. An address that the message went to, as ``sends`` knows, passes: it is one of a number that the sender knows. Without
   a Message-ID that is any message of the days before.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlite_utils import Database

from bounced import times
from bounced.ledger import tenants
from bounced.ledger.sender_tables import SenderTables
from bounced.ledger.shared_rows import SharedRows
from bounced.model import Event
from bounced.policy import Policy, entry_kind, why_held
from bounced.sent.tenants import KEYS, parameters

#: The days of sending that reports of a day are about.
SENT_DAYS = 7

IN_CROWD = "SELECT 1 FROM crowds JOIN named_rows USING (crowd) WHERE message_id = ? AND source = ? AND address = ?"

#: Addresses, those that are allowed beyond the number of the policy, and the weeks since the first that they are for.
CROWD = """
SELECT addresses, allowed, weeks, max(0, (julianday(?) - julianday(coalesce(nullif(since, ''), day))) / ?) + 1
FROM crowds WHERE message_id = ? AND source = ?
"""

ALLOW = "UPDATE crowds SET allowed = ?, weeks = ? WHERE message_id = ? AND source = ?"

#: Addresses that a crowd may name, for each message that is known to have been sent in the days before.
ADDRESSES_PER_SENT = 0.05

SENT = f"""
SELECT coalesce(max(sent), 0) FROM (
    SELECT sum(sent) AS sent FROM volume
    WHERE dimension = 'provider' AND day BETWEEN :since AND :day AND {KEYS.format("name")} GROUP BY origin
)
"""  # noqa: S608

GROW = """
INSERT INTO crowds (message_id, source, crowd, addresses, day, since)
VALUES (?1, ?2, coalesce((SELECT max(crowd) FROM named_rows), 0) + 1, 1, ?3, ?3)
ON CONFLICT DO UPDATE SET addresses = addresses + 1, day = max(day, excluded.day) RETURNING crowd
"""

NAME = "INSERT INTO named_rows (crowd, address) VALUES (?, ?)"


def sent(sender_tables: SenderTables, event: Event) -> int:
    """How many messages are known to have been sent to the address that a new failure charges; 0 where none asks."""
    if not event.address or event.action != "failed" or event.trust == "verified":
        return 0
    return sender_tables.number(event.address)


def day(arrived_at: datetime, stored_at: datetime | None, rule: Policy) -> str:
    """The day on which the mailbox got a report, where that is known: a forger can't choose it."""
    return times.iso(arrived_at if rule.migrated else stored_at or arrived_at)[:10]


def sent_lately(db: Database, day: str, tenant: str) -> int:
    """Messages of ``tenant`` that are known to have been sent on the SENT_DAYS days up to ``day``."""
    since = times.iso(times.parse(day) - timedelta(days=SENT_DAYS))[:10]
    [(number,)] = db.execute(SENT, {"since": since, "day": day, **parameters(tenant)}).fetchall()
    return int(number)


class Crowds:
    """The addresses that reports name together, each report asked once."""

    def __init__(self, db: Database, shared: SharedRows, sender_tables: SenderTables) -> None:
        self._db, self._shared, self._sender_tables = db, shared, sender_tables

    def note(self, event: Event, day: str, held: str, rule: Policy) -> str:
        """Notes whom a new event names, and returns why it is held, ``""`` when it is not because of its crowd.

        ``day`` is that of its report; ``held`` is why it is held regardless of others.
        """
        if not _is_asked(event, held, rule) or self._is_known(event, day) or self._is_named(event, day):
            return ""
        if self._is_full(event, day, rule):
            return _why(event, rule.addresses_per_message)
        [(crowd,)] = self._db.execute(GROW, [*_crowd(event, day), day]).fetchall()
        self._db.execute(NAME, [crowd, self._shared.text(event.address)])
        return ""

    def is_over(self, event: Event, day: str, held: str, rule: Policy) -> bool:
        """True when ``note`` would say that a new event is held."""
        is_asked = _is_asked(event, held, rule) and self._is_full(event, day, rule)
        return is_asked and not self._is_known(event, day) and not self._is_named(event, day)

    def _is_named(self, event: Event, day: str) -> bool:
        key = [*_crowd(event, day), self._shared.text(event.address)]
        return self._db.execute(IN_CROWD, key).fetchone() is not None

    def _is_full(self, event: Event, day: str, rule: Policy) -> bool:
        """True when the crowd has as many addresses as it may: of what was sent a share, and for each week as many."""
        key, limit = _crowd(event, day), rule.addresses_per_message
        row = self._db.execute(CROWD, [day, SENT_DAYS, *key]).fetchone()
        if row is None or row[0] < limit + row[1]:
            return False
        addresses, allowed, weeks, lasts = row
        if int(lasts) > weeks:
            allowed = limit * (int(lasts) - 1) + int(sent_lately(self._db, day, event.tenant) * ADDRESSES_PER_SENT)
            self._db.execute(ALLOW, [allowed, int(lasts), *key])
        return bool(addresses >= limit + allowed)

    def _is_known(self, event: Event, day: str) -> bool:
        """True when the message went to the address; where a report does not say which, any of the days before."""
        if event.original_message_id:
            return self._sender_tables.sent_to(event.original_message_id, event.address, day) is not None
        since, until = (times.iso(times.parse(day) + timedelta(days=days))[:10] for days in (-SENT_DAYS, 1))
        return self._sender_tables.sent_lately(event.address, since, until)


def _crowd(event: Event, day: str) -> list[str]:
    return [event.original_message_id or f"on {day}", tenants.source(event)]


def _is_asked(event: Event, held: str, rule: Policy) -> bool:
    """True for a failure that counts by itself without being verified."""
    if not (rule.count and rule.addresses_per_message and event.address):
        return False
    is_failure = entry_kind(event.kind, event.action, event.reason) == "failed"
    return is_failure and event.trust != "verified" and not why_held(event, held, rule)


def _why(event: Event, addresses: int) -> str:
    if event.original_message_id:
        return f"reports about one message name more than {addresses} addresses"
    return f"reports without a Message-ID name more than {addresses} addresses in a day"
