"""Reports the daemon's state to systemd (sd_notify(3)). One datagram: less code than any library for it."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress


class SystemdNotifier:
    """Does nothing without a service manager. Any thread may call any method."""

    def __init__(
        self, environment: Mapping[str, str] = os.environ, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = environment.get("NOTIFY_SOCKET", "")
        self._clock = clock
        self._every = _watchdog_seconds(environment) / 2
        self._alive_at = -self._every
        self._status = ""

    def ready(self) -> None:
        """The daemon works, or has finished a reload."""
        self._send("READY=1")

    def reloading(self) -> None:
        """A reload has started; ``ready`` ends it."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={int(self._clock() * 1_000_000)}")

    def stopping(self) -> None:
        """The daemon is stopping."""
        self._send("STOPPING=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`; sent when it changes."""
        if text != self._status:
            self._status = text
            self._send(f"STATUS={text}")

    def alive(self) -> None:
        """Call continually while everything works; sent twice as often as the watchdog requires."""
        if self._every and self._clock() - self._alive_at >= self._every:
            self._alive_at = self._clock()
            self._send("WATCHDOG=1")

    def _send(self, *states: str) -> None:
        if not self._name:
            return
        address = "\0" + self._name[1:] if self._name.startswith("@") else self._name
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            # Called by the main thread: a service manager that does not read must not block it.
            sender.settimeout(0.2)
            sender.sendto("\n".join(states).encode(), address)


def _watchdog_seconds(environment: Mapping[str, str]) -> float:
    """How often the service manager expects ``WATCHDOG=1``, 0 when it does not watch this process."""
    for_us = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(environment.get("WATCHDOG_USEC", "0")) / 1_000_000 if for_us else 0.0
