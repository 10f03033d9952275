"""Bearer tokens (RFC 6750): who may ask what. The file has their digests: whoever reads it can't use them.

1. A token has 256 random bits, so that a plain SHA-256 of it can't be guessed back.
2. A new token is known at once, and one that was revoked no longer after REREAD_SECONDS. A line that is wrong gives
   nobody access; the others hold.
3. A token is on the disk before it is shown.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from bounced.config import Config
from bounced.config.api import TOKENS_NAME
from bounced.config.path import content
from bounced.daemon import log
from bounced.errors import UserError
from bounced.ledger.database import hand_over
from bounced.sources.retry import Reminder

TokenScope = Literal["check", "list", "explain", "outbox", "rates"]
TOKEN_SCOPES: tuple[TokenScope, ...] = get_args(TokenScope)

#: How tokens begin, so that programs that look for secrets in the wrong place find them.
TOKEN_PREFIX = "bounced_"  # noqa: S105

#: Random octets of a token, and characters of one that is looked at.
SECRET_OCTETS = 32
TOKEN_LENGTH_LIMIT = 200

#: Octets of the file: some ten thousand tokens.
FILE_LIMIT = 1 << 20

#: Seconds until it is noticed that a token was revoked.
REREAD_SECONDS = 1.0

FILE_HEAD = "# name, digest, scopes and tenant (-: none) of each token of `bounced api`; delete a line to revoke one\n"

_LINE = re.compile(r"([A-Za-z0-9_.-]{1,64})\s+sha256:([0-9a-f]{64})\s+([a-z,]{1,100})\s+([A-Za-z0-9_.-]{1,64})")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Token:
    """A token, without its secret."""

    name: str
    digest: str
    scopes: frozenset[str]
    tenant: str = ""

    def line(self) -> str:
        """As it stands in the file."""
        return f"{self.name} sha256:{self.digest} {','.join(sorted(self.scopes))} {self.tenant or '-'}\n"


def tokens_path(config: Config) -> Path:
    """The file of the tokens."""
    return Path(config.api.tokens_file or Path(config.database.path).with_name(TOKENS_NAME))


def created(path: Path, name: str, scopes: Collection[str], tenant: str) -> str:
    """Adds a new token to the file, which is made when it is missing, and returns it. Raises UserError."""
    for text in (name, *filter(None, [tenant])):
        if not _NAME.fullmatch(text) or text == "-":
            raise UserError(f"{text[:100]!r}: must be 1 to 64 of the characters A-Z a-z 0-9 _ . -")
    secret = f"{TOKEN_PREFIX}{secrets.token_urlsafe(SECRET_OCTETS)}"
    token = Token(name, digest(secret), frozenset(scopes), tenant)
    try:
        _append(path, token)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None
    return secret


def digest(secret: str) -> str:
    """What the file has of a token."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def parsed(text: str) -> tuple[list[Token], list[int]]:
    """The tokens in ``text``, and the numbers of the lines that are wrong."""
    tokens: list[Token] = []
    wrong: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            token = _token(line.strip())
            tokens += [token] if token else []
            wrong += [] if token else [number]
    return tokens, wrong


class TokenFile:
    """The tokens in the file at ``path``, as it is now. For one thread."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._looked_at = -REREAD_SECONDS
        self._reminder = Reminder()
        self._tokens: Collection[Token] = ()
        self._version: tuple[int, ...] | None = None

    def token(self, secret: str) -> Token | None:
        """The token with this secret, ``None`` if there is none. The time that it takes tells nothing about others."""
        presented = digest(secret[:TOKEN_LENGTH_LIMIT])
        if self._clock() - self._looked_at >= REREAD_SECONDS:
            self._read_again()
        known = self._with(presented)
        if known is None:  # it may be new
            self._read_again()
            known = self._with(presented)
        return known

    def _with(self, presented: str) -> Token | None:
        same = [token for token in self._tokens if hmac.compare_digest(token.digest, presented)]
        return same[0] if same else None

    def _read_again(self) -> None:
        self._looked_at = self._clock()
        version = _version(self._path)
        if version == self._version is not None:
            return
        self._version = version
        self._tokens, problem = _read(self._path)
        if problem and self._reminder.is_due(problem):
            log.fact(logging.WARNING, "tokens-refused", problem=problem)
        elif not problem:
            self._reminder.is_over()


def _read(path: Path) -> tuple[Collection[Token], str]:
    """The tokens, and what is wrong with the file."""
    try:
        tokens, wrong = parsed(content(path, FILE_LIMIT).decode("utf-8", "surrogateescape"))
    except OSError as error:
        return (), f"{path}: {error.strerror}"
    lines = ", ".join(map(str, wrong[:10]))
    return tokens, f"{path}: not a token in line {lines}" if wrong else ""


def _version(path: Path) -> tuple[int, ...] | None:
    """What changes with the content; ``None`` when the file can't be found."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _token(line: str) -> Token | None:
    match = _LINE.fullmatch(line)
    if not match:
        return None
    name, hashed, scopes, tenant = match.groups()
    known = frozenset(scopes.split(","))
    return Token(name, hashed, known, "" if tenant == "-" else tenant) if known <= set(TOKEN_SCOPES) else None


def _append(path: Path, token: Token) -> None:
    """One write, so that a reader sees the line or not; the lock is for others that append."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        hand_over(descriptor, str(path))
        before = os.read(descriptor, FILE_LIMIT).decode("utf-8", "surrogateescape")
        _refuse_known(parsed(before)[0], token.name)
        end = "" if before.endswith("\n") else "\n" if before else FILE_HEAD
        os.write(descriptor, f"{end}{token.line()}".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_known(tokens: Iterable[Token], name: str) -> None:
    if name in {token.name for token in tokens}:
        raise UserError(f"{name}: there is a token of that name; delete its line to replace it")
