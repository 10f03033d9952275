"""The public keys of our DKIM signatures (RFC 6376 3.6.2), asked of the DNS in the daemon's own process.

Worker processes never touch the network: a result names the keys that were missing. Senders of messages choose these
names, so the DNS is asked rarely:

1. At most NAMES_PER_MINUTE unknown names, and NAMES_PER_SOURCE of them for one source. None in a zone (d=) for a minute
   after it did not answer.
2. A name that had a key is known for a day longer than its TTL. The questions about known names are counted apart, and
   while there is no answer the key is used as it was (RFC 8767).
3. An answer, also that there is no such key, is remembered for its TTL, from a minute to a day. Of names that are not
   known the oldest answer is forgotten when there are too many.
4. Known keys can be kept over a restart: ``news`` and ``recall``. They are known then, and asked for first.
5. The lock is not held while the DNS is asked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bounced.model import KnownKey
from bounced.workers.budgets import HOUR, MINUTE, Questions

if TYPE_CHECKING:
    from dns.resolver import Answer, Resolver

NAMES_PER_MINUTE = 20
NAMES_PER_SOURCE = 5
UNANSWERED_COST = 4  # an unanswered question counts as so many: it is waited for
KNOWN_LIMIT = 100  # names that had a key
ANSWERS_LIMIT = 200  # answers about other names
ANSWER_SECONDS = 2.0
DAY = 86400.0
NO_KEY_SECONDS = 600.0  # RFC 2308 5 allows up to three hours


@dataclass(frozen=True, slots=True)
class _Key:
    record: str  # "" when it is gone
    expires: float
    known_until: float


class Keys:
    """Asks ``resolver``, by default the system's. Any thread may call any method."""

    def __init__(self, resolver: Resolver | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.recalled = False
        self._resolver = resolver
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, _Key] = {}  # of known names
        self._kept: dict[str, _Key] = {}  # as ``news`` returned them
        self._answers: dict[str, tuple[str, float]] = {}  # about other names, and when they expire
        self._silent: dict[str, float] = {}  # zones that did not answer, and until when they are left alone
        self._for_known = Questions(NAMES_PER_MINUTE, NAMES_PER_MINUTE)
        self._for_unknown = Questions(NAMES_PER_MINUTE, NAMES_PER_SOURCE)

    def known(self) -> dict[str, str]:
        """The TXT records by name, ``""`` where none exists."""
        with self._lock:
            now = self._forget()
            keys = {name: key.record for name, key in self._keys.items() if now < key.expires}
            return {**{name: record for name, (record, _) in self._answers.items()}, **keys}

    def find(self, names: Iterable[str], source: str = "") -> bool:
        """True when one of ``names`` has a key; the DNS is asked about others, for the ``source`` of the message."""
        with self._lock:
            known_first = sorted(names, key=lambda name: name not in self._keys)
        records = [self._record(name, source) for name in known_first]
        return any(records)

    def unanswered(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of ``names`` about which nothing is known, not even that there is no such key."""
        known = self.known()
        return tuple(name for name in names if name not in known)

    def news(self) -> list[KnownKey]:
        """The known keys when they have changed since the last call, else none of them."""
        with self._lock:
            now = self._forget()
            if all(map(self._is_kept, self._keys)):
                return []
            self._kept = dict(self._keys)
            return [KnownKey(name, key.record, key.known_until - now) for name, key in self._keys.items()]

    def recall(self, keys: Iterable[KnownKey]) -> None:
        """Knows ``keys`` again, each to be looked up before it is used, or when there is no answer."""
        with self._lock:
            self.recalled = True
            now = self._clock()
            for key in keys:
                self._keys.setdefault(key.name, _Key(key.record, now, now + min(key.seconds, 2 * DAY)))

    def _record(self, name: str, source: str) -> str:
        with self._lock:
            now = self._forget()
            if name in self._answers:
                return self._answers[name][0]
            if name in self._keys and now < self._keys[name].expires:
                return self._keys[name].record
            if not self._may_ask(name, source, now):
                return self._used_longer(name, now)
            self._spend(name, source, 1)
        answer = self._ask(name)
        with self._lock:
            return self._remember(name, *answer) if answer else self._unanswered(name, source)

    def _is_kept(self, name: str) -> bool:
        """True when ``name`` is kept with its record, and for nearly as long as it is known."""
        key, kept = self._keys[name], self._kept.get(name)
        return kept is not None and kept.record == key.record and key.known_until - kept.known_until < HOUR

    def _forget(self) -> float:
        """Forgets what is over now."""
        now = self._clock()
        self._keys = {name: key for name, key in self._keys.items() if now < key.known_until}
        self._answers = {name: answer for name, answer in self._answers.items() if now < answer[1]}
        self._silent = {zone: until for zone, until in self._silent.items() if now < until}
        return now

    def _may_ask(self, name: str, source: str, now: float) -> bool:
        if name in self._keys:
            return self._for_known.allows("", now)
        return _zone(name) not in self._silent and self._for_unknown.allows(source, now)

    def _spend(self, name: str, source: str, cost: int) -> None:
        if name in self._keys:
            self._for_known.spend("", self._clock(), cost)
        else:
            self._for_unknown.spend(source, self._clock(), cost)

    def _ask(self, name: str) -> tuple[str, float] | None:
        """The record, ``""`` for none, and its TTL; None when there is no answer."""
        import dns.exception
        import dns.resolver

        try:
            self._resolver = self._resolver or dns.resolver.Resolver()
            answer = self._resolver.resolve(name, "TXT", lifetime=ANSWER_SECONDS, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return "", NO_KEY_SECONDS
        except (dns.exception.DNSException, OSError):
            return None
        return _key(answer), answer.rrset.ttl if answer.rrset else 0.0

    def _remember(self, name: str, record: str, seconds: float) -> str:
        expires = self._clock() + min(max(seconds, MINUTE), DAY)
        key = self._keys.get(name)
        if key or (record and len(self._keys) < KNOWN_LIMIT):
            self._keys[name] = _Key(record, expires, key.known_until if key and not record else expires + DAY)
        else:
            if len(self._answers) >= ANSWERS_LIMIT:
                del self._answers[next(iter(self._answers))]
            self._answers[name] = (record, expires)
        return record

    def _unanswered(self, name: str, source: str) -> str:
        now = self._clock()
        self._spend(name, source, UNANSWERED_COST - 1)
        if name not in self._keys:
            self._silent[_zone(name)] = now + MINUTE
        return self._used_longer(name, now)

    def _used_longer(self, name: str, now: float) -> str:
        """The record of a known name, which is used for a minute more, ``""`` for others."""
        key = self._keys.get(name)
        if key:
            self._keys[name] = replace(key, expires=now + MINUTE)
        return key.record if key else ""


def _zone(name: str) -> str:
    return name.partition("._domainkey.")[2]


def _key(answer: Answer) -> str:
    """The first record that holds a key; a wildcard may give others to every name (``v=DMARC1; p=reject``)."""
    records = (b"".join(record.strings).decode("ascii", "replace") for record in answer)
    return next((record for record in records if "p=" in record and _version(record) in ("", "DKIM1")), "")


def _version(record: str) -> str:
    name, _, value = record.partition(";")[0].partition("=")
    return value.strip() if name.strip() == "v" else ""


class NoKeys(Keys):
    """Asks nobody and knows nothing."""

    def find(self, names: Iterable[str], source: str = "") -> bool:
        """False: none of them has a key that is known here."""
        return False
