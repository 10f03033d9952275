"""How sinks log in to programs: the headers of a request."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime

from bounced.errors import UserError
from bounced.lists.recipe import Login

#: Seconds for which a token of Ghost holds; it takes five minutes at most.
GHOST_TOKEN_SECONDS = 240

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


LOGINS: Mapping[Login, Headers] = {"basic": basic, "bearer": bearer, "ghost": ghost}


def _part(facts: Mapping[str, str | int]) -> str:
    return _base64(json.dumps(facts, separators=(",", ":")).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
