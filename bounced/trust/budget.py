"""How many recipients of one message are stored: no message grows the database beyond measure. Pure.

1. A message may name RECIPIENT_LIMITS of them, by their trust levels: anybody can write a message about thousands.
2. Together they may take GROWTH_LIMIT times the octets of the message and BASE_OCTETS, as SQLite lays them out: with
   what follows from them, rates and suppressions, and with what they have in common once.
3. The best proved come first, so that nobody can crowd out what is verified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from bounced.model import Event, Trust

#: Recipients of one message, by the trust level of the event: a real report that proves nothing names a few.
RECIPIENT_LIMITS: Mapping[Trust, int] = {"verified": 4000, "plausible": 1000, "unverified": 200}

#: What a message may grow the database by, as a multiple of its own octets, and the octets that any may take.
GROWTH_LIMIT = 4
BASE_OCTETS = 12 * 1024

#: Octets of a page, and how much of one record fits into a page of a table and of an index (SQLite's file format).
_PAGE = 4096
_ROW_INLINE = 4000
_KEY_INLINE = 1000

#: How full the pages of an index are, of keys that come by the hundred; and of long ones: a few split the first page.
_KEY_FILL = 0.85
_LONG_KEY_FILL = 0.6
_LONG_KEY = 128

#: Octets of a record apart from its texts: its header, numbers, dates, and its place in the page.
_FIXED = 12

#: Octets of an event whose texts are all stored: its row, four indexes, three rates and how many failed, and a crowd
#: or why it is held.
_EVENT = 30 + 70 + 90 + 20

#: Octets of a suppression apart from its texts, with its index by date; and of what tells sinks about it.
_SUPPRESSION = 140
_CHANGE = 130

#: Characters of a diagnostic code that sinks are told.
_TOLD_LENGTH = 100

#: The texts that an event shares with others, in one row for each that differs: in a row alone, or in an index as well.
_ORIGINAL_NAMES = ("original_message_id", "proved", "recipient_id")
_ROUTE_NAMES = ("reporting_mta", "remote_mta", "source", "stream", "sending_domain")
_ALONE_NAMES = ("address", "campaign", "diagnostic_code", "final_recipient", "original_recipient", "headers")
_OTHER_NAMES = {*_ORIGINAL_NAMES, *_ROUTE_NAMES, *_ALONE_NAMES}
_ORIGINAL = attrgetter(*_ORIGINAL_NAMES)
_ROUTE = attrgetter(*_ROUTE_NAMES)
_VERDICT = attrgetter(*(name for name in Event.__match_args__ if name not in _OTHER_NAMES))


def within_budget(events: Sequence[Event], size: int) -> tuple[Event, ...]:
    """Those of ``events`` that are stored of a message of ``size`` octets, in their order: one in any case."""
    if len(events) <= 1:
        return tuple(events)
    kept = set(_kept(events, GROWTH_LIMIT * size + BASE_OCTETS))
    if len(kept) < len(events):  # the message is stored as well then, for a person
        kept = set(_kept(events, (GROWTH_LIMIT - 1) * size + BASE_OCTETS))
    return tuple(event for number, event in enumerate(events) if number in kept)


def _kept(events: Sequence[Event], octets: int) -> Iterator[int]:
    """The numbers of the events that fit into ``octets``, best proved first, and the first in any case."""
    ranks, growth = list(RECIPIENT_LIMITS), _Growth()
    order = sorted(range(len(events)), key=lambda number: ranks.index(events[number].trust))
    for position, number in enumerate(order):
        event = events[number]
        octets -= growth.of(event)
        if (position and octets < 0) or position >= RECIPIENT_LIMITS[event.trust]:
            return
        yield number


def stored_octets(*events: Event) -> int:
    """The octets that ``events`` of one message take in the database with all that follows; rather more than fewer."""
    return sum(map(_Growth().of, events))


class _Growth:
    """What the events of one message add to the database, one after the other."""

    def __init__(self) -> None:
        self._stored: set[tuple[str, ...]] = set()

    def of(self, event: Event) -> int:
        """The octets of the next event: of its own, and of what none of those before it has in common with it."""
        recipients = (event.final_recipient, event.original_recipient)
        own = sum(_octets(recipient) for recipient in recipients if recipient != event.address)
        shared = sum(octets_of(texts) for kind, texts, octets_of in _shared(event) if self._is_new(kind, texts))
        return _EVENT + _record(own + _FIXED, _ROW_INLINE) + shared + _suppression(event)

    def _is_new(self, kind: str, texts: Sequence[str]) -> bool:
        """True for texts of which no event before has the same; nothing is stored where there are none."""
        key = (kind, *texts)
        if key in self._stored or not any(texts):
            return False
        self._stored.add(key)
        return True


def _shared(event: Event) -> Iterator[tuple[str, Sequence[str], Callable[[Sequence[str]], int]]]:
    """What an event may have in common with others: its kind, its texts, and what counts their octets."""
    yield "route", _ROUTE(event), _indexed_row
    yield "verdict", _VERDICT(event), _indexed_row
    yield "original", _ORIGINAL(event), _row
    yield "passage", (_without_address(event),), _row
    yield "text", (event.address,), _indexed_row
    yield "crowd", (event.original_message_id, event.source), _indexed_row
    if not event.address:  # found by these, once somebody knows who that is
        yield "text", (event.original_message_id,), _indexed_row
        yield "text", (event.recipient_id,), _indexed_row
    yield "headers", [text for header in event.headers for text in header], _row
    yield "campaign", (event.campaign,), _rate
    yield "domain", (event.sending_domain,), _rate
    yield "provider", (event.address.rpartition("@")[2],), _rate


def _without_address(event: Event) -> str:
    """The diagnostic code as it is stored: much the same is said about many addresses."""
    return event.diagnostic_code.replace(event.address, "") if event.address else event.diagnostic_code


def _rate(names: Sequence[str]) -> int:
    """A day of a rate, by its name and by its day, and the name itself."""
    return 2 * _key([*names, "provider", "2026-09-17"]) + _row(names) + _key(names)


def _suppression(event: Event) -> int:
    """A suppression, its indexes by address, and the change in the outbox."""
    if not event.address:
        return 0
    row = _row([event.address, _without_address(event)], _SUPPRESSION)
    return row + 2 * _key([event.address]) + _row([event.diagnostic_code[:_TOLD_LENGTH]], _CHANGE)


def _indexed_row(texts: Sequence[str]) -> int:
    return _row(texts) + _key(texts)


def _row(texts: Sequence[str], fixed: int = _FIXED) -> int:
    """Octets of a row in a table."""
    return _record(sum(map(_octets, texts)) + fixed, _ROW_INLINE)


def _key(texts: Iterable[str]) -> int:
    """Octets of a record in an index."""
    length = sum(map(_octets, texts)) + _FIXED
    return _record(length, _KEY_INLINE, _LONG_KEY_FILL if length > _LONG_KEY else _KEY_FILL)


def _record(length: int, inline: int, fill: float = 1) -> int:
    """Octets of a record: its share of a page, and pages of its own for what does not fit."""
    beyond = -(-max(length - inline, 0) // _PAGE)
    return beyond * _PAGE + int(_PAGE // (_PAGE // min(length, inline)) / fill)


def _octets(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="replace"))
