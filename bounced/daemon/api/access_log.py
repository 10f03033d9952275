"""The access log: a line for each request. Nothing in it is the client's words, but for addresses if so configured."""

from __future__ import annotations

import logging
import time
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bounced.config.api import AccessLog as Content
from bounced.daemon import log
from bounced.daemon.api.endpoints import ENDPOINTS

PATHS = frozenset(endpoint.path for endpoint in ENDPOINTS)
METHODS = frozenset(("GET", "HEAD", "POST"))


class AccessLog:
    """Passes requests on to ``app``, and logs those that ``content`` says."""

    def __init__(self, app: ASGIApp, content: Content) -> None:
        self._app = app
        self._content = content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.monotonic(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            if status >= HTTPStatus.BAD_REQUEST or self._content != "errors":
                self._log(scope, status, time.monotonic() - begun)

    def _log(self, scope: Scope, status: int, seconds: float) -> None:
        state: dict[str, Any] = scope.get("state", {})
        log.fact(
            logging.INFO,
            "request",
            token=state.get("token", ""),
            method=scope["method"] if scope["method"] in METHODS else "",
            path=scope["path"] if scope["path"] in PATHS else "",
            address=state.get("address", "") if self._content == "addresses" else "",
            status=status,
            milliseconds=round(seconds * 1000, 1),
        )
