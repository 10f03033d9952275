"""The sockets of a server: those of systemd, or its own; and how many connections it may have open."""

from __future__ import annotations

import os
import resource
import socket
import stat
from collections.abc import Mapping
from pathlib import Path

from bounced.errors import UserError
from bounced.peer import is_loopback

#: The first descriptor that systemd passes (sd_listen_fds(3)).
FIRST_DESCRIPTOR = 3

#: The umask for a socket file: its owner and group can connect.
SOCKET_UMASK = 0o117

BACKLOG = 128


def inherited(environment: Mapping[str, str]) -> list[socket.socket]:
    """The listening sockets that systemd passed to this process, none when it did not start it."""
    if environment.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = int(environment.get("LISTEN_FDS", "0"))
    return [socket.socket(fileno=number) for number in range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + count)]


def listening(endpoint: str, *, is_local: bool = True) -> socket.socket:
    """A listening socket for ``inet:HOST:PORT`` or ``unix:PATH``, as main.cf writes them. Raises UserError.

    With ``is_local``, only programs on this machine can connect.
    """
    kind, _, place = endpoint.partition(":")
    if kind not in ("inet", "unix") or not place:
        raise UserError(f"{endpoint}: must look like inet:127.0.0.1:10040 or unix:/run/bounced/policy")
    try:
        return _unix(place) if kind == "unix" else _inet(place, is_local)
    except OSError as error:
        raise UserError(f"{endpoint}: {error.strerror or error}") from None


def _inet(place: str, is_local: bool) -> socket.socket:
    host, _, port = place.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (port.isascii() and port.isdecimal() and int(port) <= 65535) or (is_local and not is_loopback(host)):
        raise UserError(f"inet:{place}: must be a port of the local machine, like inet:127.0.0.1:10040")
    [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
    server = socket.socket(family, kind, protocol)
    try:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(address)
        server.listen(BACKLOG)
    except BaseException:
        server.close()
        raise
    return server


def _unix(place: str) -> socket.socket:
    path = Path(place)
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):  # of an earlier run
        path.unlink()
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(SOCKET_UMASK)
    try:
        server.bind(place)
        server.listen(BACKLOG)
    except BaseException:
        server.close()
        raise
    finally:
        os.umask(before)
    return server


def allow_files(wanted: int) -> None:
    """Lets the process have as many open files as it may, up to ``wanted``."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
