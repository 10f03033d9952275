"""A URL that takes changes by POST, signed as Standard Webhooks says (https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime

from bounced import times
from bounced.daemon.sinks import http, message
from bounced.errors import UserError
from bounced.ledger.sinks import Notice
from bounced.sources.certificates import Note, not_noted

#: What the secret of Standard Webhooks begins with.
KEY_PREFIX = "whsec_"


class Webhook:
    """``secret`` as the peer gave it, or ``""``: then nothing is signed. Raises UserError for one that is none."""

    lanes = http.LANES

    def __init__(
        self,
        url: str,
        secret: str,
        seconds: float,
        ca_file: str = "",
        clock: Callable[[], datetime] = times.now,
        note: Note = not_noted,
    ) -> None:
        self._url = url
        self._key = _key(secret)
        self._clock = clock
        self._client = http.Client(seconds, ca_file, clock, note=note)

    def deliver(self, notice: Notice) -> None:
        """Posts a change. Raises Unavailable or Refused."""
        content = json.dumps(message(notice), separators=(",", ":")).encode()
        self._client.ask("POST", self._url, content, self._headers(notice, content))

    def flush(self) -> None:
        """What was posted is the peer's."""

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

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
