"""Tokens of Microsoft Entra, for mailboxes in Microsoft 365, by msal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from bounced.sources.oauth import Client, access_token, refusal, refusals
from bounced.sources.oauth.cache import AccessToken
from bounced.sources.oauth.https import Answer, Web
from bounced.sources.oauth.refresh_token import RefreshToken

Grant = Callable[[Any], Mapping[str, Any]]


def by_client_credentials(client: Client) -> AccessToken:
    """A token for the application itself. Raises Unreachable."""
    secret = client.client_secret()
    return _token(client, _ask(client, secret, lambda app: app.acquire_token_for_client([client.scope])), secret)


def by_refresh_token(client: Client, stored: RefreshToken) -> AccessToken:
    """A token for the user who consented; a new refresh token that comes with it is stored. Raises Unreachable."""
    secret, old = client.client_secret(), stored.current()
    answer = _ask(client, secret, lambda app: app.acquire_token_by_refresh_token(old, [client.scope]))
    token = _token(client, answer, secret, old)
    stored.rotated(old, str(answer.get("refresh_token") or old))
    return token


def _ask(client: Client, secret: str, grant: Grant) -> Mapping[str, Any]:
    """Entra's answer. An application is used once: msal would cache tokens and failures itself."""
    with refusals(client.where, secret):
        import msal

        kind = msal.ConfidentialClientApplication if secret else msal.PublicClientApplication
        application = kind(
            client.client_id,
            client_credential=secret or None,
            authority=client.url,
            instance_discovery=False,  # it would ask Microsoft's public cloud whether it knows the authority
            http_client=_Http(Web(client.where, client.ca_file)),
        )
        return {**grant(application)}


def _token(client: Client, answer: Mapping[str, Any], *secrets: str) -> AccessToken:
    if "error" in answer:
        words = f"{answer['error']}: {answer.get('error_description', '')}"
        raise refusal(client.where, words, *secrets)
    return access_token(client.where, answer.get("access_token"), answer.get("expires_in"), answer)


class _Http:
    """What msal needs as HTTP client."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def get(self, url: str, params: Any = None, headers: Any = None, **unused: object) -> _Response:
        query = f"?{urlencode(params)}" if params else ""
        return _Response(self._web.send("GET", url + query, headers or {}, None))

    def post(self, url: str, params: Any = None, data: Any = None, headers: Any = None, **unused: object) -> _Response:
        query = f"?{urlencode(params)}" if params else ""
        return _Response(self._web.send("POST", url + query, headers or {}, urlencode(data or {}).encode()))

    def close(self) -> None:
        """Nothing is open between two requests."""


class _Response:
    """What msal needs as answer."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.text = answer.text
        self.headers = answer.headers

    def raise_for_status(self) -> None:
        """Web has raised already where this would."""
