"""Daily copies of the SQLite file: made while it is written, checked, and the oldest removed.

1. A copy gets its name only when it is complete, checked and on the disk; a failure leaves nothing behind.
2. The copy that was just made is never removed, nor is any when none could be made.
3. The readers of the database may read its copies.
"""

from __future__ import annotations

import fcntl
import glob
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from bounced import times
from bounced.errors import LedgerError
from bounced.ledger import database, reading

FOLDER_MODE = 0o750

#: Held while a copy is made. Of mode 0600: who may read the copies could hold a lock on anything that they may open.
LOCK = ".lock"
LOCK_MODE = 0o600


def run(path: str, folder: Path, keep: int, clock: Callable[[], datetime] = times.now) -> Path:
    """Makes and returns a checked copy of ``path`` in ``folder``, where the ``keep`` latest ones stay.

    Raises LedgerError, passing, when it can't be made or is damaged; all older ones are still there then.
    """
    copy = folder / f"{Path(path).stem}-{times.iso(clock()).replace(':', '')}.db"
    try:
        with _alone_in(folder, path):
            _clear(path, folder)
            partial = folder / f".{copy.name}.partial"
            try:
                _copy(path, partial)
                partial.replace(copy)
                sync(folder)
            finally:
                _clear(path, folder)
            for old in [other for other in copies(path, folder) if other != copy][max(keep - 1, 0) :]:
                old.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        problem = error.strerror if isinstance(error, OSError) else str(error)
        raise LedgerError(f"{folder}: backup failed: {problem}", passing=True) from error
    return copy


def copies(path: str, folder: Path) -> list[Path]:
    """The copies of ``path`` in ``folder``, latest first."""
    name = re.compile(re.escape(Path(path).stem) + r"-[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z\.db")
    return sorted((copy for copy in folder.glob("*.db") if name.fullmatch(copy.name)), reverse=True)


def advice(path: str, folder: Path) -> str:
    """What to do when ``path`` is damaged, for people: the latest good copy."""
    for copy in copies(path, folder):
        if not damage(copy):
            return f"restore the latest good backup: bounced restore {copy} (see docs/database.md)"
    return f"there is no good backup in {folder}; see docs/database.md"


def _copy(path: str, to: Path) -> None:
    file = os.open(to, os.O_CREAT | os.O_EXCL | os.O_RDWR, database.FILE_MODE)
    try:
        _hand_over(file, database.FILE_MODE, path)
        # In one step: in several it starts again after every write by others, and never ends.
        with closing(reading.connect_read_only(path)) as source, closing(sqlite3.connect(to)) as copy:
            source.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode = DELETE")  # so that it is complete without a -wal file
        if harm := damage(to):
            raise sqlite3.DatabaseError(f"the copy was damaged and has been removed ({harm}): check the disk")
        os.fsync(file)
    finally:
        os.close(file)


def damage(copy: Path) -> str:
    """The first damage in ``copy``, ``""`` when it is intact."""
    try:
        with closing(database.open_for_reading(str(copy)).conn) as db, reading.errors(str(copy)):
            return database.damage(db, "integrity_check")
    except LedgerError as error:
        return str(error)


def _hand_over(handle: int, mode: int, path: str) -> None:
    """Gives a file or folder the mode, regardless of the umask, and the owner of the database if that is allowed."""
    os.fchmod(handle, mode)
    owner = Path(path).stat()
    with suppress(PermissionError):
        os.fchown(handle, owner.st_uid if os.geteuid() == 0 else -1, owner.st_gid)


@contextmanager
def _alone_in(folder: Path, path: str) -> Iterator[None]:
    """Creates the folder when it is missing, and keeps other processes from making a copy in it."""
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    if new:
        with _opened(folder, os.O_RDONLY | os.O_DIRECTORY) as handle:
            _hand_over(handle, FOLDER_MODE, path)
    with _opened(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW) as handle:
        _hand_over(handle, LOCK_MODE, path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OSError(error.errno, "another backup is running") from error
        yield


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    handle = os.open(path, flags, LOCK_MODE)
    try:
        yield handle
    finally:
        os.close(handle)


def _clear(path: str, folder: Path) -> None:
    """Removes the files of unfinished copies, also of processes that were killed."""
    for left in folder.glob(f".{glob.escape(Path(path).stem)}-*.partial*"):
        left.unlink(missing_ok=True)


def sync(folder: Path) -> None:
    """Has the names in ``folder`` on the disk."""
    with _opened(folder, os.O_RDONLY | os.O_DIRECTORY) as handle:
        os.fsync(handle)
