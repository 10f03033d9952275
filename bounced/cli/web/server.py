"""Serves Datasette with the report as its front page, until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import uvicorn
from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm

from bounced.cli.web import plugin
from bounced.cli.web.front import FrontPage
from bounced.cli.web.gate import Application, Gate
from bounced.cli.web.metadata import DATABASE, SETTINGS, STATIC, metadata
from bounced.config import Config
from bounced.ledger.current_file import CurrentFile

#: Seconds that the end waits for answers.
END_SECONDS = 2

#: Seconds that a lock is waited for.
BUSY_SECONDS = 2.0

Result = TypeVar("Result")


class LedgerDatabase(Database):  # type: ignore[misc]  # Datasette has no types
    """The ledger as an unprivileged reader opens it: live, without locks, and unable to write."""

    def __init__(self, datasette: Datasette, path: str) -> None:
        super().__init__(datasette, path)
        self._threads = threading.local()

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """None: whoever asks for one goes by ``execute_fn``, and nobody writes."""
        raise NotImplementedError

    async def execute_fn(self, fn: Callable[[sqlite3.Connection], Result]) -> Result:
        """What ``fn`` returns of the file that has the name now. Raises LedgerError, sqlite3.Error."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.ds.executor, lambda: fn(self._connection()))

    def _connection(self) -> sqlite3.Connection:
        """The connection of this thread, opened anew when a backup was restored."""
        if not hasattr(self._threads, "file"):
            self._threads.file = CurrentFile(self.path, BUSY_SECONDS)
        connection: sqlite3.Connection = self._threads.file.current()
        self.ds._prepare_connection(connection, self.name)
        return connection


def application(config: Config, password: str) -> Application:
    """The ASGI application that shows the database of ``config`` to who knows ``password``."""
    if not pm.is_registered(plugin):
        pm.register(plugin)
    static = [(STATIC, str(Path(__file__).with_name("static")))]
    datasette = Datasette(
        metadata=metadata(), settings=SETTINGS, cache_headers=False, memory=True, static_mounts=static
    )
    datasette.remove_database("_memory")
    datasette.add_database(LedgerDatabase(datasette, config.database.path), name=DATABASE)
    return Gate(FrontPage(config, cast(Application, datasette.app())), password)


def run(config: Config, listening: socket.socket, password: str) -> None:
    """Serves until SIGTERM or SIGINT."""
    options: dict[str, Any] = {"log_level": "critical", "access_log": False, "server_header": False}
    server = uvicorn.Server(
        uvicorn.Config(
            cast(Any, application(config, password)),
            timeout_graceful_shutdown=END_SECONDS,
            proxy_headers=False,
            ws="none",
            **options,
        )
    )
    asyncio.run(server.serve([listening]))
