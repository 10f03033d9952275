"""Whether a daemon runs: the kernel is asked, since nobody writes down that he was killed.

1. A number that another process has now is not the daemon: that started at another time (proc(5), starttime).
2. What can't be seen, in another container or behind hidepid, is not said to be gone.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from bounced.daemon.problems import Problem
from bounced.ledger.daemons import Daemon, Process

#: The facts of a process.
STAT = "/proc/{}/stat"

#: The place of starttime in it, behind the name in parentheses.
START_TIME = 19

ADVICE = "start it: `systemctl start bounced`; its last words are in the journal"


def this() -> Process:
    """This process."""
    return Process(os.getpid(), _ticks(os.getpid()) or 0, _namespace())


def is_running(daemon: Daemon) -> bool | None:
    """Whether ``daemon`` runs, ``None`` if that can't be seen from here."""
    if daemon.namespace != _namespace():
        return None
    ticks = _ticks(daemon.pid)
    if ticks is not None:
        return ticks == daemon.ticks
    return None if _exists(daemon.pid) else False


def is_gone(daemon: Daemon) -> bool:
    """True when ``daemon`` is known not to run."""
    return is_running(daemon) is False


def problem(daemons: Sequence[Daemon]) -> Problem | None:
    """That none of ``daemons`` runs any more, the last of which is told about."""
    if not daemons or not all(map(is_gone, daemons)):
        return None
    last = daemons[-1]
    text = f"not running: process {last.pid}, started at {last.started_at}, has ended"
    return Problem("daemon", "daemon", text, ADVICE, is_critical=True)


def _namespace() -> int:
    try:
        return Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return 0


def _ticks(pid: int) -> int | None:
    """When the process started, ``None`` if there is none that can be seen."""
    try:
        stat = Path(STAT.format(pid)).read_text("utf-8", "replace")
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[START_TIME])


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True
