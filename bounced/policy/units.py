"""What a failure may be an incident of. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from bounced.model import Trust
from bounced.policy.incidents import UNREACHABLE, Dimension
from bounced.policy.providers import DOMAINS, provider

#: Octets of the digest that stands for a unit: no two are the same by chance.
UNIT_OCTETS = 7

#: Of a text, the characters that are looked at, and the words that tell it from others.
TEXT_LIMIT = 400
WORDS_LIMIT = 12

#: Units whose numbers are remembered, and texts: most failures are of few.
UNITS_KEPT = 4096
TEXTS_KEPT = 1024


class Level(NamedTuple):
    """Who is believed how much. What one level shows holds nothing of a higher one, so that no forger can."""

    trust: Trust
    source: str  # the host that brought the report, where anybody could have sent it; else ""

    def unit(self) -> int:
        """The number of everything of this level."""
        return unit_number(Unit("", "", self))


class Unit(NamedTuple):
    """Something that may have an incident."""

    dimension: Dimension | str
    name: str
    level: Level


class Failure(NamedTuple):
    """What of a failure says which units it is of."""

    event: int
    address: str
    hour: int  # since 1970
    reason: str
    trust: Trust
    source: str
    remote_mta: str
    campaign: str
    text: str

    def units(self, level: Level) -> Iterator[Unit]:
        """What it is counted for at ``level``."""
        domain = self.address.rpartition("@")[2]
        yield Unit("provider", provider(self.address, self.remote_mta), level)
        if self.reason in UNREACHABLE and domain not in DOMAINS:
            yield Unit("domain", domain, level)
        if self.campaign:
            yield Unit("campaign", self.campaign, level)
        if words := normalized(self.text):
            yield Unit("text", words, level)


@lru_cache(maxsize=UNITS_KEPT)
def unit_number(unit: Unit) -> int:
    """The digest of ``unit``, for the database."""
    text = "\0".join((unit.dimension, unit.name, unit.level.trust, unit.level.source))
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=UNIT_OCTETS).digest())


def normalized(text: str) -> str:
    """The first words of what a server said, without all that differs from report to report; ``""`` for none."""
    return _words(text[:TEXT_LIMIT])


@lru_cache(maxsize=TEXTS_KEPT)
def _words(text: str) -> str:
    words = (word.strip(".,:;<>()[]\"'-") for word in text.lower().split())
    plain = [word for word in words if word.isalpha()]
    return " ".join(plain[:WORDS_LIMIT])
