"""How sinks log in to programs: the headers of a request, as the secret has them, or with a token that it is worth."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bounced import times
from bounced.errors import UserError
from bounced.lists import recipe

#: Seconds for which a token of Ghost holds; it takes five minutes at most.
GHOST_TOKEN_SECONDS = 240


class Login(Protocol):
    """What every request has. ``secrets`` are never shown."""

    @property
    def secrets(self) -> Sequence[str]:
        """Texts that would let somebody else log in."""
        ...

    def headers(self) -> Mapping[str, str]:
        """Those of the next request. Raises Unavailable while there are none."""
        ...

    def renews(self, headers: Mapping[str, str]) -> bool:
        """True if there may be others than these, which the program did not accept."""
        ...


class Stated:
    """The login ``kind`` of ``user``, whose secret is stated. Raises UserError for a secret that is none."""

    def __init__(self, kind: recipe.Login, user: str, secret: str, clock: Callable[[], datetime] = times.now) -> None:
        self._of = LOGINS[kind]
        self._user, self._secret = user, secret
        self._clock = clock
        self.headers()

    @property
    def secrets(self) -> Sequence[str]:
        """The secret."""
        return (self._secret,)

    def headers(self) -> Mapping[str, str]:
        """They follow from the secret."""
        return self._of(self._user, self._secret, self._clock())

    def renews(self, headers: Mapping[str, str]) -> bool:
        """There are no others."""
        return False


#: From the name of a user, a secret and the time.
Headers = Callable[[str, str, datetime], Mapping[str, str]]


def basic(user: str, secret: str, _: datetime) -> Mapping[str, str]:
    """RFC 7617; nothing without a user and a secret."""
    if not (user or secret):
        return {}
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{secret}'.encode()).decode()}"}


def bearer(_: str, secret: str, __: datetime) -> Mapping[str, str]:
    """RFC 6750. Raises UserError for a secret that can't be in a header."""
    if not (secret.isascii() and secret.isprintable()):
        raise UserError("the secret must be ASCII, without control characters")
    return {"Authorization": f"Bearer {secret}"}


def ghost(_: str, secret: str, now: datetime) -> Mapping[str, str]:
    """A token that is signed with the Admin API key (https://docs.ghost.org/admin-api/#token-authentication).

    Raises UserError for a secret that is no such key.
    """
    number, _, key = secret.partition(":")
    try:
        signing_key = bytes.fromhex(key)
    except ValueError:
        signing_key = b""
    if not (number.isalnum() and number.isascii() and signing_key):
        raise UserError("the secret must be an Admin API key: an id, a colon and hexadecimal digits")
    issued = int(now.timestamp())
    claims: dict[str, str | int] = {"iat": issued, "exp": issued + GHOST_TOKEN_SECONDS, "aud": "/admin/"}
    content = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': number})}.{_part(claims)}"
    return {"Authorization": f"Ghost {content}.{_base64(hmac.digest(signing_key, content.encode(), hashlib.sha256))}"}


LOGINS: Mapping[recipe.Login, Headers] = {"basic": basic, "bearer": bearer, "ghost": ghost}


def _part(facts: Mapping[str, str | int]) -> str:
    return _base64(json.dumps(facts, separators=(",", ":")).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
