"""Access tokens for the mailboxes of a configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from bounced.config import MailboxSection, OAuthSection
from bounced.errors import MailboxError, Unreachable, UserError
from bounced.sources.oauth import Client, google, microsoft
from bounced.sources.oauth.cache import AccessToken, TokenCache
from bounced.sources.oauth.command import by_command
from bounced.sources.oauth.refresh_token import RefreshToken


def token_cache(
    name: str, section: MailboxSection, state: Path, environment: Mapping[str, str], bare: Mapping[str, str]
) -> TokenCache:
    """The access tokens of ``[mailbox.NAME]``; refresh tokens are kept in the directory ``state``.

    Secrets are read from ``environment``; a command gets the ``bare`` one, without them.
    """
    where = f"imap:{name}"
    if not section.oauth:
        return TokenCache(partial(by_command, where, section.token_command, bare))
    return TokenCache(_fetch(where, section.oauth, section.user, state / f"{name}.refresh-token", environment))


def problems(section: MailboxSection, environment: Mapping[str, str]) -> list[str]:
    """Why ``section`` can get no tokens, as far as that can be found without asking for one and nothing is missing."""
    oauth = section.oauth
    if not oauth or oauth.grant != "service account":
        return []
    try:
        google.check_key(
            _client("oauth", oauth, environment), partial(_read, "oauth", oauth, "service_account", environment)
        )
    except MailboxError as problem:
        return [str(problem)]
    return []


def _fetch(
    where: str, oauth: OAuthSection, user: str, path: Path, environment: Mapping[str, str]
) -> Callable[[], AccessToken]:
    client = _client(where, oauth, environment)
    stored = RefreshToken(partial(_read, where, oauth, "refresh_token", environment), path)
    key = partial(_read, where, oauth, "service_account", environment)
    ways: Mapping[tuple[str, str], Callable[[], AccessToken]] = {
        ("microsoft", "client credentials"): partial(microsoft.by_client_credentials, client),
        ("microsoft", "refresh token"): partial(microsoft.by_refresh_token, client, stored),
        ("google", "refresh token"): partial(google.by_refresh_token, client, stored),
        ("google", "service account"): partial(google.by_service_account, client, key, user),
    }
    return ways[oauth.provider, oauth.grant]


def _client(where: str, oauth: OAuthSection, environment: Mapping[str, str]) -> Client:
    secret = partial(_read, where, oauth, "client_secret", environment)
    return Client(where, oauth.url, oauth.client_id, secret, oauth.scopes, oauth.ca_file)


def _read(where: str, oauth: OAuthSection, name: str, environment: Mapping[str, str]) -> str:
    """The current value of a secret, "" if none is configured. Raises Unreachable if it can't be read."""
    secret = oauth.secret(name)
    if not secret:
        return ""
    try:
        return secret.read(environment)
    except UserError as error:
        raise Unreachable(f"{where}: no token: {error}") from None
