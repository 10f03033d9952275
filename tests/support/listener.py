"""The part of a server that takes connections, for those that the tests write themselves."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class Listener:
    """Takes connections on loopback; ``serve`` has each in a thread of its own, and it is closed when that returns."""

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self._serve = serve
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._peers: list[socket.socket] = []
        self.port = int(self._listening.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def connections(self) -> int:
        """How many there were so far."""
        return len(self._peers)

    @property
    def held(self) -> int:
        """How many of them are open."""
        return sum(peer.fileno() >= 0 for peer in tuple(self._peers))

    def hang_up(self) -> None:
        """Ends all connections; there can be new ones."""
        for peer in tuple(self._peers):
            with suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Ends all connections, and takes no more."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()
        self.hang_up()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._listening.accept()
                self._peers.append(peer)
                threading.Thread(target=self._have, args=(peer,), daemon=True).start()

    def _have(self, peer: socket.socket) -> None:
        with suppress(OSError), peer:
            self._serve(peer)
