"""The front page: the report, with links to the data behind it."""

from __future__ import annotations

import asyncio
import time

from bounced.cli.common import read_only
from bounced.cli.report import ROWS, read
from bounced.cli.report.markup import Html, element, joined, link
from bounced.cli.report.page import page
from bounced.cli.web.gate import Application, Message, Receive, Send
from bounced.cli.web.metadata import DATABASE, VIEWS
from bounced.config import Config
from bounced.errors import LedgerError

#: Seconds for which a report is shown again: it takes up to ten to make.
REPORT_SECONDS = 60


class FrontPage:
    """Answers ``/`` with the report of ``config``, and all else by ``application``."""

    def __init__(self, config: Config, application: Application) -> None:
        self._config = config
        self._application = application
        self._lock = asyncio.Lock()
        self._page, self._valid_until = "", 0.0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one request (ASGI); with 503 while the database can't be read."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        try:
            await asyncio.to_thread(self._check)
            text = await self._current() if scope["path"] == "/" else ""
        except LedgerError as error:
            await _answer(send, 503, element("p", str(error)))
        else:
            await (_answer(send, 200, text) if text else self._application(scope, receive, send))

    def _check(self) -> None:
        """Raises LedgerError when the database can't be read."""
        with read_only(self._config):
            pass

    async def _current(self) -> str:
        """The page, made by a thread of its own and by one at a time. Raises LedgerError."""
        async with self._lock:
            if time.monotonic() >= self._valid_until:
                self._page = await asyncio.to_thread(self._made)
                self._valid_until = time.monotonic() + REPORT_SECONDS
            return self._page

    def _made(self) -> str:
        return page(read(self._config, None, "provider", ROWS, series=True), navigation())


def navigation() -> Html:
    """Links to the views, and to the prepared queries."""
    links = [link(f"/{DATABASE}", "queries"), *(link(f"/{DATABASE}/{name}", name) for name in VIEWS)]
    return element("nav", joined([Html(" "), *(joined([one, Html(" ")]) for one in links)]))


async def _answer(send: Send, status: int, text: str) -> None:
    kind = (b"content-type", b"text/html; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [kind, (b"cache-control", b"no-store")]})
    await send({"type": "http.response.body", "body": text.encode()})
