"""Programs that hold a lock which stops all writing: read permission on the -shm file is enough to share SQLite's own.

SQLite takes these locks exclusively, to write (https://sqlite.org/walformat.html, WAL locks); no reader takes them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

#: The octets of the -shm file that are locked to write, to write the -wal file back, and to recover.
WRITING = range(120, 123)

#: The octet that every program with the database open has locked.
OPEN = range(128, 129)

#: A shared lock in /proc/locks: process, inode, first octet and last one.
_SHARED = re.compile(r"^\d+: +(?:POSIX|OFDLCK) +\w+ +READ +(-?\d+) +[0-9a-f:]+:(\d+) +(\d+) +(\d+|EOF)$", re.MULTILINE)

#: In /proc/PID/status: real, effective, saved and file system user.
_EFFECTIVE_USER = re.compile(r"^Uid:\t\d+\t(\d+)\t", re.MULTILINE)


def problem(path: str) -> str:
    """Who stops all writing to the database ``path``, for a person; ``""`` if nobody does that can be seen."""
    try:
        inode, locks = Path(f"{path}-shm").stat().st_ino, Path("/proc/locks").read_text("ascii")
    except OSError:
        return ""
    programs = list(dict.fromkeys(map(_name, _holders(locks, inode))))
    if not programs:
        return ""
    return f"{', '.join(programs)} holds a lock on {path}-shm that stops all writing; end that program"


def users(path: str) -> list[str]:
    """The programs of the owner of the database ``path``, or of root, that have it open, for a person.

    Those are the ones that may write it; its readers are other users.
    """
    try:
        owner = Path(path).stat().st_uid
        inode, locks = Path(f"{path}-shm").stat().st_ino, Path("/proc/locks").read_text("ascii")
    except OSError:
        return []
    processes = dict.fromkeys(_holders(locks, inode, OPEN))
    return [_name(process) for process in processes if process != os.getpid() and _user(process) in (0, owner)]


def _user(process: int) -> int:
    """The user of a process, root for one that can't be seen."""
    with suppress(OSError):
        found = _EFFECTIVE_USER.search(Path(f"/proc/{process}/status").read_text("ascii", "replace"))
        return int(found[1]) if found else 0
    return 0


def _holders(locks: str, inode: int, octets: range = WRITING) -> Iterator[int]:
    """The processes with a shared lock on any of ``octets``."""
    for process, locked, first, last in _SHARED.findall(locks):
        end = octets.stop if last == "EOF" else int(last)
        if int(locked) == inode and int(first) < octets.stop and end >= octets.start:
            yield int(process)


def _name(process: int) -> str:
    if process <= 0:  # a lock of an open file, which has no owner, or another namespace
        return "a program that `fuser -v`, run by root, shows"
    name = "a program"
    with suppress(OSError):
        name = ascii(Path(f"/proc/{process}/comm").read_text("utf-8", "replace").strip())[1:-1]
    return f"{name} (process {process})"
