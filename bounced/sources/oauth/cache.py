"""The access token of one account, shared by every thread that logs in to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bounced.errors import MailboxError

#: Seconds before its end at which a token is not good any more; of a short-lived one, a tenth of its life.
MARGIN = 300.0


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a token endpoint gave out."""

    text: str = field(repr=False)
    lifetime: float  # seconds


class TokenCache:
    """Keeps a token until shortly before it expires; one thread fetches, the others wait for what it gets.

    A clock that stood still while the machine slept does no harm: an expired token is refused once, and replaced.
    """

    def __init__(self, fetch: Callable[[], AccessToken], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._text = ""
        self._given: tuple[str, ...] = ()
        self._good_until = float("-inf")
        self._failed_at = float("-inf")
        self._failure = MailboxError()

    @property
    def given(self) -> tuple[str, ...]:
        """The token, and the one before it, which a connection may still be logging in with."""
        return self._given

    def current(self) -> str:
        """A token that is good for a while yet. Raises MailboxError when there is none to be had."""
        asked_at = self._clock()
        with self._lock:
            if self._clock() >= self._good_until:
                self._renew(asked_at)
            return self._text

    def refused(self, token: str) -> None:
        """A server did not take ``token``: the next one is fetched anew, unless another thread has done so already."""
        with self._lock:
            if token == self._text:
                self._good_until = float("-inf")

    def _renew(self, asked_at: float) -> None:
        """Fetches, unless that failed while the caller waited: then the others need not try as well."""
        if self._failed_at > asked_at:
            raise type(self._failure)(str(self._failure))
        try:
            found = self._fetch()
        except MailboxError as problem:
            self._failed_at, self._failure = self._clock(), problem
            raise
        self._good_until = self._clock() + found.lifetime - min(MARGIN, found.lifetime / 10)
        self._text = found.text
        self._given = (found.text, *self._given[:1])
