"""What the sender does about a block: by the blocklist, provider or code that the reply names, else by its reason.

docs/blocks.md is made from these tables. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bounced.classify.fixes.blocklists import BLOCKLISTS
from bounced.classify.fixes.fix import Fix, words
from bounced.classify.fixes.general import BY_REASON, CODES
from bounced.classify.fixes.links import known_url
from bounced.classify.fixes.providers import PROVIDERS

__all__ = ["BLOCKLISTS", "BY_REASON", "CODES", "FIXES", "PROVIDERS", "Fix", "fix", "url", "words"]

#: In the order in which they are asked: who asks a public list says so, and what to do about it is there.
FIXES = (*BLOCKLISTS, *PROVIDERS, *CODES)


def _by_first_word(rows: Iterable[Fix]) -> Mapping[str, list[tuple[int, str]]]:
    """The place of each row with each of its signs, by the first word of the sign."""
    places: dict[str, list[tuple[int, str]]] = {}
    for place, row in enumerate(rows):
        for sign in row.signs:
            places.setdefault(sign.partition(" ")[0], []).append((place, sign))
    return places


#: A reply has few words, and there are more than a thousand signs.
_PLACES = _by_first_word(FIXES)

#: Hosts of the pages that the tables name.
_HOSTS = frozenset(row.host for row in (*FIXES, *BY_REASON.values()))


def fix(text: str, provider: str, reason: str) -> Fix | None:
    """What to do about a reply of ``provider`` that was judged as ``reason``; ``None`` where no table says anything."""
    said = words(text)
    signs = (sign for word in set(said.split()) for sign in _PLACES.get(word, ()))
    places = (place for place, sign in signs if f" {sign} " in said and FIXES[place].provider in ("", provider))
    place = min(places, default=None)
    return BY_REASON.get(reason) if place is None else FIXES[place]


def url(text: str) -> str:
    """The first URL in a reply that leads to a host of the tables, as its sender wrote it, ``""`` without one.

    Whoever can send a report can write any other into it.
    """
    return known_url(text, _HOSTS)
