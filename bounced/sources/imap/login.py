"""Logging in: by password (PLAIN, LOGIN) or by access token (OAUTHBEARER of RFC 7628; XOAUTH2, its forerunner)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from bounced.peer import said
from bounced.sources.imap.account import Account
from bounced.sources.oauth.cache import TokenCache

#: What the client sends, best mechanism first, and its answer to a refusal, without which no tagged NO arrives.
_MECHANISMS = {
    "OAUTHBEARER": ("n,a={saslname},\1auth=Bearer {token}\1\1", b"\1"),
    "XOAUTH2": ("user={user}\1auth=Bearer {token}\1\1", b""),
}

#: RFC 5530 3: with these the server can't log in anyone, or anyone else; the login itself may be right.
_UNAVAILABLE_CODES = ("[UNAVAILABLE]", "[SERVERBUG]", "[INUSE]", "[LIMIT]")

#: RFC 5530 3: with these the server has judged user and password, and LOGIN would be one more refusal.
_FINAL_CODES = ("[AUTHENTICATIONFAILED]", "[AUTHORIZATIONFAILED]", "[EXPIRED]", "[CONTACTADMIN]", "[PRIVACYREQUIRED]")

_STATUS_LIMIT = 40


def login(client: IMAPClient, account: Account) -> None:
    """Logs in. Raises LoginError with the words of the server, without our secrets.

    Raises another IMAPClientError when the server can't log in anyone now.
    """
    if account.tokens:
        _by_token(client, account, account.tokens)
    else:
        _by_password(client, account)
    identify(client, account.id)


def identify(client: IMAPClient, fields: Mapping[str, str]) -> None:
    """Says who we are (RFC 2971) where the server has that: NetEase refuses SELECT otherwise. A refusal is nothing."""
    if not client.has_capability("ID"):
        return
    try:
        client.id_(dict(fields) or None)
    except IMAPClientError as problem:
        if isinstance(problem, IMAPClientAbortError):
            raise


def _by_password(client: IMAPClient, account: Account) -> None:
    """By PLAIN, and by LOGIN where that is refused without a verdict on the password.

    Exchange refuses PLAIN for a shared mailbox (``user@domain\\shared@domain``) and takes LOGIN; others announce PLAIN
    and answer BAD.
    """
    if not client.has_capability("AUTH=PLAIN"):
        if client.has_capability("LOGINDISABLED"):
            raise LoginError(
                "the server takes no password (LOGINDISABLED, and no AUTH=PLAIN); set oauth or token_command"
            )
        _attempt(lambda: _login(client, account), account)
        return
    try:
        _attempt(lambda: client.plain_login(account.user, account.password), account)
    except LoginError as refusal:
        if str(refusal).upper().startswith(_FINAL_CODES) or client.has_capability("LOGINDISABLED"):
            raise
        try:
            _attempt(lambda: _login(client, account), account)
        except LoginError:
            raise refusal from None


def _login(client: IMAPClient, account: Account) -> None:
    """LOGIN (RFC 3501 6.2.3): as quoted strings, or as literals, which may hold any octets."""
    imap = client._imap
    user, password = account.user.encode(), account.password.encode()
    if account.user.isascii() and account.password.isascii():
        typ, data = imap._simple_command("LOGIN", _quoted(user), _quoted(password))
    else:
        imap.literal = _Literals(user + b" {%d}" % len(password), password).next
        typ, data = imap._simple_command("LOGIN", f"{{{len(user)}}}")
    if typ != "OK":
        raise LoginError(data[-1].decode("utf-8", "replace"))
    imap.state = "AUTH"


def _quoted(text: bytes) -> bytes:
    return b'"%s"' % text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


class _Literals:
    """What follows each "+" of the server."""

    def __init__(self, *literals: bytes) -> None:
        self._literals = list(literals)

    def next(self, _continuation: bytes) -> bytes:
        """The next literal. Raises IMAPClientError when the server asks for more."""
        if not self._literals:
            raise IMAPClientAbortError("the server asks for more than user and password")
        return self._literals.pop(0)


def _by_token(client: IMAPClient, account: Account, tokens: TokenCache) -> None:
    """A refused token is replaced once; a second refusal is final."""
    mechanism = _mechanism(client, account)
    token = tokens.current()
    try:
        _authenticate(client, account, mechanism, token)
    except LoginError:
        tokens.refused(token)
        _authenticate(client, account, mechanism, tokens.current())
    except IMAPClientAbortError:
        tokens.refused(token)
        raise


def _mechanism(client: IMAPClient, account: Account) -> str:
    if account.mechanism != "auto":
        return account.mechanism
    offered = [name for name in _MECHANISMS if client.has_capability(f"AUTH={name}")]
    if not offered:
        raise LoginError(f"the server offers neither {' nor '.join(_MECHANISMS)}")
    return offered[0]


def _authenticate(client: IMAPClient, account: Account, mechanism: str, token: str) -> None:
    message, farewell = _MECHANISMS[mechanism]
    saslname = account.user.replace("=", "=3D").replace(",", "=2C")
    exchange = _Exchange(message.format(user=account.user, saslname=saslname, token=token).encode(), farewell)
    try:
        _attempt(lambda: client.sasl_login(mechanism, exchange), account)
    except LoginError as problem:
        status = f" (status {exchange.status})" if exchange.status else ""
        raise LoginError(f"{problem}{status}") from None


class _Exchange:
    """The client's side of SASL: the token, then the answer to a refusal."""

    def __init__(self, message: bytes, farewell: bytes) -> None:
        self._answers = [message, farewell]
        self.status = ""  # of a refusal, in one word: "invalid_token", "400"

    def __call__(self, challenge: bytes) -> bytes | None:
        """The next answer; ``None`` aborts the exchange."""
        self.status = _status(challenge)
        return self._answers.pop(0) if self._answers else None


def _status(challenge: bytes) -> str:
    """The ``status`` in the JSON of a refusal (RFC 7628 3.2.2)."""
    try:
        error_object = json.loads(challenge)
    except (ValueError, RecursionError):
        return ""
    status = error_object.get("status", "") if isinstance(error_object, dict) else ""
    return "".join(char for char in str(status)[:_STATUS_LIMIT] if char.isprintable())


def _attempt(how: Callable[[], object], account: Account) -> None:
    """imapclient reports a broken connection as a failed login; that is raised as what it is."""
    try:
        how()
    except LoginError as problem:
        if isinstance(problem.__context__, IMAPClientAbortError):
            raise problem.__context__ from None
        words = said(problem, *account.secrets)
        if words.startswith(_UNAVAILABLE_CODES):
            raise IMAPClientError(f"login unavailable: {words}") from None
        raise LoginError(words) from None
