"""Tokens of Google, for mailboxes in Google Workspace and Gmail, by google-auth."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bounced.access_token import Token
from bounced.oauth import NOT_OAUTH, Client, refused, token
from bounced.oauth.rotation import RefreshToken
from bounced.oauth.web import Web


def by_service_account(client: Client, key: Callable[[], str], user: str) -> Token:
    """A token by which a service account acts for ``user`` (domain-wide delegation). Raises Unreachable.

    ``key`` gives the JSON that Google's console calls the key of a service account.
    """
    from google.oauth2 import service_account

    text = key()
    try:
        info = {**json.loads(text), "token_uri": client.url}
        found = service_account.Credentials.from_service_account_info(info, scopes=[client.scope], subject=user)
    except NOT_OAUTH:
        raise refused(client.where, "the key of the service account is not what Google hands out") from None
    return _token(client, found)


def by_refresh_token(client: Client, kept: RefreshToken) -> Token:
    """A token for the user who consented; a new refresh token that comes with it is kept. Raises Unreachable."""
    from google.oauth2 import credentials

    secret, old = client.client_secret(), kept.current()
    found = credentials.Credentials(None, old, None, client.url, client.client_id, secret, [client.scope])
    fresh = _token(client, found, secret, old)
    kept.rotated(old, str(found.refresh_token or old))
    return fresh


def _token(client: Client, found: Any, *secrets: str) -> Token:
    from google.auth.exceptions import GoogleAuthError

    try:
        found.refresh(_Request(Web(client.where, client.ca_file)))
    except (*NOT_OAUTH, GoogleAuthError) as problem:
        raise refused(client.where, str(problem.args[0] if problem.args else problem), *secrets) from None
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
