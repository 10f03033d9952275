"""A SOCKS5 proxy and one with CONNECT, which note where they were asked to connect to, and with which login."""

from __future__ import annotations

import socket
import threading
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, Self

from tests.support.listener import Listener


class StubProxy:
    """Connects to ``port`` on loopback whatever it is asked for; wants the login ``expected``, "user:password"."""

    def __init__(self, type_: Literal["socks5", "http"], port: int, expected: str = "") -> None:
        self._type = type_
        self._target = port
        self._expected = expected
        self.asked: list[str] = []
        self._listener = Listener(self._serve)
        self.port = self._listener.port

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self._listener.close()

    def _serve(self, peer: socket.socket) -> None:
        if (self._socks5 if self._type == "socks5" else self._connect)(peer):
            with socket.create_connection(("127.0.0.1", self._target)) as server:
                relay(peer, server)

    def _socks5(self, peer: socket.socket) -> bool:
        with peer.makefile("rb", buffering=0) as stream:
            stream.read(stream.read(2)[1])
            peer.sendall(b"\5\2" if self._expected else b"\5\0")
            if self._expected and not self._login(stream.read, peer):
                return False
            _, _, _, kind = stream.read(4)
            assert kind == 3, "a name, for the proxy to resolve"
            host = stream.read(stream.read(1)[0]).decode()
            self.asked.append(f"{host}:{int.from_bytes(stream.read(2), 'big')}")
            peer.sendall(b"\5\0\0\1" + bytes(6))
            return True

    def _login(self, read: object, peer: socket.socket) -> bool:
        assert callable(read)
        read(1)
        user, password = (read(read(1)[0]).decode() for _ in range(2))
        is_right = f"{user}:{password}" == self._expected
        peer.sendall(b"\1\0" if is_right else b"\1\1")
        return is_right

    def _connect(self, peer: socket.socket) -> bool:
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            if not (octet := peer.recv(1)):
                return False
            request += octet
        text = request.decode()
        self.asked.append(text.split()[1])
        sent = text.partition("Basic ")[2].partition("\r")[0]
        if b64decode(sent).decode() != self._expected:
            peer.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return False
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        return True


def relay(one: socket.socket, other: socket.socket, seen: Callable[[bytes], None] = lambda _: None) -> None:
    """Passes on what either sends until both have ended; ``seen`` gets what ``one`` sends."""

    def pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if source is one:
                    seen(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    back = threading.Thread(target=pump, args=(other, one), daemon=True)
    back.start()
    pump(one, other)
    back.join()
