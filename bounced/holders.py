"""Who has a file open, as far as this process may see it in /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

#: Programs that are named in one line.
MOST = 5


def described(path: str) -> str:
    """The programs that may hold a transaction on the database ``path``, for a person."""
    found = sorted(set(_holders(os.path.realpath(path))))
    if not found:
        return f"a reader holds a transaction; `fuser -v {path}` run by root tells which"
    more = ["…"] if len(found) > MOST else []
    return "a reader holds a transaction, one of: " + ", ".join(found[:MOST] + more)


def _holders(path: str) -> Iterator[str]:
    own = os.getpid()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or belongs to somebody else
            if int(process.name) != own and any(str(file.readlink()) == path for file in (process / "fd").iterdir()):
                name = (process / "comm").read_text("utf-8", "replace").strip()
                yield f"{ascii(name)[1:-1]} (process {process.name})"
