"""Charges an event to the address that the sender's own tables, ``sends`` and ``recipients``, name.

1. The address in a verified token is charged, regardless of ``sends``; an id in it is looked up in ``recipients``.
2. A recipient id is as good as the mark that carried it: the table only says who that is. Where a signature ties the
   report to an address, an id next to it is ignored: who returns his own message can write any id on top.
3. A Message-ID that went to one address names that address, regardless of the one in the report: only its recipient
   knows the id. Of several recipients in one report it confirms that one and charges nobody else.
4. A Message-ID that went to many is known to all of them. It confirms an address that it went to, and names nobody.
5. Where ``sends`` has the message, an address that it did not go to is unverified, regardless of other evidence.
6. Campaign, stream and sending domain are those of ``sends`` too, unless a token or a signature names them: what a
   returned header says, anybody can write.
7. Our own addresses and domains (``own``) are never charged, regardless of the tables.
8. A report is about what was sent before it arrived, whenever it is read: not about what was sent again later.
9. Where it is certain whose a report is, rows of other tenants tell nothing about it: a tenant may name any message.
   Elsewhere those of several tenants name nobody.
"""

from __future__ import annotations

import dataclasses
import operator
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bounced import address as addresses
from bounced import times
from bounced.identify.sender import is_own
from bounced.ledger import database, erased, event_rows, floods, tenants
from bounced.ledger.floods import Crowds
from bounced.ledger.sender_tables import SenderTables, Sent
from bounced.ledger.shared_rows import SharedRows
from bounced.model import PROVING, Event, Parsed, Trust, proof, proof_of_time, proved
from bounced.policy import Policy

#: Events that one transaction attributes.
EVENTS_LIMIT = 1000

#: Characters of a date without a time.
DAY_LENGTH = 10

#: CROSS: SQLite would read all events, by their ids. A message may have thousands; two are enough to know.
ATTRIBUTABLE = """
SELECT id, held, happened_at, stored_at, {columns},
    (SELECT count(*) FROM (SELECT 1 FROM event_rows AS others WHERE others.message = events.message LIMIT 2)) AS reports
FROM attributable CROSS JOIN events ON events.id = attributable.event ORDER BY event LIMIT ?
""".format(columns=", ".join(event_rows.COLUMNS.values()))  # noqa: S608


@dataclasses.dataclass(frozen=True, slots=True)
class Attributed:
    """An event that named nobody, and the address that the tables name now."""

    event: int
    address: str
    trust: Trust
    evidence: str


def resolved(sender_tables: SenderTables, parsed: Parsed, own: tuple[str, ...], arrived_at: datetime) -> Parsed:
    """``parsed``, which arrived at that time, with its events charged as the tables say."""
    if sender_tables.are_empty and not own:
        return parsed
    alone, at = len(parsed.events) == 1, times.iso(arrived_at)
    events = tuple(resolve(sender_tables, event, own, at, alone=alone) for event in parsed.events)
    are_same = all(map(operator.is_, events, parsed.events))
    return parsed if are_same else dataclasses.replace(parsed, events=events)


def resolve(sender_tables: SenderTables, event: Event, own: tuple[str, ...], arrived_at: str, *, alone: bool) -> Event:
    """``event`` charged as the tables say; ``alone`` when its report is about no other recipient."""
    named = tenants.named_by_tables(_named(sender_tables, event, arrived_at, alone))
    if not own or not is_own(addresses.by_tenant(named.address)[1], own):
        return named
    return dataclasses.replace(named, address="", charged_by="" if event.address else event.charged_by)


class Attribution:
    """Charges events that named nobody, when the tables name somebody."""

    def __init__(self, db: Database, shared: SharedRows, sender_tables: SenderTables, crowds: Crowds) -> None:
        self._db, self._shared, self._sender_tables, self._crowds = db, shared, sender_tables, crowds

    def attribute(self, attributed_at: str, rule: Policy, deadline: float) -> list[Attributed]:
        """Attributes what it can of the first events of which the tables learned since, and drops these.

        They are EVENTS_LIMIT at most, and those until ``deadline`` (monotonic), at least one.
        """
        attributed = []
        for row in list(self._db.query(ATTRIBUTABLE, [EVENTS_LIMIT])):
            is_alone, arrived_at = row["reports"] == 1, row["happened_at"]
            event = resolve(self._sender_tables, event_rows.event(row), rule.own, arrived_at, alone=is_alone)
            self._db.execute("DELETE FROM attributable WHERE event = ?", [row["id"]])
            if event.address and not erased.standing(self._db.conn, [event.address]):
                self._attribute(attributed_at, rule, row, event)
                attributed.append(Attributed(row["id"], event.address, event.trust, event.evidence))
            if time.monotonic() > deadline:
                break
        self._shared.write()
        return attributed

    def _attribute(self, attributed_at: str, rule: Policy, row: dict[str, Any], event: Event) -> None:
        """Writes that the event of ``row`` is charged as ``event`` says."""
        day = floods.day(times.parse(row["happened_at"]), times.parse_or_none(row["stored_at"]), rule)
        columns = {name: self._shared.text(getattr(event, name)) for name in event_rows.ATTRIBUTED}
        if why := self._crowds.note(event, day, row["held"], rule):
            database.insert(self._db, "crowd_rows", {"event": row["id"], "why": self._shared.text(why)})
        columns["sent"] = floods.sent(self._sender_tables, event)
        database.insert(self._db, "attribution_rows", {"event": row["id"], "attributed_at": attributed_at, **columns})
        if (shown := addresses.in_unicode(event.address)) != event.address:
            unicode = {"address": event.address, "address_unicode": shown}
            database.insert(self._db, "unicode_addresses", unicode, "ON CONFLICT DO NOTHING")
        self._db.execute("DELETE FROM doubts WHERE event = ?", [row["id"]])


def _named(sender_tables: SenderTables, event: Event, arrived_at: str, alone: bool) -> Event:
    by_token = event.trust == "verified" and event.charged_by == "token"
    names_nobody = event.charged_by == "token" and not event.address and not event.recipient_id
    if names_nobody:
        return event
    if by_token and event.address:
        return _proved(sender_tables, event, arrived_at)
    named = _by_recipient_id(sender_tables, event)
    if by_token and named.address:
        return _proved(sender_tables, named, arrived_at)
    return _by_message_id(sender_tables, named, arrived_at, alone)


def _by_recipient_id(sender_tables: SenderTables, event: Event) -> Event:
    if not event.recipient_id or (event.address and event.trust == "verified"):
        return event
    address = sender_tables.recipient(event.recipient_id)
    if not address:
        return event
    evidence = _joined(event.evidence, "recipients table")
    return dataclasses.replace(event, address=address, charged_by="recipient-id", evidence=evidence)


def _by_message_id(sender_tables: SenderTables, event: Event, arrived_at: str, alone: bool) -> Event:
    if not event.original_message_id:
        return event
    sent = _sent_rows(sender_tables, event, arrived_at)
    if not sent:
        return event
    if len(sent) == 1 and alone:
        return dataclasses.replace(_sent(event, sent[0], "verified", "sent table"), charged_by="sends")
    if not event.address:
        return event
    own = sender_tables.sent_to(event.original_message_id, event.address, arrived_at)
    if own is None:
        evidence = _joined(event.evidence, "sent table: that message went to others")
        return dataclasses.replace(event, trust="unverified", evidence=evidence)
    if len(sent) == 1:
        return _sent(event, own, "verified", "sent table")
    return _sent(event, own, "plausible", "sent table: one message to many")


def _sent_rows(sender_tables: SenderTables, event: Event, arrived_at: str) -> list[Sent]:
    others = not tenants.is_certain(event)
    return sender_tables.sent(event.original_message_id, event.tenant, arrived_at, others=others)


def _proved(sender_tables: SenderTables, event: Event, arrived_at: str) -> Event:
    """``event``, charged by a token, with what ``sends`` proves of a message that went to its address alone."""
    sent = _sent_rows(sender_tables, event, arrived_at)
    if len(sent) != 1 or sent[0][0] != event.address:
        return event
    return dataclasses.replace(event, proved=proved(event.proved, _proof(event, sent[0][-1])))


def _proof(event: Event, sent_at: str) -> str:
    """That its message is the one in ``sends``, and when that was sent, if the sender wrote more than the day."""
    message_id = proof("message-id", event.original_message_id)
    try:
        return message_id if len(sent_at) <= DAY_LENGTH else f"{message_id} {proof_of_time(times.parse(sent_at))}"
    except (ValueError, OverflowError):  # any text that begins like a date may be in there
        return message_id


def _sent(event: Event, row: Sent, trust: Trust, evidence: str) -> Event:
    address, campaign, stream, sending_domain, sent_at = row
    names = {"campaign": campaign, "stream": stream, "sending_domain": sending_domain.lower()}
    facts: dict[str, Any] = {"address": address, "trust": trust, "evidence": _joined(event.evidence, evidence)}
    if trust == "verified":
        facts["proved"] = proved(event.proved, _proof(event, sent_at))
    return dataclasses.replace(event, **facts, **_named_by_sends(event, names))


def _named_by_sends(event: Event, names: Mapping[str, str]) -> dict[str, Any]:
    """Those of ``names`` that ``sends`` has, instead of what anybody can write into a report."""
    unproved = {name: text for name, text in names.items() if text and getattr(event, f"{name}_by") not in PROVING}
    return {**unproved, **{f"{name}_by": "sends" for name in unproved}}


def _joined(*evidence: str) -> str:
    return "; ".join(filter(None, evidence))
