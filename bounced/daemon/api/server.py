"""Serves HTTP, until SIGTERM or SIGINT, in one process.

1. It reads the database, and writes nothing: nobody who asks can change anything or hold up the daemon.
2. Whatever is wrong with the database, every request has an answer within ANSWER_SECONDS (lookups).
3. Requests, heads, bodies, answers and connections have limits (protocol, bodies, requests).
"""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from bounced.config import Config
from bounced.daemon import log
from bounced.daemon.api.access_log import AccessLog
from bounced.daemon.api.app import Api
from bounced.daemon.api.endpoints import ADDRESSES_PER_REQUEST
from bounced.daemon.api.limits import Rates
from bounced.daemon.api.lookups import Lookups
from bounced.daemon.api.protocol import CONNECTIONS_LIMIT, BoundedProtocol, Bounds
from bounced.daemon.api.tokens import TokenFile, tokens_path
from bounced.daemon.listen import allow_files
from bounced.daemon.systemd import SystemdNotifier
from bounced.errors import EXIT_CONFIG, UserError
from bounced.ledger.forbidden import CHUNK_ADDRESSES

#: Seconds that a connection may be idle between requests, and that the end waits for answers.
IDLE_SECONDS = 60
END_SECONDS = 5

#: Seconds between two signs of life for the service manager.
REPORT_INTERVAL = 10

#: What the longest list of addresses counts as.
BURST = 1 + CHUNK_ADDRESSES // ADDRESSES_PER_REQUEST


class ApiServer:
    """Answers by ``config``. Raises UserError when its certificate can't be used."""

    def __init__(self, config: Config, bounds: Bounds, lookups: Lookups) -> None:
        self._config = config
        self._bounds = bounds
        self._lookups = lookups
        self._tokens = TokenFile(tokens_path(config))
        self._notifier = SystemdNotifier()
        self._server = uvicorn.Server(self._uvicorn())
        try:
            self._server.config.load()
        except OSError as error:
            raise UserError(f"api.certificate_file, api.key_file: {error.strerror}", exit_code=EXIT_CONFIG) from None

    def run(self, sockets: Sequence[socket.socket]) -> None:
        """Serves ``sockets`` until SIGTERM or SIGINT, or ``end`` is called."""
        self._server.run(list(sockets))

    def end(self) -> None:
        """Ends it soon. From any thread."""
        self._server.should_exit = True

    def _uvicorn(self) -> uvicorn.Config:
        section = self._config.api
        return uvicorn.Config(
            self._application(),
            http=cast(Any, partial(BoundedProtocol, self._bounds)),
            loop="asyncio",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=END_SECONDS,
            timeout_notify=REPORT_INTERVAL,
            callback_notify=self._report,
            ssl_certfile=section.certificate_file or None,
            ssl_keyfile=section.key_file or None,
        )

    def _application(self) -> ASGIApp:
        section = self._config.api
        api = Api(self._lookups, self._tokens, Rates(section.requests_per_second, BURST))
        app = api.application(self._life)
        return app if section.access_log == "off" else AccessLog(app, section.access_log)

    @asynccontextmanager
    async def _life(self, _: Starlette) -> AsyncIterator[None]:
        log.fact(logging.INFO, "started", database=self._config.database.path)
        self._notifier.ready()
        yield
        self._notifier.stopping()
        self._lookups.close()
        log.fact(logging.INFO, "stopped", status=0)

    async def _report(self) -> None:
        connections = len(self._server.server_state.connections)
        self._notifier.status(self._lookups.problem or f"{connections} connections")
        self._notifier.alive()


def run(config: Config, sockets: Sequence[socket.socket]) -> None:
    """Answers until SIGTERM or SIGINT. The process should exit then: a lookup may still wait for a disk."""
    allow_files(CONNECTIONS_LIMIT + 100)
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)  # bounced.daemon.api logs what is worth it
    if config.api.is_exposed:
        log.fact(logging.WARNING, "api-exposed", listen=config.api.listen, see="certificate_file in [api]")
    server = ApiServer(config, Bounds(), Lookups(config))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.end())  # until uvicorn hears them, and for it to raise them again
    server.run(sockets)
