"""A TCP proxy that does to connections what networks do; in front of a server on loopback."""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Self

from tests.support.listener import Listener

Kind = Literal["none", "reset", "cut", "half-open", "drip"]

#: With it, closing sends a reset instead of an end of file.
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a connection once the server has sent so many octets.

    ``half-open``: nothing comes any more and nobody says so. ``drip``: an octet every ``seconds``.
    """

    kind: Kind = "none"
    after: int = 0
    seconds: float = 0.0


class FaultProxy:
    """Passes connections on to ``port``. Each gets a fault, drawn by ``seed`` from ``faults``; ``calm`` ends that."""

    def __init__(self, port: int, faults: Sequence[Fault] = (Fault(),), seed: int = 0) -> None:
        self._target = port
        self._faults = faults
        self._random = random.Random(seed)
        self._calm = threading.Event()
        self._listener = Listener(self._serve)
        self.port = self._listener.port

    @property
    def connections(self) -> int:
        """How many there were so far."""
        return self._listener.connections

    def calm(self) -> None:
        """New connections are left alone from now on, and those that drip flow again."""
        self._faults = (Fault(),)
        self._calm.set()

    def worsen(self, faults: Sequence[Fault]) -> None:
        """Drops every connection, and draws from ``faults`` for the new ones."""
        self._faults = faults
        self._calm = threading.Event()
        self._listener.hang_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self._listener.close()

    def _serve(self, client: socket.socket) -> None:
        """Until both sides have ended; a server that is not there ends the client at once."""
        fault, calm = self._random.choice(self._faults), self._calm
        with socket.create_connection(("127.0.0.1", self._target)) as server:
            asking = threading.Thread(target=_pass, args=(client, server), daemon=True)
            asking.start()
            _pass_with(server, client, fault, calm)
            asking.join()


def _pass(source: socket.socket, target: socket.socket) -> None:
    """Until ``source`` ends."""
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    _end(target)


def _pass_with(server: socket.socket, client: socket.socket, fault: Fault, calm: threading.Event) -> None:
    """Until ``fault`` strikes."""
    if fault.kind == "none":
        _pass(server, client)
        return
    left = fault.after
    with suppress(OSError):
        while left and (data := server.recv(min(left, 65536))):
            client.sendall(data)
            left -= len(data)
        _strike(server, client, fault, calm)
    _end(server)


def _strike(server: socket.socket, client: socket.socket, fault: Fault, calm: threading.Event) -> None:
    if fault.kind == "reset":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        client.close()
    elif fault.kind == "cut":
        client.shutdown(socket.SHUT_RDWR)
    elif fault.kind == "drip":
        while not calm.wait(fault.seconds) and (data := server.recv(1)):
            client.sendall(data)
        _pass(server, client)
    elif fault.kind == "half-open":
        while server.recv(65536):
            pass


def _end(peer: socket.socket) -> None:
    with suppress(OSError):
        peer.shutdown(socket.SHUT_RDWR)
