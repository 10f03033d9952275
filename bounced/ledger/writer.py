"""The one connection of a process that writes the ledger's file, and all that may happen to that file.

1. Damage ends the process, and the error names the backup to restore. So do a file that was replaced and one that is
   missing although there are backups of it: the daemon must not continue with an empty ledger.
2. A problem that may pass by itself (a lock, a full disk) is a LedgerError that is ``passing``; nothing of that call is
   in the file then.
3. The -wal file holds what was committed and is not in the database yet. Somebody may remove it, or the -shm file: that
   is noticed after each commit, before the mailbox is told, and everything is written into the database.
4. A reader that never ends its transaction lets the -wal file grow: that is checked after every write and reported
   once, and when the reader is gone the file shrinks.
"""

from __future__ import annotations

import logging
import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from bounced.errors import LedgerError, LedgerUnusable
from bounced.ledger import backup, database, reading

#: Octets of a -wal file from which on a reader must be blocking it. It is written back every 4 MB.
WAL_OCTETS_LIMIT = 64 * 1024 * 1024

#: Seconds between two checks while a reader blocks it.
WAL_CHECK_SECONDS = 60.0


log = logging.getLogger("bounced.ledger")


class Writer:
    """Opens ``path``, or with ``dry_run`` a copy of it in memory. Use ``db`` inside the two contexts only.

    ``backups`` is the folder of its copies, for advice when it is damaged; ``check`` looks for damage first, and for
    permissions to read or replace it that others should not have.
    """

    def __init__(self, path: str, backups: Path | None = None, *, check: bool = False, dry_run: bool = False) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._dry_run = dry_run
        self._advice = partial(backup.advice, path, backups) if backups else None
        if backups and not dry_run:
            _refuse_empty(path, backups)
        if check:
            _restrict(path)
        self.db = (
            database.copy_in_memory(path) if dry_run else database.open_for_writing(path, self._advice, check=check)
        )
        self._inode = _inode(path)
        self._beside = self._logs()
        self._header = -1 if dry_run else _opened(path)
        self._version = self._file_version()
        self._blocked: str | None = None  # unknown: another process reported last
        self._checked_at = 0.0
        self._busy_since = 0.0  # by the monotonic clock; 0.0 while the lock is free

    @property
    def busy_for(self) -> float:
        """Seconds that the call under way has lasted, 0.0 when there is none; any thread may ask."""
        since = self._busy_since
        return time.monotonic() - since if since else 0.0

    @contextmanager
    def reading(self) -> Iterator[None]:
        """For one thread at a time. Raises LedgerError."""
        with self._lock, reading.errors(self.path, self._advice):
            outer, self._busy_since = self._busy_since, self._busy_since or time.monotonic()
            try:
                yield
            finally:
                self._busy_since = outer

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction. Raises LedgerError; nothing of it is in the file then."""
        with self.reading():
            if not self._dry_run and _inode(self.path) != self._inode:
                raise LedgerError(f"{self.path}: was removed or replaced while it was in use")
            self._refuse_overwritten()
            with database.immediate(self.db):
                yield
            if not self._dry_run and self._logs() != self._beside:
                self._write_anew()

    def _let_go(self) -> None:
        if self._header >= 0:
            os.close(self._header)
        self._header = -1

    def _refuse_overwritten(self) -> None:
        before, self._version = self._version, self._file_version()
        if self._version < before:
            raise LedgerError(
                f"{self.path}: was overwritten while it was in use; to restore a backup, stop the daemon, remove "
                f"{self.path}-wal and {self.path}-shm, and copy it again"
            )

    def _file_version(self) -> bytes:
        """The change counter of the file, and its pages (https://sqlite.org/fileformat.html, 1.3): it only grows.

        The file is opened for this once: SQLite's locks are gone when a process closes any handle of a file.
        """
        return os.pread(self._header, 8, 24) if self._header >= 0 else b""

    def _logs(self) -> tuple[int, int]:
        return _inode(f"{self.path}-wal"), _inode(f"{self.path}-shm")

    def _write_anew(self) -> None:
        """Brings what is only in a removed -wal file into the database, and opens that again.

        Raises LedgerError when another program has begun a -wal file of its own: the two can't be joined.
        """
        if self._logs()[0] != self._beside[0] and _size(f"{self.path}-wal"):
            raise LedgerError(f"{self.path}-wal: was replaced while it was in use; restore the latest backup")
        [busy, *_] = self.db.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
        if busy:
            raise LedgerError(f"{self.path}-wal: was removed, and a reader keeps it from being written", passing=True)
        self.db.conn.close()
        self.db.conn = database.open_for_writing(self.path, self._advice).conn
        self._beside = self._logs()
        log.warning("%s: -wal or -shm was removed while it was in use; the database was written anew", self.path)

    def blocked(self) -> str | None:
        """Why the -wal file stays large, ``""`` when it does not; ``None`` when reported before. Raises LedgerError."""
        if self._dry_run or (self._blocked and time.monotonic() - self._checked_at < WAL_CHECK_SECONDS):
            return None
        problem = self._shrink() if _size(f"{self.path}-wal") >= WAL_OCTETS_LIMIT else ""
        if problem == self._blocked:
            return None
        self._blocked, self._checked_at = problem, time.monotonic()
        return problem

    def _shrink(self) -> str:
        """Writes the -wal file back; what prevents that, ``""`` for nothing."""
        with self.reading():
            size = _size(f"{self.path}-wal")
            self.db.execute("PRAGMA busy_timeout = 0")
            try:
                [busy, *_] = self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                self.db.execute(f"PRAGMA busy_timeout = {int(database.BUSY_SECONDS * 1000)}")
            if not busy:
                return ""
            return f"{self.path}-wal has grown to {size >> 20} MB: {described(self.path)}"

    def close(self, patience: float) -> None:
        """Leaves the file readable; gives up after ``patience`` seconds (-1: never), which is as safe as a kill."""
        if not self._lock.acquire(timeout=patience):
            return
        try:
            if self._dry_run:
                self.db.conn.close()
            else:
                database.close_written(self.db)
                self._let_go()
        finally:
            self._lock.release()


def _refuse_empty(path: str, backups: Path) -> None:
    if backup.copies(path, backups) and not _size(path) and not _size(f"{path}-wal"):
        raise LedgerUnusable(
            f"{path}: is missing or empty, although there are backups: {backup.advice(path, backups)}, "
            "or move them away to start from scratch"
        )


def _restrict(path: str) -> None:
    """Removes permissions of others from the file, and refuses a directory in which any user may replace it."""
    try:
        folder = Path(path).absolute().parent
        if folder.stat().st_mode & stat.S_IWOTH:
            raise LedgerError(f"{path}: its directory is world-writable: chmod 750 {folder}")
        mode = stat.S_IMODE(Path(path).stat().st_mode)
        if mode & stat.S_IRWXO:
            Path(path).chmod(mode & ~stat.S_IRWXO)
    except OSError:  # can't be opened either, and that error says more
        return


def _size(path: str) -> int:
    """Octets, 0 when there is no such file."""
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


def _opened(path: str) -> int:
    """A handle to read the file by. Raises LedgerError."""
    try:
        return os.open(path, os.O_RDONLY)
    except OSError as error:
        raise LedgerError(f"{path}: {error.strerror}") from error


def _inode(path: str) -> int:
    """The file's identity, 0 when it is gone."""
    try:
        return Path(path).stat().st_ino
    except OSError:
        return 0


#: Programs that one line names.
PROGRAMS_LIMIT = 5


def described(path: str) -> str:
    """The programs that may hold a transaction on the database ``path``, for a person."""
    programs = sorted(set(_holders(os.path.realpath(path))))
    if not programs:
        return f"a reader holds a transaction; `fuser -v {path}` as root shows which"
    more = ["…"] if len(programs) > PROGRAMS_LIMIT else []
    return "a reader holds a transaction, one of: " + ", ".join(programs[:PROGRAMS_LIMIT] + more)


def _holders(path: str) -> Iterator[str]:
    own = os.getpid()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or belongs to another user
            if int(process.name) != own and any(str(file.readlink()) == path for file in (process / "fd").iterdir()):
                name = (process / "comm").read_text("utf-8", "replace").strip()
                yield f"{ascii(name)[1:-1]} (process {process.name})"
