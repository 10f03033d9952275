"""Takes a message without the addresses in it that were erased and stay suppressed.

1. An event about one is not recorded; the message is, so that it counts once, and is done as any other.
2. What else of it would be stored names none of them; the subject, and the content if it is not recognized, are not
   kept at all then.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import fields, replace
from typing import Any

from bounced.address import by_tenant, of_tenant
from bounced.ledger import erased
from bounced.ledger.spellings import Spellings
from bounced.model import Event, Item, Parsed

#: The fields of an event that hold texts.
_TEXTS = tuple(field.name for field in fields(Event) if field.type == "str" and field.name != "address")


def erased_addresses(db: sqlite3.Connection, item: Item) -> Item:
    """``item``, charged, as it may be recorded."""
    if item.parsed is None:
        return item
    gone = set(erased.standing(db, set(_addresses(item, item.parsed))))
    if not gone:
        return item
    parsed = _without(item.parsed, gone)
    return replace(item, message=replace(item.message, content=b""), parsed=parsed)


def _addresses(item: Item, parsed: Parsed) -> Iterator[str]:
    """Whom a message names, of each tenant that it names."""
    tenants = {item.message.tenant, *(event.tenant for event in parsed.events)}
    content = "" if parsed.recognized else item.message.content.decode("utf-8", "replace")
    texts = [parsed.subject, parsed.problem, content]
    for event in parsed.events:
        yield event.address
        texts += [*(getattr(event, name) for name in _TEXTS), *(value for _, value in event.headers)]
    for address in {address for text in texts for address in erased.claims(text)}:
        yield from (of_tenant(tenant, address) for tenant in tenants)


def _without(parsed: Parsed, gone: Collection[str]) -> Parsed:
    spellings = [Spellings(by_tenant(address)[1]) for address in sorted(gone)]
    events = tuple(_redacted(event, spellings) for event in parsed.events if event.address not in gone)
    dropped = len(parsed.events) - len(events)
    return replace(parsed, subject="", problem="", events=events, overruled=(), erased=parsed.erased + dropped)


def _redacted(event: Event, spellings: Collection[Spellings]) -> Event:
    texts: dict[str, Any] = {name: _replaced(getattr(event, name), spellings) for name in _TEXTS}
    headers = tuple((name, _replaced(value, spellings)) for name, value in event.headers)
    return replace(event, headers=headers, **texts)


def _replaced(text: str, spellings: Collection[Spellings]) -> str:
    for each in spellings:
        text = each.replaced(text)
    return text
