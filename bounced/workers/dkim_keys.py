"""The public keys of our DKIM signatures (RFC 6376 3.6.2), asked of the DNS in the daemon's own process.

Worker processes never touch the network: a result names the keys that were missing. Senders of messages choose these
names, so the DNS is asked rarely:

1. At most NAMES_PER_MINUTE names, and none for a minute after it did not answer.
2. An answer, also that there is no such key, is remembered for its TTL, from a minute to a day.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dns.resolver import Answer, Resolver

NAMES_PER_MINUTE = 20
NAMES_REMEMBERED = 200
ANSWER_SECONDS = 2.0
MINUTE = 60.0
DAY = 86400.0
NO_KEY_SECONDS = 600.0  # RFC 2308 5 allows up to three hours


class Keys:
    """Asks ``resolver``, by default the system's. Any thread may call any method."""

    def __init__(self, resolver: Resolver | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._resolver = resolver
        self._clock = clock
        self._lock = threading.Lock()
        self._records: dict[str, tuple[str, float]] = {}  # record, "" where there is none, and when it expires
        self._asked: list[float] = []
        self._silent_until = 0.0

    def known(self) -> dict[str, str]:
        """The TXT records by name, ``""`` where none exists."""
        with self._lock:
            self._forget()
            return {name: record for name, (record, _) in self._records.items()}

    def find(self, names: Iterable[str]) -> bool:
        """True when one of ``names`` has a key; the DNS is asked about unknown names."""
        with self._lock:
            records = [self._record(name) for name in names]
            return any(records)

    def _record(self, name: str) -> str:
        self._forget()
        if name in self._records:
            return self._records[name][0]
        if (
            self._clock() < self._silent_until
            or len(self._asked) >= NAMES_PER_MINUTE
            or len(self._records) >= NAMES_REMEMBERED
        ):
            return ""
        self._asked.append(self._clock())
        return self._ask(name)

    def _forget(self) -> None:
        now = self._clock()
        self._records = {name: entry for name, entry in self._records.items() if now < entry[1]}
        self._asked = [when for when in self._asked if now - when < MINUTE]

    def _ask(self, name: str) -> str:
        import dns.exception
        import dns.resolver

        try:
            self._resolver = self._resolver or dns.resolver.Resolver()
            answer = self._resolver.resolve(name, "TXT", lifetime=ANSWER_SECONDS, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return self._remember(name, "", NO_KEY_SECONDS)
        except (dns.exception.DNSException, OSError):
            self._silent_until = self._clock() + MINUTE
            return ""
        return self._remember(name, _key(answer), answer.rrset.ttl if answer.rrset else 0.0)

    def _remember(self, name: str, record: str, seconds: float) -> str:
        self._records[name] = (record, self._clock() + min(max(seconds, MINUTE), DAY))
        return record


def _key(answer: Answer) -> str:
    """The first record that holds a key."""
    records = (b"".join(record.strings).decode("ascii", "replace") for record in answer)
    return next((record for record in records if "p=" in record), "")
