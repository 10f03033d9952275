"""How a mailbox of the configuration comes to its access tokens."""

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


def tokens(
    name: str, box: MailboxSection, state: Path, environment: Mapping[str, str], bare: Mapping[str, str]
) -> TokenCache:
    """The access tokens of ``[mailbox.NAME]``; refresh tokens are kept in the directory ``state``.

    Secrets are found in ``environment``; a command is given the ``bare`` one.
    """
    where = f"imap:{name}"
    if not box.oauth:
        return TokenCache(partial(by_command, where, box.token_command, bare))
    return TokenCache(_fetch(where, box.oauth, box.user, state / f"{name}.refresh-token", environment))


def problems(box: MailboxSection, environment: Mapping[str, str]) -> list[str]:
    """What would keep tokens from ``box``, as far as that shows without asking for one and nothing is missing."""
    found = box.oauth
    if not found or found.grant != "service account":
        return []
    try:
        google.check_key(
            _client("oauth", found, environment), partial(_read, "oauth", found, "service_account", environment)
        )
    except MailboxError as problem:
        return [str(problem)]
    return []


def _fetch(
    where: str, found: OAuthSection, user: str, path: Path, environment: Mapping[str, str]
) -> Callable[[], AccessToken]:
    client = _client(where, found, environment)
    kept = RefreshToken(partial(_read, where, found, "refresh_token", environment), path)
    key = partial(_read, where, found, "service_account", environment)
    ways: Mapping[tuple[str, str], Callable[[], AccessToken]] = {
        ("microsoft", "client credentials"): partial(microsoft.by_client_credentials, client),
        ("microsoft", "refresh token"): partial(microsoft.by_refresh_token, client, kept),
        ("google", "refresh token"): partial(google.by_refresh_token, client, kept),
        ("google", "service account"): partial(google.by_service_account, client, key, user),
    }
    return ways[found.provider, found.grant]


def _client(where: str, found: OAuthSection, environment: Mapping[str, str]) -> Client:
    secret = partial(_read, where, found, "client_secret", environment)
    return Client(where, found.url, found.client_id, secret, found.scopes, found.ca_file)


def _read(where: str, found: OAuthSection, what: str, environment: Mapping[str, str]) -> str:
    """The secret as it is now, "" when the configuration knows of none. Raises Unreachable when it is not there."""
    secret = found.secret(what)
    if not secret:
        return ""
    try:
        return secret.read(environment)
    except UserError as error:
        raise Unreachable(f"{where}: no token: {error}") from None
