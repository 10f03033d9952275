"""The filesystem that a file is on, by the kernel's list of mounts: SQLite's WAL mode needs a local one.

Over a network there is no memory that processes share, and locks fail or do nothing: https://sqlite.org/wal.html.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

#: Types, as in /proc/filesystems.
NETWORK = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "coda", "ceph", "9p", "gfs2", "ocfs2", "lustre", "davfs")
)
NETWORK_FUSE = re.compile(r"fuse\.(?:sshfs|glusterfs|smbnetfs|davfs2?|s3fs|rclone|gcsfuse|ceph)")

_MOUNTS = Path("/proc/self/mountinfo")
_OCTAL = re.compile(r"\\([0-7]{3})")


def network_filesystem(path: str, mounts: str | None = None) -> str:
    """Its type ("nfs4") if ``path`` is on one, else ``""``; ``mounts`` is the content of /proc/self/mountinfo."""
    if mounts is None:
        try:
            mounts = _MOUNTS.read_text("utf-8", "replace")
        except OSError:
            return ""
    place = os.path.realpath(path)
    _, kind = max((_mount(line, place) for line in mounts.splitlines()), default=(0, ""))
    return kind if kind in NETWORK or NETWORK_FUSE.fullmatch(kind) else ""


def _mount(line: str, place: str) -> tuple[int, str]:
    """How long the mount point is, and the type that is mounted there, if ``place`` is below it (proc(5))."""
    fields, _, more = line.partition(" - ")
    words = fields.split(" ")
    point = _OCTAL.sub(lambda octal: chr(int(octal[1], 8)), words[4]) if len(words) > 4 else ""
    is_above = bool(point) and (point == place or place.startswith(point.rstrip("/") + "/"))
    return (len(point), more.split(" ")[0]) if is_above else (0, "")
