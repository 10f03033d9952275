"""How many recipients of one message are stored: no message grows the database beyond measure. Pure.

1. A message may name RECIPIENT_LIMITS of them, by their trust levels: anybody can write a message about thousands.
2. Together they may take GROWTH_LIMIT times the octets of the message and BASE_OCTETS, as SQLite lays them out.
3. The best proved come first, so that nobody can crowd out what is verified.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

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

#: How full the pages of an index are.
_KEY_FILL = 2 / 3

#: Octets of an event apart from its texts: numbers, dates, and the indexes that hold nothing else.
_FIXED = 200

#: Octets of a record in an index apart from its texts.
_KEY_FIXED = 40

#: The texts of an event that are stored again, in indexes and in the tables derived from it.
_KEYS: tuple[tuple[str, ...], ...] = (
    ("address",),
    ("campaign",),
    ("recipient_id",),
    ("original_message_id", "address"),
    ("original_message_id", "source", "address"),
)

#: Those of the suppression and of the rates. A complaint pays for them, which suppresses immediately, and so does an
#: event with a text that is longer than these.
_DERIVED_KEYS = (
    ("address", "diagnostic_code"),
    *(("campaign", "address"), ("sending_domain", "address"), ("address", "address")) * 2,
)
_SHORT: Mapping[str, int] = {"address": 120, "campaign": 120, "sending_domain": 120, "diagnostic_code": 300}

_TEXTS = tuple(name for name in Event.__match_args__ if name != "headers")


def within_budget(events: Sequence[Event], size: int) -> tuple[Event, ...]:
    """Those of ``events`` that are stored of a message of ``size`` octets, in their order."""
    kept = set(_kept(events, GROWTH_LIMIT * size + BASE_OCTETS))
    if len(kept) < len(events):  # the message is stored as well then, for a person
        kept = set(_kept(events, (GROWTH_LIMIT - 1) * size + BASE_OCTETS))
    return tuple(event for number, event in enumerate(events) if number in kept)


def _kept(events: Sequence[Event], octets: int) -> Iterator[int]:
    """The numbers of the events that fit into ``octets``, best proved first, and one in any case."""
    ranks = list(RECIPIENT_LIMITS)
    order = sorted(range(len(events)), key=lambda number: ranks.index(events[number].trust))
    for position, number in enumerate(order):
        event = events[number]
        octets -= stored_octets(event)
        if (position and octets < 0) or position >= RECIPIENT_LIMITS[event.trust]:
            return
        yield number


def stored_octets(event: Event) -> int:
    """The octets that ``event`` takes in the database, with its indexes; rather more than fewer."""
    lengths: dict[str, int] = {name: _octets(getattr(event, name)) for name in _TEXTS}
    pays = event.kind == "complaint" or any(lengths[name] > short for name, short in _SHORT.items())
    keys = (*_KEYS, *_DERIVED_KEYS) if pays else _KEYS
    row = _record(sum(lengths.values()) + _FIXED, _ROW_INLINE)
    indexed = sum(_key(lengths[name] for name in key) for key in keys)
    headers = sum(_header(_octets(name) + _octets(value)) for name, value in event.headers)
    return row + indexed + headers


def _header(length: int) -> int:
    """A header is a row and a key of its own."""
    return _record(length + _KEY_FIXED, _ROW_INLINE) + _key([length])


def _key(lengths: Iterable[int]) -> int:
    """Octets of a record in an index."""
    length = sum(lengths)
    return _record(length + _KEY_FIXED, _KEY_INLINE, _KEY_FILL) if length else 0


def _record(length: int, inline: int, fill: float = 1) -> int:
    """Octets of a record: its share of a page, and pages of its own for what does not fit."""
    beyond = -(-max(length - inline, 0) // _PAGE)
    return beyond * _PAGE + int(_PAGE // (_PAGE // min(length, inline)) / fill)


def _octets(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="replace"))
