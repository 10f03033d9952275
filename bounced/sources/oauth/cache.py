"""The access token of one account, shared by every thread that logs in to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime

from bounced.errors import MailboxError
from bounced.model import Expiration

#: Seconds before its expiry at which a token is renewed; for a short-lived one, a tenth of its lifetime.
RENEWAL_MARGIN = 300.0


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token as an endpoint returned it."""

    text: str = field(repr=False)
    lifetime: float  # seconds
    refresh_token_ends_at: datetime | None = None  # of the one that it was asked for with, if that is known


class TokenCache:
    """Keeps a token until shortly before it expires; one thread fetches, the others wait for its result.

    A clock that stopped while the machine slept does no harm: an expired token is refused once, and replaced.
    ``failure`` is what ``fetch`` raises.
    """

    def __init__(
        self,
        fetch: Callable[[], AccessToken],
        clock: Callable[[], float] = time.monotonic,
        failure: type[Exception] = MailboxError,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._failure_type = failure
        self._lock = threading.Lock()
        self._text = ""
        self._recent: tuple[str, ...] = ()
        self._valid_until = float("-inf")
        self._failed_at = float("-inf")
        self._failure: Exception = MailboxError()
        self.expirations: tuple[Expiration, ...] = ()  # as the endpoint said when it was asked last

    @property
    def recent(self) -> tuple[str, ...]:
        """The token and its predecessor, which a connection may still be logging in with."""
        return self._recent

    def current(self) -> str:
        """A token that is still valid for a while. Raises what ``fetch`` does if none can be fetched."""
        asked_at = self._clock()
        with self._lock:
            if self._clock() >= self._valid_until:
                self._renew(asked_at)
            return self._text

    def refused(self, token: str) -> None:
        """A server refused ``token``: the next call of ``current`` fetches another, unless a thread already has."""
        with self._lock:
            if token == self._text:
                self._valid_until = float("-inf")

    def _renew(self, asked_at: float) -> None:
        """Fetches, unless that failed while the caller waited: then it need not try as well."""
        if self._failed_at > asked_at:
            raise copy(self._failure)
        try:
            fetched = self._fetch()
        except self._failure_type as problem:
            self._failed_at, self._failure = self._clock(), problem
            raise
        self._valid_until = self._clock() + fetched.lifetime - min(RENEWAL_MARGIN, fetched.lifetime / 10)
        self._text = fetched.text
        ends_at = fetched.refresh_token_ends_at
        self.expirations = (Expiration("secret", "refresh token", ends_at),) if ends_at else ()
        self._recent = (fetched.text, *self._recent[:1])
