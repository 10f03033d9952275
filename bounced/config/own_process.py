"""Keeps the secrets in this process to itself: its workers, which parse what strangers wrote, are of the same user.

1. The variables that hold secrets are overwritten where /proc/PID/environ shows them, so nobody finds them there.
2. The process' memory is closed to processes of the same user (prctl(2), PR_SET_DUMPABLE); only root can look into it.
3. No process that is started later gets the variables.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

#: prctl(2).
PR_SET_DUMPABLE = 4

#: env_start and env_end in /proc/PID/stat, counted from the field behind the command (proc(5)).
ENVIRONMENT_BOUNDS = slice(47, 49)


def withdraw(names: Collection[str]) -> dict[str, str]:
    """The environment as it was; from now on nobody else can read the variables ``names`` in it."""
    environment = {**os.environ}
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    with suppress(OSError):  # without /proc nobody can read it there either
        _overwrite({os.fsencode(name) for name in names})
    for name in names:
        os.environ.pop(name, None)
    return environment


def _overwrite(names: Collection[bytes]) -> None:
    """Every variable of ``names`` in the block that the kernel made, however often it is there."""
    fields = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
    start, end = map(int, fields[ENVIRONMENT_BOUNDS])
    for variable in ctypes.string_at(start, end - start).split(b"\0"):
        name, _, value = variable.partition(b"=")
        if name in names:
            ctypes.memset(start + len(name) + 1, 0, len(value))
        start += len(variable) + 1
