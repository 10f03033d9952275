"""What a daemon takes that watches 20 idle mailboxes. `python -m benchmarks idle`; needs Dovecot."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import trustme

from benchmarks.commands import megabytes
from tests.support.daemon import Daemon
from tests.support.servers import dovecot_is_missing, running_dovecot

MAILBOXES = 20
SECONDS = 60
POLLED = "SELECT count(polled_at) = %d FROM polls"


def rows() -> Iterator[tuple[str, float]]:
    """Memory of all of its processes, and the part of a core that it takes."""
    if dovecot_is_missing():
        return
    with tempfile.TemporaryDirectory() as folder, running_dovecot(trustme.CA()) as dovecot:
        daemon = Daemon(Path(folder))
        servers = {f"box{number}": dovecot.fresh() for number in range(MAILBOXES)}
        for server in servers.values():
            server.append_all("INBOX", [])
        daemon.configure(servers)
        with daemon.running():
            daemon.wait_for("started")
            daemon.wait_until(POLLED % MAILBOXES)
            yield from _taken(daemon)
            daemon.stop()


def _taken(daemon: Daemon) -> Iterator[tuple[str, float]]:
    pid = daemon.process.pid if daemon.process else 0
    before = _processor_seconds(pid)
    time.sleep(SECONDS)
    spent = _processor_seconds(pid) - before
    yield f"daemon with {MAILBOXES} idle mailboxes, MB (100)", megabytes(pid)
    yield f"daemon with {MAILBOXES} idle mailboxes, percent of a core (0.5)", 100 * spent / SECONDS


def _processor_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / 100
