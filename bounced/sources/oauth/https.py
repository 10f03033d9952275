"""HTTP for msal and google-auth: https only (http on loopback), no redirects, bounded in time and size.

Their own clients follow redirects, read answers of any length, and retry on their own.
"""

from __future__ import annotations

import ssl
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from bounced.errors import Unreachable
from bounced.peer import is_loopback, said

#: Seconds that all requests for one token may take, and octets that an answer may have.
TOKEN_TIMEOUT = 30.0
ANSWER_LIMIT = 256 * 1024

_CHUNK_SIZE = 16 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of an endpoint."""

    status: int
    text: str = field(repr=False)
    headers: Mapping[str, str]


class Web:
    """The requests for one token."""

    def __init__(self, where: str, ca_file: str) -> None:
        self._where = where
        self._ca_file = ca_file
        self._until = time.monotonic() + TOKEN_TIMEOUT

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """The answer if its status is below 500. Raises Unreachable without one."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
            raise Unreachable(f"{self._where}: no token: refusing to ask {host} without TLS")
        try:
            answer = self._sent(urllib.request.Request(url, body, dict(headers), method=method))  # noqa: S310
        except (OSError, HTTPException, ValueError) as problem:
            raise Unreachable(f"{self._where}: no token: asking {host} failed: {_why(problem, body or b'')}") from None
        if answer.status >= 500:
            raise Unreachable(f"{self._where}: no token: {host} answered with HTTP status {answer.status}")
        return answer

    def _sent(self, request: urllib.request.Request) -> Answer:
        secure = urllib.request.HTTPSHandler(context=self._context())
        opener = urllib.request.build_opener(secure, _NoRedirects)
        try:
            reply = opener.open(request, timeout=self._left())
        except HTTPError as refusal:
            reply = refusal
        with reply:
            return Answer(reply.status, self._read(reply).decode("utf-8", "replace"), dict(reply.headers))

    def _read(self, reply: Any) -> bytes:
        """The body; ``read1`` returns what has arrived, so that a trickle can't exceed the time."""
        pieces, length = [], 0
        while piece := reply.read1(_CHUNK_SIZE):
            pieces.append(piece)
            length += len(piece)
            if length > ANSWER_LIMIT:
                raise ValueError(f"an answer of more than {ANSWER_LIMIT} octets")
            self._left()
        return b"".join(pieces)

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A secret is sent to the configured address and nowhere else."""

    def redirect_request(self, *unused: object) -> None:
        return None


def _why(problem: Exception, body: bytes) -> str:
    reason = problem.reason if isinstance(problem, URLError) else problem
    if isinstance(reason, TimeoutError):
        return f"no answer for {TOKEN_TIMEOUT:g} s"
    return said(reason, body.decode()) if isinstance(reason, Exception) else str(reason)
