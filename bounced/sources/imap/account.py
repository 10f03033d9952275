"""An IMAP account, and what goes wrong with it in one line for people."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from imapclient.exceptions import IMAPClientError, LoginError

from bounced.errors import LoginRefused, MailboxError, UserError
from bounced.model import Mechanism, Tls
from bounced.peer import is_loopback, said
from bounced.sources.oauth.cache import TokenCache

_CONTROLS = frozenset(map(chr, (*range(32), 127)))

#: What imaplib and imapclient let through when a server or the network misbehaves.
PEER_ERRORS = (
    OSError,
    IMAPClientError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RecursionError,
)

#: How Microsoft 365 refuses a login after it has accepted it: by the first command that wants the mailbox.
_NOT_CONNECTED = "authenticated but not connected"

#: What to say about them, the most precise first.
_EXPLAINED: tuple[tuple[type[Exception], str], ...] = (
    (ssl.SSLCertVerificationError, "the certificate of {host}:{port} is not accepted: {said}"),
    (ssl.SSLError, "TLS with {host}:{port} failed: {said}"),
    (TimeoutError, "{host}:{port} did not answer for {timeout:g} s"),
    (ConnectionRefusedError, "{host}:{port} refuses connections"),
    (socket.gaierror, "{host} has no address: {said}"),
    (OSError, "connection to {host}:{port} failed: {said}"),
    (IMAPClientError, "{said}"),
    (Exception, "{host}:{port} sent what is not IMAP: {said}"),
)


@dataclass(frozen=True, slots=True)
class Account:
    """What is needed to connect. Raises UserError for what could never be right."""

    name: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: Tls = "implicit"
    ca_file: str = ""  # "" for the system's authorities
    timeout: float = 60.0  # seconds without an octet from the server
    tokens: TokenCache | None = field(default=None, repr=False)  # for logins by access token; there is no password then
    mechanism: Mechanism = "auto"  # of these logins

    @property
    def patience(self) -> float:
        """Seconds for the answer to one command: a server may send an octet now and then for ever."""
        return 5 * self.timeout

    def __post_init__(self) -> None:
        texts = {"host": self.host, "user": self.user, **({} if self.tokens else {"password": self.password})}
        for what, text in texts.items():
            check_text(f"account {self.name}: {what}", text)
        if self.tls == "none" and not is_loopback(self.host):
            raise UserError(f'account {self.name}: tls = "none" is for loopback only, not for {self.host}')

    @property
    def secrets(self) -> tuple[str, ...]:
        """What the server is told at the login, and must not come back from it in any message."""
        return self.tokens.given if self.tokens else (self.password,)


def check_text(what: str, text: str) -> None:
    """Raises UserError when ``text`` is empty or holds control characters."""
    if not text or not _CONTROLS.isdisjoint(text):
        raise UserError(f"{what} is empty or holds a control character")


@contextmanager
def peer_errors(where: str, account: Account, kind: type[MailboxError] = MailboxError) -> Iterator[None]:
    """Turns whatever the server or the network does into a MailboxError of that kind that begins with ``where``.

    There are no secrets in it, and what it was made from is not shown: there may be.
    """
    try:
        yield
    except PEER_ERRORS as problem:
        facts: dict[str, Any] = {"host": account.host, "port": account.port, "timeout": account.timeout}
        facts["said"] = said(problem, *account.secrets)
        if isinstance(problem, LoginError) or _NOT_CONNECTED in facts["said"]:
            raise LoginRefused(f"{where}: login refused for {account.user}: {facts['said']}") from None
        words = next(words for kind, words in _EXPLAINED if isinstance(problem, kind))
        raise kind(f"{where}: {words.format_map(facts)}") from None
