"""Has every event stand for its tenant: what counts about an address is counted for each tenant apart.

1. A tenant whom the message proves is believed (bounced.identify.tenants); else it is that of the mailbox; else the one
   whom a header names. So nobody writes a report into one tenant's mailbox that is another one's.
2. An address is kept as ``bounced.address.of_tenant`` writes it, and so is an id, which each tenant has of his own.
3. The sender's tables name the tenant by the address that they have, where it is not certain by then.
"""

from __future__ import annotations

from dataclasses import replace

from bounced.address import by_tenant, of_tenant
from bounced.model import PROVING, Event, Parsed


def charged(parsed: Parsed, mailbox: str) -> Parsed:
    """``parsed`` with its events as they are kept; ``mailbox`` is the tenant whose mailbox the report came to."""
    events = tuple(_kept(_of_mailbox(event, mailbox)) for event in parsed.events)
    return parsed if events == parsed.events else replace(parsed, events=events)


def named_by_tables(event: Event) -> Event:
    """``event`` with the tenant of the address that the sender's tables charge."""
    tenant, _ = by_tenant(event.address)
    if not event.address or tenant == event.tenant:
        return event
    return replace(event, tenant=tenant, tenant_by="sends" if tenant else "")


def is_certain(event: Event) -> bool:
    """True when the message proves whose it is, or the mailbox is that tenant's."""
    return event.tenant_by == "mailbox" or _is_proved(event)


def source(event: Event) -> str:
    """The host that an event came from, as guards count it: one tenant's flood holds nothing of another's."""
    return of_tenant(event.tenant, event.source)


def _of_mailbox(event: Event, mailbox: str) -> Event:
    return event if not mailbox or _is_proved(event) else replace(event, tenant=mailbox, tenant_by="mailbox")


def _is_proved(event: Event) -> bool:
    return event.tenant_by in PROVING and event.trust == "verified"


def _kept(event: Event) -> Event:
    """An event of a tenant, or one whose id looks like that of a tenant, with the keys of its tenant."""
    if not (event.tenant or event.recipient_id.startswith("(")):
        return event
    address, recipient_id = (text and of_tenant(event.tenant, text) for text in (event.address, event.recipient_id))
    return replace(event, address=address, recipient_id=recipient_id)
