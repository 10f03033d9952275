"""Finds and reads the configuration file. Loads nothing else."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path

DEFAULT_PATH = Path("/etc/bounced/bounced.toml")

#: The database where the configuration names none, and without a configuration.
DEFAULT_DATABASE = "/var/lib/bounced/bounced.db"
LOCAL_DATABASE = "bounced.db"


def find(option: str | None, environment: Mapping[str, str]) -> Path | None:
    """The file to read: --config, else $BOUNCED_CONFIG, else the one in /etc if it exists, else ``None``."""
    if named := option or environment.get("BOUNCED_CONFIG"):
        return Path(named)
    try:
        return DEFAULT_PATH if DEFAULT_PATH.exists() else None
    except PermissionError:  # of its folder; to read it says so
        return DEFAULT_PATH


def content(path: Path, limit: int = -1) -> bytes:
    """The content of a regular file of at most ``limit`` octets (-1: any number).

    Raises OSError for larger and other files: opening a FIFO could block forever.
    """
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "is not a regular file")
        octets = file.read(limit + 1 if limit >= 0 else limit)
    if 0 <= limit < len(octets):
        raise OSError(errno.EFBIG, f"is larger than {limit >> 20} MB")
    return octets
