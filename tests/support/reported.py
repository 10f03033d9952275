"""A month that is worth a report: blocks of several providers, two campaigns, complaints, and texts of an attacker."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bounced import times
from bounced.address import of_tenant
from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item, Origin, Parsed, RawMessage
from bounced.policy import Policy

#: In names and texts: a browser, a terminal or a query would act on it.
HOSTILE = "<script>document.title='stolen'</script><img src=x onerror=alert(1)>\x1b[31m' OR 1=1 --"

DMARC = "550-5.7.26 Your email has been blocked because the sender is unauthenticated. https://support.google.com/mail"
S3150 = "550 5.7.1 messages from [192.0.2.1] weren't sent, part of their network is on our block list (S3150)."

_NUMBERS = itertools.count(1)


def blocked(address: str, text: str, reason: str, remote_mta: str = "", campaign: str = "spring") -> Event:
    return Event(
        address,
        "bounce",
        "failed",
        "block",
        reason,
        diagnostic_code=text,
        remote_mta=remote_mta,
        campaign=campaign,
        original_message_id=f"{next(_NUMBERS)}@our.test",
        trust="verified",
    )


def failed(address: str, reason: str = "user_unknown", campaign: str = "spring") -> Event:
    return Event(
        address,
        "bounce",
        "failed",
        "hard" if reason == "user_unknown" else "soft",
        reason,
        diagnostic_code=f"550 5.1.1 {HOSTILE}",
        campaign=campaign,
        original_message_id=f"{next(_NUMBERS)}@our.test",
        trust="verified",
    )


def unproved(number: int) -> Event:
    """A failure that nothing proves to be about a message of ours: it is held."""
    return Event(f"x{number}@held.test", "bounce", "failed", "hard", "user_unknown", trust="unverified")


def complained(address: str, campaign: str = "spring") -> Event:
    return Event(
        address, "complaint", feedback_type="abuse", campaign=campaign, trust="verified", diagnostic_code="unwanted"
    )


def item(at: datetime, *events: Event, parsed: Parsed | None = None, mailbox: str = "imap:bounces/INBOX") -> Item:
    number = next(_NUMBERS)
    message = RawMessage(Origin(mailbox, str(number), 7, number), at, b"a message", 9)
    return Item(message, f"{number:064x}", parsed or Parsed(events[0].kind, "dsn", "Undelivered", events))


def month(path: str, now: datetime, tenant: str = "") -> None:
    """Takes it into the ledger at ``path``: the newest events are of a day before ``now``."""
    sent = [
        (dimension, of_tenant(tenant, name), day, number)
        for dimension, name, day, number in _sent(times.iso(now - timedelta(days=2))[:10])
    ]
    with Ledger(path, Policy()) as ledger:
        ledger.take([_of(tenant, item) for item in _items(now)])
        ledger.write(
            lambda db: db.conn.executemany(
                "INSERT INTO volume VALUES (?, ?, ?, 'hand', ?) ON CONFLICT DO UPDATE SET sent = sent + excluded.sent",
                sent,
            )
        )
        ledger.upkeep.recount()


def _of(tenant: str, item: Item) -> Item:
    """``item``, in the mailbox that the tenant has for it."""
    origin = item.message.origin
    mailbox = origin.mailbox.replace("/", f"-{tenant}/") if tenant else origin.mailbox
    return replace(item, message=replace(item.message, tenant=tenant, origin=replace(origin, mailbox=mailbox)))


def _sent(day: str) -> Iterator[tuple[str, str, str, int]]:
    yield "campaign", "spring", day, 200
    yield "campaign", "autumn", day, 1000
    yield "provider", "customer.test", day, 300
    yield "provider", "gmail.com", day, 200
    yield "provider", "dead.test", day, 700


def _items(now: datetime) -> Iterator[Item]:
    day = timedelta(days=1)
    for number in range(12):  # customers of Google Workspace, and Gmail itself
        address = f"a{number}@{'customer.test' if number % 2 else 'gmail.com'}"
        yield item(now - day * (1 + number % 5), blocked(address, DMARC, "authentication", "aspmx.l.google.com"))
    for number in range(3):
        yield item(now - day * 2, blocked(f"b{number}@shop.test", S3150, "reputation", "x.mail.protection.outlook.com"))
        yield item(
            now - day * 40, blocked(f"c{number}@shop.test", S3150, "reputation", "x.mail.protection.outlook.com")
        )
    yield item(now - day * 3, blocked("d@odd.test", f"554 {HOSTILE}", "policy", campaign=HOSTILE))
    for days in (20, 10, 2):  # suppressed, and one that has one failure less
        yield item(now - day * days, failed("gone@dead.test"))
    for days in (10, 5):
        yield item(now - day * days, failed("nearly@dead.test", campaign="autumn"))
    for number in range(3):
        yield item(now - day * 4, complained(f"e{number}@yahoo.com"), mailbox="imap:complaints/INBOX")
    yield item(now - day * 2, parsed=Parsed("other", "", HOSTILE))
