"""An IMAP account, and its errors in one line for people."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from imapclient.exceptions import IMAPClientError, LoginError

from bounced.config.proxy import ProxyType
from bounced.errors import LoginRefused, MailboxError, UserError
from bounced.model import Mechanism, Tls
from bounced.peer import is_loopback, said
from bounced.sources.oauth.cache import TokenCache

_CONTROL_CHARACTERS = frozenset(map(chr, (*range(32), 127)))

#: What imaplib and imapclient raise when a server or the network misbehaves.
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

#: How Microsoft 365 refuses a login after accepting it: with the first command that needs the mailbox.
_NOT_CONNECTED_PHRASE = "authenticated but not connected"


class NoGreeting(TimeoutError):
    """A connection, and then silence: a server with implicit TLS waits for the client to begin."""


class NoTls(OSError):
    """A server that answers the beginning of TLS with something else, such as its greeting."""


class NoImap(OSError):
    """A server whose greeting is not that of IMAP, such as one for SMTP."""


#: verify(1): of a certificate without a trusted issuer, which ``ca_file`` can name, and of another name.
_UNTRUSTED_CODES = (18, 19, 20, 21)
_OTHER_NAME_CODES = (62, 64)

_CERTIFICATE = "the certificate of {host}:{port} is not accepted: {said}"

#: Messages for them, the most precise first.
_EXPLANATIONS: tuple[tuple[type[Exception], str], ...] = (
    (ssl.SSLCertVerificationError, _CERTIFICATE),
    (NoTls, '{host}:{port} does not begin with TLS: set tls = "starttls" (its port is 143), or another port'),
    (NoImap, "{host}:{port} does not greet like an IMAP server, but with {said}: set another port"),
    (ssl.SSLError, "TLS with {host}:{port} failed: {said}"),
    (
        NoGreeting,
        '{host}:{port} sent no greeting for {timeout:g} s; a port for TLS, such as 993, needs tls = "implicit"',
    ),
    (TimeoutError, "{host}:{port} did not answer for {timeout:g} s"),
    (ConnectionRefusedError, "{host}:{port} refuses connections"),
    (socket.gaierror, "{host} has no address: {said}"),
    (OSError, "connection to {host}:{port} failed: {said}"),
    (IMAPClientError, "{said}"),
    (Exception, "{host}:{port} sent something that is not IMAP: {said}"),
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """How to get to the server."""

    type: ProxyType
    host: str
    port: int
    user: str = ""  # "" for a proxy without login
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"proxy {self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Account:
    """How to connect. Raises UserError for values that can never be valid."""

    name: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: Tls = "implicit"
    ca_file: str = ""  # "" for the system's authorities
    timeout: float = 60.0  # seconds without an octet from the server
    tokens: TokenCache | None = field(default=None, repr=False)  # for logins by access token, without a password
    mechanism: Mechanism = "auto"  # for access tokens
    id: Mapping[str, str] = field(default_factory=dict)  # what we tell the server about us (RFC 2971)
    client_cert: str = ""  # a PEM file, "" for none
    client_key: str = ""  # its key, if that is in another file
    proxy: Proxy | None = None

    @property
    def patience(self) -> float:
        """Seconds for the answer to one command: a server could send an octet now and then forever."""
        return 5 * self.timeout

    def __post_init__(self) -> None:
        texts = {"host": self.host, "user": self.user, **({} if self.tokens else {"password": self.password})}
        for label, text in texts.items():
            check_text(f"account {self.name}: {label}", text)
        if self.tls == "none" and not is_loopback(self.host):
            raise UserError(f'account {self.name}: tls = "none" is for loopback only, not for {self.host}')

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that we send to log in; no message may repeat them."""
        own = self.tokens.recent if self.tokens else (self.password,)
        return (*own, self.proxy.password) if self.proxy else own


def check_text(label: str, text: str) -> None:
    """Raises UserError when ``text`` is empty or contains control characters."""
    if not text or not _CONTROL_CHARACTERS.isdisjoint(text):
        raise UserError(f"{label} is empty or contains a control character")


@contextmanager
def peer_errors(where: str, account: Account, kind: type[MailboxError] = MailboxError) -> Iterator[None]:
    """Turns errors of the server or the network into a MailboxError of that kind that begins with ``where``.

    It contains no secrets, and hides the original exception, which may.
    """
    try:
        yield
    except PEER_ERRORS as problem:
        facts: dict[str, Any] = {"host": account.host, "port": account.port, "timeout": account.timeout}
        facts["said"] = said(problem, *account.secrets)
        if isinstance(problem, LoginError) or _NOT_CONNECTED_PHRASE in facts["said"]:
            raise LoginRefused(f"{where}: login refused for {account.user}: {facts['said']}") from None
        words = next(words for kind, words in _EXPLANATIONS if isinstance(problem, kind))
        raise kind(f"{where}: {words.format_map(facts).removesuffix('.')}{_remedy(problem)}") from None


def _remedy(problem: Exception) -> str:
    """What to do about a certificate that is not accepted."""
    code = getattr(problem, "verify_code", 0)
    if code in _UNTRUSTED_CODES:
        return "; set ca_file to the certificate of its issuer (its own, if it is self-signed)"
    return "; set host to a name in the certificate" if code in _OTHER_NAME_CODES else ""
