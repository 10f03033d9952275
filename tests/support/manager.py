"""The service manager of a daemon, as systemd is one."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.support.daemon import PATIENCE


class Manager:
    """What systemd would hear on $NOTIFY_SOCKET."""

    def __init__(self, path: Path) -> None:
        self.heard: list[str] = []
        self.environment = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "200000"}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(PATIENCE)

    def hear(self) -> str:
        """The next datagram."""
        self.heard.append(self._socket.recv(4096).decode())
        return self.heard[-1]

    def wait_for(self, words: str) -> str:
        """The next datagram in which ``words`` stand."""
        while words not in self.hear():
            pass
        return self.heard[-1]

    def is_silent(self) -> bool:
        """True when nothing has come within a second."""
        self._socket.settimeout(1)
        try:
            self.hear()
        except TimeoutError:
            return True
        finally:
            self._socket.settimeout(PATIENCE)
        return False

    def drain(self) -> None:
        """Forgets what has come up to now."""
        self._socket.setblocking(False)
        try:
            while self._socket.recv(4096):
                pass
        except BlockingIOError:
            self._socket.settimeout(PATIENCE)

    def close(self) -> None:
        """Ends it."""
        self._socket.close()
