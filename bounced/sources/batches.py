"""How much of a mailbox is in memory at a time, regardless of its source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from bounced.errors import MailboxError

CONTENT_LIMIT = 262_144  # octets of one message that are read: enough for any report
MAX_MESSAGES = 500  # in one batch, and in one IMAP command: 5,500 octets of UIDs, of the 8,000 of RFC 2683 3.2.1.5
MAX_OCTETS = 4 * 1024 * 1024  # of content in one batch

Element = TypeVar("Element")


def grouped(items: Iterable[Element], octets: Callable[[Element], int]) -> Iterator[tuple[Element, ...]]:
    """``items`` in groups of MAX_MESSAGES and MAX_OCTETS at most; what came before a MailboxError comes out first."""
    group: list[Element] = []
    held = 0
    try:
        for item in items:
            if group and (len(group) == MAX_MESSAGES or held + octets(item) > MAX_OCTETS):
                yield tuple(group)
                group, held = [], 0
            group.append(item)
            held += octets(item)
    except MailboxError:
        if group:
            yield tuple(group)
        raise
    if group:
        yield tuple(group)
