"""Answers Postfix over many connections, in one process.

1. A recipient is refused only for a suppression that was read from the database.
2. Whatever is wrong with the database, every request has an answer within LOOKUP_SECONDS: smtpd never waits for it.
3. What is no request has no answer, and ends the connection. A request is as long as REQUEST_LIMIT, a connection may be
   idle for IDLE_SECONDS, and there are CONNECTIONS_LIMIT of them.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from bounced.config import Config
from bounced.config.tenant import SendingTenants
from bounced.daemon import log
from bounced.daemon.listen import allow_files
from bounced.daemon.policy_server.protocol import END, REQUEST_LIMIT, BadRequest, Request, answer, parsed
from bounced.daemon.policy_server.recipients import UNAVAILABLE_ACTIONS, Recipients, refusal
from bounced.daemon.systemd import SystemdNotifier
from bounced.errors import LedgerError
from bounced.sources.retry import Reminder

#: Seconds for a lookup. Postfix waits for ten, as docs/readers.md has it (timeout=10s).
LOOKUP_SECONDS = 5.0

#: Seconds between two requests; Postfix closes an idle connection after 300 (smtpd_policy_service_max_idle).
IDLE_SECONDS = 900.0

#: One for each smtpd: by default Postfix runs at most a hundred.
CONNECTIONS_LIMIT = 2000

#: Open files: one for each connection, and those of the database.
FILES_WANTED = CONNECTIONS_LIMIT + 100

#: Seconds between two signs of life for the service manager.
REPORT_INTERVAL = 10.0


class PolicyServer:
    """Answers by ``config``. Its thread looks up one recipient at a time."""

    def __init__(self, config: Config, lookup_seconds: float = LOOKUP_SECONDS) -> None:
        section = config.policy_server
        self._path = config.database.path
        self._recipients = Recipients(self._path, section, config.streams, SendingTenants.of(config.tenant))
        self._unavailable = UNAVAILABLE_ACTIONS[section.unavailable]
        self._lookup_seconds = lookup_seconds
        self._thread = ThreadPoolExecutor(1, "lookup")
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._failing, self._confused, self._full = Reminder(), Reminder(), Reminder()
        self._notifier = SystemdNotifier()

    async def run(self, sockets: Sequence[socket.socket]) -> None:
        """Serves ``sockets`` until SIGTERM or SIGINT."""
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        servers = [await self._serve(listener) for listener in sockets]
        log.fact(logging.INFO, "started", database=self._path)
        self._notifier.ready()
        while not stopped.is_set():
            self._report()
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), REPORT_INTERVAL)
        self._notifier.stopping()
        await self._stop(servers)
        log.fact(logging.INFO, "stopped", status=0)

    async def _serve(self, listener: socket.socket) -> asyncio.Server:
        # Not start_unix_server for Unix sockets: from Python 3.13 on it looks for the file, which may be out of reach,
        # and removes it at the end, though systemd still listens.
        return await asyncio.start_server(self._connected, sock=listener, limit=REQUEST_LIMIT)

    async def _stop(self, servers: Sequence[asyncio.Server]) -> None:
        """Ends every connection; a request that is being looked up has its answer first or none."""
        for server in servers:
            server.close()
        for writer in self._connections.values():
            writer.close()
        if self._connections:
            await asyncio.wait(self._connections, timeout=self._lookup_seconds + 1)
        self._thread.submit(self._recipients.close)
        self._thread.shutdown(wait=False)

    def _report(self) -> None:
        self._notifier.status(self._failing.problem or f"{len(self._connections)} connections")
        self._notifier.alive()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= CONNECTIONS_LIMIT:
            if self._full.is_due("too many connections"):
                log.fact(logging.WARNING, "connections-refused", limit=CONNECTIONS_LIMIT)
            writer.close()
            return
        task = asyncio.create_task(self._attend(reader, writer))
        self._connections[task] = writer
        task.add_done_callback(self._connections.pop)

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._conversation(reader, writer)
        except BadRequest as error:
            if self._confused.is_due(str(error)):
                log.fact(logging.WARNING, "bad-request", problem=error)
        except (asyncio.IncompleteReadError, OSError):
            pass  # Postfix has ended it, or it was idle
        finally:
            writer.close()

    async def _conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            async with asyncio.timeout(IDLE_SECONDS):
                request = await _request(reader)
            writer.write(answer(await self._action(request)))
            async with asyncio.timeout(IDLE_SECONDS):
                await writer.drain()

    async def _action(self, request: Request) -> str:
        lookup = asyncio.get_running_loop().run_in_executor(self._thread, self._recipients.suppression, request)
        try:
            suppression = await asyncio.wait_for(lookup, self._lookup_seconds)
        except LedgerError as error:
            return self._failed(str(error))
        except TimeoutError:
            return self._failed(f"{self._path}: no answer within {self._lookup_seconds:g} s")
        if self._failing.is_over():
            log.fact(logging.WARNING, "lookup-recovered", database=self._path)
        return refusal(suppression) if suppression else "DUNNO"

    def _failed(self, problem: str) -> str:
        if self._failing.is_due(problem):
            log.fact(logging.WARNING, "lookup-failed", problem=problem, answer=self._unavailable.split()[0])
        return self._unavailable


async def _request(reader: asyncio.StreamReader) -> Request:
    """The next request. Raises BadRequest, IncompleteReadError at the end."""
    try:
        return parsed(await reader.readuntil(END))
    except asyncio.LimitOverrunError:
        raise BadRequest(f"longer than {REQUEST_LIMIT} octets") from None


def run(config: Config, sockets: Sequence[socket.socket]) -> None:
    """Answers until SIGTERM or SIGINT. The process should exit then: a lookup may still wait for a disk."""
    allow_files(FILES_WANTED)
    asyncio.run(PolicyServer(config).run(sockets))
