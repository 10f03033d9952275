"""Daily copies of the SQLite file: made beside the writer, checked, and the oldest removed.

1. A copy gets its name only when it is whole, checked and on the disk; whatever fails leaves nothing behind.
2. The copy that was just made is never removed, nor is any when none could be made.
3. Whoever may read the database may read its copies.
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
from bounced.ledger import database

FOLDER_MODE = 0o750


def run(path: str, folder: Path, keep: int, clock: Callable[[], datetime] = times.now) -> Path:
    """The checked copy of ``path`` that was made in ``folder``, where the ``keep`` latest ones stay.

    Raises LedgerError, passing, when it can't be made or is damaged; the older ones are all still there then.
    """
    copy = folder / f"{Path(path).stem}-{times.iso(clock()).replace(':', '')}.db"
    try:
        with _alone_in(folder, path):
            _clear(path, folder)
            partial = folder / f".{copy.name}.partial"
            try:
                _copy(path, partial)
                partial.replace(copy)
                _sync(folder)
            finally:
                _clear(path, folder)
            for old in [found for found in copies(path, folder) if found != copy][max(keep - 1, 0) :]:
                old.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise LedgerError(f"{folder}: no backup could be made: {said}", passing=True) from error
    return copy


def copies(path: str, folder: Path) -> list[Path]:
    """The copies of ``path`` in ``folder``, latest first."""
    name = re.compile(re.escape(Path(path).stem) + r"-[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z\.db")
    return sorted((found for found in folder.glob("*.db") if name.fullmatch(found.name)), reverse=True)


def advice(path: str, folder: Path) -> str:
    """What to do when ``path`` is damaged: the latest copy that is good, for a person."""
    for copy in copies(path, folder):
        if not _damage(copy):
            return f"put back the latest good backup, {copy}, as docs/database.md says"
    return f"there is no good backup in {folder}; docs/database.md says what can be done"


def _copy(path: str, to: Path) -> None:
    file = os.open(to, os.O_CREAT | os.O_EXCL | os.O_RDWR, database.FILE_MODE)
    try:
        _hand_over(file, database.FILE_MODE, path)
        # All at once: in steps it begins anew whenever somebody writes, and never ends.
        with closing(database.connect_read_only(path)) as source, closing(sqlite3.connect(to)) as copy:
            source.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode = DELETE")  # so that it needs nothing beside it
        if damage := _damage(to):
            raise sqlite3.DatabaseError(f"the copy was damaged and is removed ({damage}): is the disk in order?")
        os.fsync(file)
    finally:
        os.close(file)


def _damage(copy: Path) -> str:
    """The first thing that is wrong in ``copy``, ``""`` when it is whole."""
    try:
        with closing(database.open_for_reading(str(copy)).conn) as db, database.errors(str(copy)):
            return database.damage(db, "integrity_check")
    except LedgerError as error:
        return str(error)


def _hand_over(handle: int, mode: int, path: str) -> None:
    """Gives a file or folder the mode, whatever the umask, and the group of the database as far as that is allowed."""
    os.fchmod(handle, mode)
    with suppress(PermissionError):
        os.fchown(handle, -1, Path(path).stat().st_gid)


@contextmanager
def _alone_in(folder: Path, path: str) -> Iterator[None]:
    """Makes the folder when it is missing, and holds off another process that makes a copy in it."""
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if new:
            _hand_over(handle, FOLDER_MODE, path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OSError(error.errno, "another one is being made") from error
        yield
    finally:
        os.close(handle)


def _clear(path: str, folder: Path) -> None:
    """Removes what a copy leaves that was not finished, also one whose process was killed."""
    for left in folder.glob(f".{glob.escape(Path(path).stem)}-*.partial*"):
        left.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
