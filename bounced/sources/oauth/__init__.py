"""Where access tokens come from: Microsoft, Google, or a command of the admin's own.

1. Secrets are read when they are needed: who changes a file need not restart the daemon.
2. No secret gets into a message: not ours, and not one that the other side repeats.
3. msal and google-auth are imported when a token is fetched: who logs in with a password never loads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bounced.errors import LoginRefused, MailboxError
from bounced.peer import quoted, said
from bounced.sources.oauth.cache import AccessToken

#: Seconds for which a token is kept whose endpoint does not say how long it is good.
LIFETIME = 300.0

#: Characters of a token at most; those of Microsoft and Google have 3,000 at most, and servers take no longer lines.
LONGEST = 16 * 1024


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks for a token, and whom."""

    where: str  # what messages begin with: "imap:bounces"
    url: str  # of Microsoft's authority with the tenant, or of Google's token endpoint
    client_id: str
    client_secret: Callable[[], str]  # "" when there is none
    scope: str
    ca_file: str = ""  # "" for the system's authorities


def token(where: str, text: object, lifetime: object) -> AccessToken:
    """The token that an endpoint gave out, checked. Raises LoginRefused when it is none."""
    if not is_token(text):
        raise LoginRefused(f"{where}: no token: the answer of the token endpoint holds none")
    try:
        seconds = float(str(lifetime))
    except ValueError:
        seconds = LIFETIME
    return AccessToken(str(text), seconds if 0 < seconds < float("inf") else LIFETIME)


def is_token(text: object) -> bool:
    """True for a text that can go into a login without changing what it says."""
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST:
        return False
    return text.isascii() and text.isprintable() and " " not in text


def refused(where: str, words: str, *secrets: str) -> LoginRefused:
    """The error for a token endpoint that does not give out a token, with its words but without our secrets."""
    return LoginRefused(f"{where}: no token: {quoted(words, *secrets)}")


@contextmanager
def refusals(where: str, *secrets: str) -> Iterator[None]:
    """Whatever msal, google-auth, or cryptography below them, raises is a refusal; a MailboxError stays what it is."""
    try:
        yield
    except MailboxError:
        raise
    except Exception as problem:  # noqa: BLE001  cryptography alone has UnsupportedAlgorithm, OpenSSL's errors, …
        first = problem.args[0] if problem.args else ""
        raise refused(where, first if first and isinstance(first, str) else said(problem, *secrets), *secrets) from None
