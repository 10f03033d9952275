"""A URL that takes changes by POST, signed as Standard Webhooks says (https://www.standardwebhooks.com).

1. No redirect is followed, so that a peer cannot direct requests to hosts inside; the URL is the admin's own.
2. What is wrong with the peer as a whole (no connection, 5xx, 429, a refused login, a wrong path) is tried again for as
   long as it lasts. Only what is wrong with one change (400, 409, 413, 422, ...) is a refusal.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from bounced import times
from bounced.daemon.sinks import Refused, Unavailable, message
from bounced.errors import UserError
from bounced.ledger.sinks import Notice

#: Requests that may be under way at once.
LANES = 8

#: The answers that are about the peer, not about the change; all of 5xx and 3xx as well.
PASSING = frozenset((401, 402, 403, 404, 405, 407, 408, 410, 421, 425, 426, 429, 451))

#: The longest pause that a peer may ask for, in seconds.
RETRY_AFTER_LIMIT = 3600.0

#: Octets of an answer that are read, for its text, and so that the connection can be used again.
ANSWER_LIMIT = 64 * 1024
SHOWN_LIMIT = 200

#: What the secret of Standard Webhooks begins with.
KEY_PREFIX = "whsec_"


class Webhook:
    """``secret`` as the peer gave it, or ``""``: then nothing is signed. Raises UserError for one that is none."""

    lanes = LANES

    def __init__(
        self, url: str, secret: str, seconds: float, ca_file: str = "", clock: Callable[[], datetime] = times.now
    ) -> None:
        self._url = url
        self._key = _key(secret)
        self._clock = clock
        self._pool = urllib3.PoolManager(
            maxsize=LANES, retries=False, timeout=urllib3.Timeout(seconds), ca_certs=ca_file or None
        )

    def deliver(self, notice: Notice) -> None:
        """Posts a change. Raises Unavailable or Refused."""
        content = json.dumps(message(notice), separators=(",", ":")).encode()
        try:
            answer = self._pool.request(
                "POST",
                self._url,
                body=content,
                headers=self._headers(notice, content),
                redirect=False,
                preload_content=False,
            )
            text = answer.read(ANSWER_LIMIT)
            complete = not answer.read(1)
        except HTTPError as error:
            raise Unavailable(_problem(error)) from None
        answer.release_conn() if complete else answer.close()
        _judge(answer.status, text, answer.headers.get("Retry-After", ""), self._clock())

    def flush(self) -> None:
        """What was posted is the peer's."""

    def close(self) -> None:
        """Closes all connections that are not in use; a request that is lasts for its timeout at most."""
        self._pool.clear()

    def _headers(self, notice: Notice, content: bytes) -> dict[str, str]:
        """The same id each time, so that the peer can tell a repetition."""
        id_ = f"bounced_{notice.id}_{''.join(filter(str.isdigit, notice.written_at))}"
        timestamp = str(int(self._clock().timestamp()))
        headers = {"Content-Type": "application/json", "webhook-id": id_, "webhook-timestamp": timestamp}
        if self._key:
            digest = hmac.digest(self._key, f"{id_}.{timestamp}.".encode() + content, hashlib.sha256)
            headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
        return headers


def _key(secret: str) -> bytes:
    if not secret:
        return b""
    try:
        key = base64.b64decode(secret.removeprefix(KEY_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise UserError(f"the secret must be base64, after {KEY_PREFIX} (Standard Webhooks)")
    return key


def _judge(status: int, text: bytes, retry_after: str, now: datetime) -> None:
    if 200 <= status < 300:
        return
    problem = f"answers {status} {text[:SHOWN_LIMIT].decode('utf-8', 'replace')}".strip()
    if status in PASSING or status >= 500 or status < 400:
        raise Unavailable(problem, _seconds(retry_after, now))
    raise Refused(problem)


def _seconds(retry_after: str, now: datetime) -> float:
    """Of Retry-After (RFC 9110 10.2.3), which is a number or a date; 0 when it is neither."""
    seconds = 0.0
    if retry_after.isascii() and retry_after.isdigit():
        seconds = float(retry_after[:9])
    else:
        with suppress(ValueError, TypeError, OverflowError):
            seconds = (parsedate_to_datetime(retry_after) - now).total_seconds()
    return min(max(0.0, seconds), RETRY_AFTER_LIMIT)


def _problem(error: HTTPError) -> str:
    """What failed, without the names of Python's objects in it."""
    reason: Any = getattr(error, "reason", None) or error
    return str(reason).rpartition(">: ")[2] or type(reason).__name__
