"""The TCP connection to a server: the first of its addresses to answer, or through a proxy."""

from __future__ import annotations

import os
import selectors
import socket
import time
from collections.abc import Iterator
from itertools import chain, zip_longest
from typing import Any

from bounced.sources.imap.account import Account, Proxy

#: Seconds after which the next address is tried beside the others (RFC 8305 5).
HEAD_START_SECONDS = 0.25

Address = tuple[socket.AddressFamily, Any]


def connected(account: Account, timeout: float | None) -> socket.socket:
    """A socket with that timeout. Raises OSError."""
    seconds = timeout or account.timeout
    opened = (
        _through(account.proxy, account, seconds) if account.proxy else fastest(account.host, account.port, seconds)
    )
    opened.settimeout(timeout)
    return opened


def _through(proxy: Proxy, account: Account, seconds: float) -> socket.socket:
    """Through a proxy, which resolves the name of the server itself. Raises OSError, whose words name the proxy."""
    import python_socks.sync

    way = python_socks.sync.Proxy(
        proxy_type=python_socks.ProxyType[proxy.type.upper()],
        host=proxy.host,
        port=proxy.port,
        username=proxy.user or None,
        password=proxy.password or None,
        rdns=True,
    )
    try:
        opened: socket.socket = way.connect(account.host, account.port, timeout=seconds)
    except (python_socks.ProxyError, python_socks.ProxyConnectionError, python_socks.ProxyTimeoutError) as problem:
        raise OSError(f"{proxy}: {problem}") from None
    return opened


def fastest(host: str, port: int, seconds: float) -> socket.socket:
    """A socket to the first address that answers: one that is swallowed costs HEAD_START_SECONDS, not a timeout.

    Both families are tried in turn (RFC 8305, "happy eyeballs"). Raises OSError: the first failure.
    """
    waiting = _addresses(host, port)
    deadline = time.monotonic() + seconds
    problems: list[OSError] = []
    with selectors.DefaultSelector() as selector:
        try:
            return _first(selector, waiting, deadline, problems)
        finally:
            for key in list(selector.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr]


def _first(
    selector: selectors.BaseSelector, waiting: list[Address], deadline: float, problems: list[OSError]
) -> socket.socket:
    while waiting or selector.get_map():
        if time.monotonic() > deadline:
            raise TimeoutError("timed out")
        if waiting:
            _begin(selector, waiting.pop(0), problems)
        left = deadline - time.monotonic()
        for key, _ in selector.select(max(0.0, min(HEAD_START_SECONDS, left) if waiting else left)):
            opened: socket.socket = key.fileobj  # type: ignore[assignment]
            selector.unregister(opened)
            if not (code := opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)):
                return opened
            opened.close()
            problems.append(_error(code))
    raise problems[0] if problems else OSError("no address")


def _begin(selector: selectors.BaseSelector, address: Address, problems: list[OSError]) -> None:
    family, name = address
    try:
        opened = socket.socket(family, socket.SOCK_STREAM)
    except OSError as problem:  # a machine without IPv6
        problems.append(problem)
        return
    opened.setblocking(False)
    try:
        opened.connect(name)
    except BlockingIOError:
        pass
    except OSError as problem:
        opened.close()
        problems.append(problem)
        return
    selector.register(opened, selectors.EVENT_WRITE)


def _error(code: int) -> OSError:
    return OSError(code, os.strerror(code))  # the class that belongs to the number: ConnectionRefusedError, …


def _addresses(host: str, port: int) -> list[Address]:
    """The addresses of ``host``, the families in turn, the resolver's favorite first. Raises socket.gaierror."""
    found = [(family, name) for family, _, _, _, name in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    first = [address for address in found if address[0] == found[0][0]]
    others = [address for address in found if address[0] != found[0][0]]
    return list(_without_none(chain.from_iterable(zip_longest(first, others))))


def _without_none(addresses: Iterator[Address | None]) -> Iterator[Address]:
    return (address for address in addresses if address)
