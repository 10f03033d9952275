"""Where access tokens come from: Microsoft, Google, or the admin's own command.

1. Secrets are read when they are needed: changing a file requires no restart.
2. No secret gets into a message, not even one that the other side repeats.
3. msal and google-auth are imported when a token is fetched: who logs in with a password never loads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bounced.errors import LoginRefused, MailboxError
from bounced.peer import quoted, said
from bounced.sources.oauth.cache import AccessToken

#: Seconds for which a token is kept if its endpoint does not say how long it is valid.
DEFAULT_LIFETIME = 300.0

#: Characters of a token; those of Microsoft and Google have 3,000 at most, and servers accept no longer lines.
TOKEN_LENGTH_LIMIT = 16 * 1024


@dataclass(frozen=True, slots=True)
class Client:
    """Where to ask for a token, and with which credentials."""

    where: str  # the beginning of messages: "imap:bounces"
    url: str  # of Microsoft's authority with the tenant, or of Google's token endpoint
    client_id: str
    client_secret: Callable[[], str]  # "" when there is none
    scope: str
    ca_file: str = ""  # "" for the system's authorities


def access_token(where: str, text: object, lifetime: object, answer: object = None) -> AccessToken:
    """A token from the ``answer`` of an endpoint, checked. Raises LoginRefused if it is not one."""
    if not is_token(text):
        raise LoginRefused(f"{where}: no token: none in the token endpoint's answer")
    try:
        seconds = float(str(lifetime))
    except ValueError:
        seconds = DEFAULT_LIFETIME
    good_for = seconds if 0 < seconds < float("inf") else DEFAULT_LIFETIME
    return AccessToken(str(text), good_for, refresh_token_end(answer))


def refresh_token_end(answer: object) -> datetime | None:
    """When the refresh token ends that was used, as Google says where consent is for a time; ``None`` if unknown.

    One that comes with its successor is renewed whenever it is used, and does not end.
    """
    if not isinstance(answer, Mapping) or answer.get("refresh_token"):
        return None
    try:
        return datetime.now(UTC) + timedelta(seconds=float(str(answer.get("refresh_token_expires_in"))))
    except (ValueError, OverflowError):
        return None


def is_token(text: object) -> bool:
    """True for a text that can be part of a login without changing its meaning."""
    if not isinstance(text, str) or not 0 < len(text) <= TOKEN_LENGTH_LIMIT:
        return False
    return text.isascii() and text.isprintable() and " " not in text


def refusal(where: str, words: str, *secrets: str) -> LoginRefused:
    """The error for a token endpoint that returns no token: with its words, without our secrets."""
    return LoginRefused(f"{where}: no token: {quoted(words, *secrets)}")


@contextmanager
def refusals(where: str, *secrets: str) -> Iterator[None]:
    """Turns whatever msal, google-auth and cryptography raise into a refusal; a MailboxError stays what it is."""
    try:
        yield
    except MailboxError:
        raise
    except Exception as problem:  # noqa: BLE001  cryptography alone has UnsupportedAlgorithm, OpenSSL's errors, …
        first = problem.args[0] if problem.args else ""
        raise refusal(where, first if first and isinstance(first, str) else said(problem, *secrets), *secrets) from None
