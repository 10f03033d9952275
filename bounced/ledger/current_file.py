"""The database under a name, whichever file that is now: a restored backup takes the place of the file before."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bounced.ledger import reading


class CurrentFile:
    """The database at ``path``, opened to be read. Whoever asks waits ``busy_seconds`` at most for a lock."""

    def __init__(self, path: str, busy_seconds: float = reading.BUSY_SECONDS) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        self._db: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def current(self) -> sqlite3.Connection:
        """The database, opened when it is not, or when another file has its name. Raises LedgerError."""
        identity = _identity(self.path)  # before it is opened: whatever takes its place later is another one
        if self._db is None or identity != self._identity:
            db = reading.opened(self.path, self._busy_seconds)
            db.row_factory = sqlite3.Row
            self.close()
            self._db, self._identity = db, identity
        return self._db

    def close(self) -> None:
        """Closes the file, if it is open."""
        if self._db is not None:
            self._db.close()
            self._db = None


def _identity(path: str) -> tuple[int, int] | None:
    """Device and inode of a file, ``None`` when there are none: opening it tells why."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
