"""What uvicorn leaves open of HTTP: how long a request may take to arrive, and how long its head may be.

1. A connection on which no request arrives within REQUEST_SECONDS, from its begin or from the answer before, ends.
2. A head is as long as HEAD_LIMIT, and there are CONNECTIONS_LIMIT connections.
3. A client that takes nothing of its answer for SEND_SECONDS is cut off.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bounced.daemon import log
from bounced.daemon.api.problems import content
from bounced.sources.retry import Reminder

REQUEST_SECONDS = 20.0
SEND_SECONDS = 30.0
HEAD_LIMIT = 16 * 1024
CONNECTIONS_LIMIT = 1000

#: What the client is told before its connection ends.
REFUSALS = {
    400: "this is not HTTP",
    408: "the request did not arrive in time",
    431: f"the head of the request may have {HEAD_LIMIT >> 10} kB",
}


class Bounds:
    """What all connections of a server share."""

    def __init__(
        self,
        request_seconds: float = REQUEST_SECONDS,
        send_seconds: float = SEND_SECONDS,
        connections: int = CONNECTIONS_LIMIT,
    ) -> None:
        self.request_seconds = request_seconds
        self.send_seconds = send_seconds
        self.connections = connections
        self._full = Reminder()

    def is_full(self, connections: int) -> bool:
        """True when so many are too many, which is logged now and then."""
        if connections <= self.connections:
            return False
        if self._full.is_due("too many connections"):
            log.fact(logging.WARNING, "connections-refused", limit=self.connections)
        return True


class BoundedProtocol(HttpToolsProtocol):
    """One connection, within ``bounds``; the rest is what uvicorn passes."""

    def __init__(self, bounds: Bounds, **rest: Any) -> None:
        super().__init__(**rest)
        self._bounds = bounds
        self._deadline: asyncio.TimerHandle | None = None  # of a request
        self._patience: asyncio.TimerHandle | None = None  # with a client that does not take its answer
        self._head_octets = 0  # of a head that has not ended yet
        self._is_in_head = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Takes a connection, or ends it when there are too many."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=1, low=0)  # it is told of all that waits; of nothing, over TLS, with 0
        if self._bounds.is_full(len(self.connections)):
            transport.abort()
        else:
            self._expect()

    def data_received(self, data: bytes) -> None:
        """Takes octets."""
        if self.transport.is_closing():
            return
        self._expect()
        was_in_head = self._is_in_head
        super().data_received(data)
        self._head_octets += len(data) if was_in_head and self._is_in_head else 0
        if self._head_octets > HEAD_LIMIT:
            self._refuse(431)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._is_in_head, self._head_octets = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is there: has it answered, unless it is too long."""
        self._is_in_head = False
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_LIMIT:
            self._refuse(431)
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Takes a part of the body."""
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is there."""
        self._forget()
        if not self.transport.is_closing():
            super().on_message_complete()

    def pause_writing(self) -> None:
        """The client does not take what is written."""
        super().pause_writing()
        self._patience = self.loop.call_later(self._bounds.send_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """It has taken everything."""
        super().resume_writing()
        self._be_patient()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        self._forget()
        self._be_patient()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What the parser can't read."""
        if not self.transport.is_closing():
            self._refuse(400)

    def _expect(self) -> None:
        """A request is to arrive in time."""
        if self._deadline is None:
            self._deadline = self.loop.call_later(self._bounds.request_seconds, self._refuse, 408)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _be_patient(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _refuse(self, status: int) -> None:
        """Ends the connection, with an answer unless one was begun."""
        cycle = cast(Any, self.cycle)
        if cycle is None or cycle.response_complete or not cycle.response_started:
            body = content(status, REFUSALS[status])
            head = f"HTTP/1.1 {status} \r\nContent-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n"
            self.transport.write(f"{head}Connection: close\r\n\r\n".encode() + body)
        self.transport.close()
