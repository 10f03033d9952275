"""What stands before Datasette: a password, and no CSV."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

#: The user name that stands before the password.
USER = "bounced"

#: Nothing is loaded from elsewhere, sent elsewhere or framed, whatever stands in a page; Datasette's own scripts are in
#: its pages.
HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; base-uri 'none'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        b"img-src 'self' data:; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'",
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)

CHALLENGE = (b"www-authenticate", b'Basic realm="bounced", charset="UTF-8"')
NO_CSV = "no CSV here, where a spreadsheet would run the words of a mail: `bounced suppressions --csv` makes it safe"


class Gate:
    """Lets in who knows ``password``: every user of this machine can connect, and not all may read the database."""

    def __init__(self, application: Application, password: str) -> None:
        self._application = application
        self._authorization = b"Basic " + base64.b64encode(f"{USER}:{password}".encode())

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one request (ASGI)."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
        elif not self._is_let_in(scope):
            await _answer(send, 401, "needs the URL, or the password in it, that `bounced web` has printed", CHALLENGE)
        elif scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, "only GET and HEAD", (b"allow", b"GET, HEAD"))
        elif _is_csv(scope):
            await _answer(send, 404, NO_CSV)
        else:
            await self._application(scope, receive, _guarded(send))

    def _is_let_in(self, scope: Message) -> bool:
        sent = [value for name, value in scope["headers"] if name == b"authorization"]
        return len(sent) == 1 and hmac.compare_digest(sent[0], self._authorization)


def _is_csv(scope: Message) -> bool:
    formats = parse_qs(scope["query_string"].decode("latin-1")).get("_format", ())
    return scope["path"].casefold().endswith(".csv") or "csv" in map(str.casefold, formats)


def _guarded(send: Send) -> Send:
    """``send`` with HEADERS added to the head of the answer."""

    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *HEADERS]}
        await send(message)

    return send_guarded


async def _answer(send: Send, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
    kind = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [kind, *HEADERS, *headers]})
    await send({"type": "http.response.body", "body": f"{text}\n".encode()})
