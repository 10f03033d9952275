"""The public keys of our DKIM signatures (RFC 6376 3.6.2), asked of the DNS in the daemon's own process.

Worker processes never touch the network: a reading says which keys it wanted. Which names those are is up to whoever
writes the mails, so the DNS is asked rarely:

1. At most ASKED names a minute, and none for a minute after it did not answer.
2. What it said, that there is no such key included, is remembered as long as it says, from a minute to a day.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dns.resolver import Answer, Resolver

ASKED = 20
REMEMBERED = 200  # names
SECONDS = 2.0  # for one answer
MINUTE = 60.0
DAY = 86400.0
NO_KEY_SECONDS = 600.0  # RFC 2308 5 allows up to three hours


class Keys:
    """Asks ``resolver``, that of the system when there is none. To be called from any thread."""

    def __init__(self, resolver: Resolver | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._resolver = resolver
        self._clock = clock
        self._lock = threading.Lock()
        self._found: dict[str, tuple[str, float]] = {}  # record, "" where there is none, and until when it holds
        self._asked: list[float] = []
        self._silent_until = 0.0

    def known(self) -> dict[str, str]:
        """The TXT records by name, ``""`` for those that are known not to exist."""
        with self._lock:
            self._forget()
            return {name: record for name, (record, _) in self._found.items()}

    def find(self, names: Iterable[str]) -> bool:
        """True when one of ``names`` is known to have a key now; the DNS is asked for those that are not known."""
        with self._lock:
            found = [self._record(name) for name in names]
            return any(found)

    def _record(self, name: str) -> str:
        self._forget()
        if name in self._found:
            return self._found[name][0]
        if self._clock() < self._silent_until or len(self._asked) >= ASKED or len(self._found) >= REMEMBERED:
            return ""
        self._asked.append(self._clock())
        return self._ask(name)

    def _forget(self) -> None:
        now = self._clock()
        self._found = {name: found for name, found in self._found.items() if now < found[1]}
        self._asked = [when for when in self._asked if now - when < MINUTE]

    def _ask(self, name: str) -> str:
        import dns.exception
        import dns.resolver

        try:
            self._resolver = self._resolver or dns.resolver.Resolver()
            answer = self._resolver.resolve(name, "TXT", lifetime=SECONDS, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return self._remember(name, "", NO_KEY_SECONDS)
        except (dns.exception.DNSException, OSError):
            self._silent_until = self._clock() + MINUTE
            return ""
        return self._remember(name, _key(answer), answer.rrset.ttl if answer.rrset else 0.0)

    def _remember(self, name: str, record: str, seconds: float) -> str:
        self._found[name] = (record, self._clock() + min(max(seconds, MINUTE), DAY))
        return record


def _key(answer: Answer) -> str:
    """The first record that holds a key."""
    records = (b"".join(record.strings).decode("ascii", "replace") for record in answer)
    return next((record for record in records if "p=" in record), "")
