"""Tells systemd how the daemon is (sd_notify(3)). A datagram of one line: less than any library for it."""

from __future__ import annotations

import os
import socket
from contextlib import suppress


def notify(*states: str) -> None:
    """Sends lines like ``READY=1`` to the service manager; does nothing where there is none."""
    name = os.environ.get("NOTIFY_SOCKET", "")
    if not name:
        return
    address = "\0" + name[1:] if name.startswith("@") else name
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.sendto("\n".join(states).encode(), address)


def watchdog_seconds() -> float:
    """How often the service manager wants ``WATCHDOG=1``, 0 when it does not watch this process."""
    for_us = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(os.environ.get("WATCHDOG_USEC", "0")) / 1_000_000 if for_us else 0.0
