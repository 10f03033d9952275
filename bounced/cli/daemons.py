"""How `bounced status` shows the daemons that were started."""

from __future__ import annotations

from bounced.cli.output import Row
from bounced.daemon import running
from bounced.ledger.daemons import Daemon
from bounced.peer import printable


def row(daemon: Daemon) -> Row:
    """A daemon, for programs."""
    return {
        "version": daemon.version,
        "pid": daemon.pid,
        "started_at": daemon.started_at,
        "is_running": running.is_running(daemon),
    }


def text(row: Row) -> str:
    """What the counts go on with for a daemon that is not known to be gone."""
    if row["is_running"] is False:
        return ""
    unseen = "" if row["is_running"] else ", as far as can be seen from here"
    return f", version {printable(row['version'])} running since {row['started_at']} (process {row['pid']}{unseen})"
