"""Opens and closes the SQLite file so that unprivileged readers can use it in every state: running, stopped, killed.

1. WAL while a writer has it open: readers without a busy timeout (Postfix) are never locked out.
2. On a clean close back to a rollback journal: a cleanly closed WAL file can't be read by users who may not write to
   its directory. When a reader has the file open that is refused, and the -wal and -shm files that stay keep working.
3. Neither switch writes a journal file: after a kill, readers who may not write could not roll it back. What is not
   undone then are octets of the file's first sector, which disks write as one.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database

from bounced.errors import LedgerError, LedgerUnusable
from bounced.ledger import providers, schema
from bounced.ledger.filesystems import network_filesystem
from bounced.ledger.reading import Advice, connect_read_only, errors, more, opened, refuse_newer

#: Seconds that a writer waits for another one.
BUSY_SECONDS = 30.0

#: What SQLite keeps beside a database.
BESIDE = ("-wal", "-shm")

#: The owner writes, the group reads.
FILE_MODE = 0o640


def open_for_writing(path: str, advice: Advice | None = None, *, check: bool = False) -> Database:
    """The file in WAL mode with all migrations applied; created with mode 0640 when it is missing. Raises LedgerError.

    ``check`` looks for damage first, which takes four seconds for a million events.
    """
    _refuse_network(path)
    _make(path)
    with errors(path, advice):
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            if check and (harm := damage(connection, "quick_check")):
                raise LedgerUnusable(f"{path}: it is damaged ({harm}){more(advice)}")
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
        return Database(connection, execute_plugins=False)


def _refuse_network(path: str) -> None:
    if kind := network_filesystem(path):
        raise LedgerError(
            f"{path}: is on a network filesystem ({kind}), where SQLite loses data: set database.path to a local disk"
        )


def _make(path: str) -> None:
    """Creates the file when it is missing, readable by its group regardless of the umask. Raises LedgerError."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE)
    except FileExistsError:
        if not Path(path).exists() and (target := os.path.realpath(path)) != path:
            _make(target)  # a link to a file that is still to be made
        return
    except OSError as error:
        raise LedgerError(f"{path}: can't be created: {error.strerror}") from error
    hand_over(handle, path)
    os.close(handle)


def hand_over(handle: int, path: str) -> None:
    """Gives a new file at ``path`` its mode, and, if root made it, the owner and the group of its directory."""
    os.fchmod(handle, FILE_MODE)
    if os.geteuid() == 0:  # a `bounced suppress` before the daemon was ever started must not lock it out
        folder = Path(path).absolute().parent.stat()
        os.fchown(handle, folder.st_uid, folder.st_gid)


def damage(connection: sqlite3.Connection, check: Literal["quick_check", "integrity_check"]) -> str:
    """The first damage in a file, ``""`` when it is intact; only the second check compares indexes.

    Raises sqlite3.Error.
    """
    [result] = connection.execute(f"PRAGMA {check}(1)").fetchone()
    return "" if result == "ok" else " ".join(result.split())


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    db = Database(connection, execute_plugins=False)
    refuse_newer([migration.name for migration in schema.migrations.applied(db)], path)
    connection.execute("PRAGMA user_version = 0")  # a write: a read-only file SQLite opens for reading, for good
    if schema.migrations.pending(db) or not providers.are_known(db):
        # Two processes may start at once: IMMEDIATE, and look again.
        with immediate(db):
            schema.upgrade(db)
            providers.write(db)
    connection.execute("PRAGMA foreign_keys = ON")  # a migration that replaces a table needs it off


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """SQLite itself does not wait here for users of the other mode, regardless of the timeout."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone() == ("delete",):
                connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            connection.execute("BEGIN EXCLUSIVE")  # this does wait
            connection.execute("ROLLBACK")
        else:
            return


def open_for_reading(path: str) -> Database:
    """The file as an unprivileged reader opens it; nothing is written. Raises LedgerError."""
    return Database(opened(path), execute_plugins=False)


def copy_in_memory(path: str) -> Database:
    """A ledger in memory that starts as ``path`` is now, or empty when there is no such file. Raises LedgerError."""
    memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    if Path(path).exists():
        with errors(path), closing(connect_read_only(path)) as source:
            source.backup(memory)
    with errors(path):
        _prepare(memory, path)
    return Database(memory, execute_plugins=False)


@contextmanager
def immediate(db: Database) -> Iterator[None]:
    """One write transaction. IMMEDIATE: a deferred one that reads first fails immediately next to a second writer."""
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.conn.execute("COMMIT")
    except BaseException:
        if db.conn.in_transaction:
            db.conn.execute("ROLLBACK")
        raise


def insert(db: Database, table: str, row: dict[str, Any], conflict: str = "") -> int:
    """Inserts a row into a table that the code names, and returns its rowid; three times as fast as the library."""
    sql = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)}) {conflict}"  # noqa: S608
    return db.conn.execute(sql, row).lastrowid or 0


def close_written(db: Database) -> None:
    """Closes a database that ``open_for_writing`` opened, so that it stays readable."""
    with suppress(sqlite3.Error):
        db.conn.execute("PRAGMA busy_timeout = 0")
        db.conn.execute("PRAGMA journal_mode = MEMORY")
    db.conn.close()
