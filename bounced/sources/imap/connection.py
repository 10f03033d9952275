"""One IMAP connection: TLS, login, hanging up.

1. After any error the connection is unusable: what the server still sends would be taken for the next answer.
2. Nothing dynamic but checked names and integers gets into a command: a line end would begin another command.
3. No literal larger than requested is read into memory, regardless of what the server announces, and no endless answer.
4. Every wait for the server ends: an octet arrives within the account's ``timeout``, an answer within ``Line.within``.
"""

from __future__ import annotations

import imaplib
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from imapclient import IMAPClient

from bounced.errors import MailboxError
from bounced.model import Expiration
from bounced.peer import said
from bounced.sources.batches import CONTENT_LIMIT
from bounced.sources.certificates import of_server
from bounced.sources.imap.account import PEER_ERRORS, Account, NoGreeting, NoImap, NoTls
from bounced.sources.imap.lines import Lines
from bounced.sources.imap.login import login
from bounced.sources.imap.sockets import connected

_LITERAL_LIMIT = 2 * CONTENT_LIMIT

#: Octets of the whole answer to one command: eight times the most that is requested.
_ANSWER_LIMIT = 32 * 1024 * 1024

#: Octets of one line: the answer to SEARCH is one, and imaplib's own limit is that of 90,000 messages.
imaplib._MAXLINE = 16 * 1024 * 1024  # type: ignore[attr-defined]

# It quotes a server that answers in more than ASCII, at length; what we show is what imapclient makes of it.
logging.getLogger("imapclient.util").setLevel(logging.ERROR)

#: OpenSSL's names for plain text where TLS should begin.
NO_TLS_REASONS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST")


class HangUp:
    """A handle by which any thread can hang up on the server for good, also in the middle of connecting."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._hung_up = False
        self._is_late = False  # the time of ``within`` is over, and there may be no connection yet

    def attach(self, connected: socket.socket) -> None:
        """Duplicates the handle, as TLS takes over ``connected``."""
        self.detach()
        self._socket = connected.dup()
        if self._hung_up or self._is_late:
            raise ConnectionAbortedError("stopped")

    def detach(self) -> None:
        """Closes the handle; the connection stays."""
        if self._socket:
            self._socket.close()
        self._socket = None

    def hang_up(self) -> None:
        """Any wait for the server ends immediately, and there are no more connections."""
        self._hung_up = True
        self._shut_down()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Hangs up and raises OSError if the block takes longer; a new connection is possible after that."""
        late = threading.Event()

        def end() -> None:
            late.set()
            self._is_late = True
            self._shut_down()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError as problem:  # the machine, or systemd's TasksMax=, has no thread left
            raise OSError(str(problem)) from problem
        try:
            yield
        except PEER_ERRORS as problem:
            if late.is_set():
                raise OSError(f"an answer took longer than {seconds:g} s") from problem
            raise
        finally:
            timer.cancel()
            self._is_late = False

    def _shut_down(self) -> None:
        connected = self._socket
        if connected:
            with suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)


class _Protocol(imaplib.IMAP4):
    """imaplib with our own socket and a limit to what the server may send."""

    def __init__(self, account: Account, hang_up: HangUp) -> None:
        self._account = account
        self._hang_up = hang_up
        self._octets = 0  # of the answer so far
        self._is_connected = False
        self._lines = Lines(lambda: self._counted(super(_Protocol, self).readline()))
        try:
            super().__init__(account.host, account.port, account.timeout)
        except TimeoutError:
            if not self._is_connected or account.tls == "implicit":
                raise
            raise NoGreeting from None
        except self.abort as problem:
            _, is_greeting, line = str(problem).partition("unexpected response: ")
            raise (NoImap(line) if is_greeting else problem) from None

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = connected(self._account, timeout)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # imaplib sends a literal in two pieces
            self._hang_up.attach(plain)
            self._is_connected = True
            return _implicit_tls(plain, self._account) if self._account.tls == "implicit" else plain
        except BaseException:
            plain.close()
            raise

    def read(self, size: int) -> bytes:
        if size > _LITERAL_LIMIT:
            raise self.abort(f"the server sends a literal of {size} octets")
        self._lines.behind_literal()
        return self._counted(super().read(size))

    def readline(self) -> bytes:
        return self._lines.next()

    def _new_tag(self) -> bytes:
        """Called for each command."""
        self._octets = 0
        return super()._new_tag()  # type: ignore[misc,no-any-return]

    def _counted(self, read: bytes) -> bytes:
        self._octets += len(read)
        if self._octets > _ANSWER_LIMIT:
            raise self.abort(f"the server's answer has more than {_ANSWER_LIMIT} octets")
        return read


class _Client(IMAPClient):  # type: ignore[misc]
    def __init__(self, account: Account, hang_up: HangUp) -> None:
        self._account = account
        self._hang_up = hang_up
        super().__init__(account.host, account.port, ssl=account.tls == "implicit", timeout=account.timeout)
        self._imap.debug = 0  # imapclient's own setting formats every line for nothing
        self.normalise_times = False

    def _create_IMAP4(self) -> imaplib.IMAP4:
        return _Protocol(self._account, self._hang_up)


def connect(account: Account, hang_up: HangUp) -> IMAPClient:
    """A logged-in client, its certificate verified (TLS 1.2 at least). ``hang_up`` can end it from the start."""
    client = None
    try:
        client = _Client(account, hang_up)
        if account.tls == "starttls":
            client.starttls(_tls_context(account))
        login(client, account)
    except BaseException:
        disconnect(client, hang_up)
        raise
    return client


def expirations(client: IMAPClient, account: Account) -> tuple[Expiration, ...]:
    """What the login of ``client`` depended on, and when that ends."""
    tokens = account.tokens.expirations if account.tokens else ()
    return (*of_server(client._imap.sock, account.host, account.port), *tokens)


def forget(client: IMAPClient) -> None:
    """Drops unsolicited responses: imaplib keeps them until the next SELECT, and after IDLE there is none."""
    client._imap.untagged_responses.clear()


def disconnect(client: IMAPClient | None, hang_up: HangUp) -> None:
    """Closes the connection without LOGOUT: it may be in any state."""
    hang_up.detach()
    if client:
        with suppress(*PEER_ERRORS):
            client.shutdown()


def _implicit_tls(plain: socket.socket, account: Account) -> ssl.SSLSocket:
    """The socket with TLS. Raises NoTls if the server sends plain text."""
    try:
        return _tls_context(account).wrap_socket(plain, server_hostname=account.host)
    except ssl.SSLError as problem:
        if problem.reason in NO_TLS_REASONS:
            raise NoTls from None
        raise


def _tls_context(account: Account) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=account.ca_file or None)
    except OSError as problem:
        raise MailboxError(f"imap:{account.name}: ca_file {account.ca_file}: {said(problem)}") from problem
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if account.client_cert:
        try:
            context.load_cert_chain(account.client_cert, account.client_key or None, password="")
        except (OSError, ValueError) as problem:
            raise MailboxError(f"imap:{account.name}: client_cert {account.client_cert}: {said(problem)}") from None
    return context
