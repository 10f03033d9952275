"""Tokens of Google, for mailboxes in Google Workspace and Gmail, by google-auth."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bounced.sources.oauth import Client, refusals, refused, token
from bounced.sources.oauth.cache import AccessToken
from bounced.sources.oauth.https import Web
from bounced.sources.oauth.refresh_token import RefreshToken


def by_service_account(client: Client, key: Callable[[], str], user: str) -> AccessToken:
    """A token by which a service account acts for ``user`` (domain-wide delegation). Raises Unreachable.

    ``key`` gives the JSON that Google's console calls the key of a service account.
    """
    return _token(client, _by_key(client, key(), user))


def check_key(client: Client, key: Callable[[], str]) -> None:
    """Raises Unreachable when ``key`` gives no key of a service account."""
    _by_key(client, key(), "")


def _by_key(client: Client, text: str, user: str) -> Any:
    """What the libraries have against a key is not repeated: that may show it."""
    with refusals(client.where):
        from google.oauth2 import service_account
    try:
        info = {**json.loads(text), "token_uri": client.url}
        found = service_account.Credentials.from_service_account_info(info, scopes=[client.scope], subject=user)
        found.sign_bytes(b"")  # keys of elliptic curves are taken, and can't sign
        return found
    except Exception:  # noqa: BLE001  as in refusals()
        raise refused(client.where, "the key of the service account is not what Google hands out") from None


def by_refresh_token(client: Client, kept: RefreshToken) -> AccessToken:
    """A token for the user who consented; a new refresh token that comes with it is kept. Raises Unreachable."""
    secret, old = client.client_secret(), kept.current()
    with refusals(client.where, secret, old):
        from google.oauth2 import credentials

        found = credentials.Credentials(None, old, None, client.url, client.client_id, secret, [client.scope])
    fresh = _token(client, found, secret, old)
    kept.rotated(old, str(found.refresh_token or old))
    return fresh


def _token(client: Client, found: Any, *secrets: str) -> AccessToken:
    with refusals(client.where, *secrets):
        found.refresh(_Request(Web(client.where, client.ca_file)))
    expiry = found.expiry.replace(tzinfo=UTC) if found.expiry else None
    return token(client.where, found.token, (expiry - datetime.now(UTC)).total_seconds() if expiry else "")


class _Request:
    """What google-auth wants of an HTTP client: a function that returns status, headers and data."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def __call__(self, url: str, method: str = "GET", body: Any = None, headers: Any = None, **unused: object) -> Any:
        answer = self._web.send(method, url, headers or {}, body)
        return _Response(answer.status, answer.headers, answer.text.encode())


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    headers: Mapping[str, str]
    data: bytes
