"""A network of its own, in which this host has an address that is not loopback."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.conftest import missing

#: Another host, for programs that tell it from loopback (RFC 5737).
ADDRESS = "192.0.2.7"

SET_UP = f"ip link set lo up && ip address add {ADDRESS}/32 dev lo && echo up && exec cat"


@dataclass(frozen=True)
class Network:
    """A network: what is run with ``enter`` before it is in it."""

    pid: int

    @property
    def enter(self) -> tuple[str, ...]:
        """The beginning of a command line."""
        return ("nsenter", f"--target={self.pid}", "--net", "--")


@contextmanager
def network() -> Iterator[Network]:
    """A network for as long as the block runs; skips where this machine lets us have none."""
    if not all(map(shutil.which, ("unshare", "nsenter", "ip"))):
        missing("unshare, nsenter and ip (Debian: util-linux, iproute2)")
    command = ["unshare", "--net", "sh", "-c", SET_UP]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        if holder.stdout.readline() != b"up\n":
            missing("unshare --net, with the right to use it,")
        try:
            yield Network(holder.pid)
        finally:
            holder.kill()
