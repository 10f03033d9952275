"""Tokens of Google, for mailboxes in Google Workspace and Gmail, by google-auth."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bounced.sources.oauth import Client, access_token, refusal, refusals
from bounced.sources.oauth.cache import AccessToken
from bounced.sources.oauth.https import Web
from bounced.sources.oauth.refresh_token import RefreshToken


def by_service_account(client: Client, key: Callable[[], str], user: str) -> AccessToken:
    """A token by which a service account acts for ``user`` (domain-wide delegation). Raises Unreachable.

    ``key`` returns the JSON that Google's console calls the key of a service account.
    """
    return _token(client, _by_key(client, key(), user))


def check_key(client: Client, key: Callable[[], str]) -> None:
    """Raises Unreachable if ``key`` does not return the key of a service account."""
    _by_key(client, key(), "")


def _by_key(client: Client, text: str, user: str) -> Any:
    """The libraries' complaint about a key is not repeated: it may show the key."""
    with refusals(client.where):
        from google.oauth2 import service_account
    try:
        info = {**json.loads(text), "token_uri": client.url}
        credentials = service_account.Credentials.from_service_account_info(info, scopes=[client.scope], subject=user)
        credentials.sign_bytes(b"")  # keys of elliptic curves are accepted, and can't sign
        return credentials
    except Exception:  # noqa: BLE001  as in refusals()
        raise refusal(client.where, "the key of the service account is not valid") from None


def by_refresh_token(client: Client, stored: RefreshToken) -> AccessToken:
    """A token for the user who consented; a new refresh token that comes with it is stored. Raises Unreachable."""
    secret, old = client.client_secret(), stored.current()
    with refusals(client.where, secret, old):
        from google.oauth2 import credentials

        authorized = credentials.Credentials(None, old, None, client.url, client.client_id, secret, [client.scope])
    fresh = _token(client, authorized, secret, old)
    stored.rotated(old, str(authorized.refresh_token or old))
    return fresh


def _token(client: Client, credentials: Any, *secrets: str) -> AccessToken:
    request = _Request(Web(client.where, client.ca_file))
    with refusals(client.where, *secrets):
        credentials.refresh(request)
    expiry = credentials.expiry.replace(tzinfo=UTC) if credentials.expiry else None
    lifetime = (expiry - datetime.now(UTC)).total_seconds() if expiry else ""
    return access_token(client.where, credentials.token, lifetime, request.answer)


class _Request:
    """What google-auth needs as HTTP client: a function that returns status, headers and data."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._text = ""

    @property
    def answer(self) -> object:
        """The last answer, which google-auth keeps to itself."""
        return json.loads(self._text)

    def __call__(self, url: str, method: str = "GET", body: Any = None, headers: Any = None, **unused: object) -> Any:
        answer = self._web.send(method, url, headers or {}, body)
        self._text = answer.text
        return _Response(answer.status, answer.headers, answer.text.encode())


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    headers: Mapping[str, str]
    data: bytes
