"""Connections on which a whole answer, its head included, may take so many seconds.

The timeout of a socket begins anew with every octet: a peer that sends one now and then would hold a request for weeks.
"""

from __future__ import annotations

import io
import logging
import socket
import time
from http.client import HTTPResponse
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # it logs heads that are none, with the URL and a traceback


class Manager(PoolManager):
    """A PoolManager with such connections; their seconds are its timeout."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


class _Octets(io.RawIOBase):
    """What arrives on ``connection`` within its timeout, which is that of all of it; TimeoutError after that."""

    def __init__(self, connection: socket.socket, octets: io.RawIOBase) -> None:
        self._connection = connection
        self._octets = octets
        self._seconds = connection.gettimeout()
        self._until = time.monotonic() + (self._seconds or float("inf"))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._seconds is None:
            return self._octets.readinto(buffer)
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._connection.settimeout(left)
        try:
            return self._octets.readinto(buffer)
        finally:
            self._connection.settimeout(self._seconds)

    def close(self) -> None:
        self._octets.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp: io.BufferedReader = io.BufferedReader(_Octets(sock, self.fp.detach()))


class _HTTP(HTTPConnection):
    response_class = _Response


class _HTTPS(HTTPSConnection):
    response_class = _Response


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPS
