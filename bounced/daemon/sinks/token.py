"""A login by OAuth 2: credentials (RFC 6749 4.4) get a token, and another before it expires or once it is refused.

1. Whatever keeps the token away is wrong with the program as a whole: no change is refused because of it.
2. Neither the secret nor a token is shown, not even where the program repeats it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote_plus, urlencode

from bounced.daemon.sinks import Refused, Unavailable, http
from bounced.errors import LoginRefused
from bounced.sources.oauth import access_token
from bounced.sources.oauth.cache import AccessToken, TokenCache

FORM: Mapping[str, str] = {"Content-Type": "application/x-www-form-urlencoded"}


class ClientCredentials:
    """The login of ``client_id``, whose tokens are issued at ``url``."""

    def __init__(self, client: http.Client, url: str, client_id: str, secret: str) -> None:
        self._client = client
        self._url = url
        self._client_id, self._secret = client_id, secret
        self._tokens = TokenCache(self._fetched, failure=Unavailable)

    @property
    def secrets(self) -> Sequence[str]:
        """The secret, as it is and as a form has it, and the tokens."""
        return self._secret, quote_plus(self._secret), *self._tokens.recent

    def headers(self) -> Mapping[str, str]:
        """With a token (RFC 6750). Raises Unavailable if none can be fetched."""
        return _headers(self._tokens.current())

    def renews(self, headers: Mapping[str, str]) -> bool:
        """The next headers have another token."""
        for token in self._tokens.recent:
            if headers == _headers(token):
                self._tokens.refused(token)
        return True

    def _fetched(self) -> AccessToken:
        grant = {"grant_type": "client_credentials", "client_id": self._client_id, "client_secret": self._secret}
        try:
            content = self._client.ask("POST", self._url, urlencode(grant).encode(), FORM, secrets=self.secrets)
        except Refused as error:
            raise Unavailable(f"no token: {error}") from None
        except Unavailable as error:
            raise Unavailable(f"no token: {error}", error.seconds) from None
        return _token(content)


def _headers(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _token(content: bytes) -> AccessToken:
    """That of the answer, which is not shown. Raises Unavailable."""
    answer: Any = None
    with suppress(ValueError, RecursionError):
        answer = json.loads(content)
    facts = answer if isinstance(answer, Mapping) else {}
    try:
        return access_token("oauth", facts.get("access_token"), facts.get("expires_in"))
    except LoginRefused:
        raise Unavailable("no token: none in the answer") from None
