"""A peer that takes webhooks, on the loopback interface, and does what a test says."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: What the peer answers to the JSON of a request: a status and headers.
Answer = Callable[[dict[str, Any]], tuple[int, Mapping[str, str]]]


def taken(_: dict[str, Any]) -> tuple[int, Mapping[str, str]]:
    """Takes everything."""
    return 200, {}


class Peer:
    """The requests that it took, as JSON, their headers and their bodies; ``answer`` may be changed at any time."""

    def __init__(self, port: int = 0) -> None:
        self.answer: Answer = taken
        self.requests: list[dict[str, Any]] = []
        self.seen: list[tuple[Mapping[str, str], bytes]] = []
        self._new = threading.Condition()
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers = peer.took(dict(self.headers), content)
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = _Server(("127.0.0.1", port), Handler)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        """What takes webhooks."""
        return f"http://127.0.0.1:{self.port}/hook"

    def took(self, headers: Mapping[str, str], content: bytes) -> tuple[int, Mapping[str, str]]:
        """The answer to a request, which is noted."""
        request = json.loads(content)
        with self._new:
            status, answered = self.answer(request)
            self.seen.append((headers, content))
            if status < 300:
                self.requests.append(request)
            self._new.notify_all()
        return status, answered

    def wait_for(self, number: int, seconds: float = 60.0) -> list[dict[str, Any]]:
        """The requests that it took, once there are ``number``."""
        with self._new:
            assert self._new.wait_for(lambda: len(self.requests) >= number, seconds), self.requests
            return list(self.requests)

    def wait_for_tries(self, number: int, seconds: float = 60.0) -> None:
        """Waits until there were ``number`` requests, whatever it answered."""
        with self._new:
            assert self._new.wait_for(lambda: len(self.seen) >= number, seconds), self.seen


class _Server(ThreadingHTTPServer):
    """Ends its connections when it is closed, as a process does."""

    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_: object) -> None:
        """Says nothing of whom was killed in the middle of a request."""


@contextmanager
def listening(port: int = 0) -> Iterator[Peer]:
    """A peer that listens."""
    peer = Peer(port)
    thread = threading.Thread(target=peer.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        peer.server.shutdown()
        peer.server.server_close()
        thread.join()
