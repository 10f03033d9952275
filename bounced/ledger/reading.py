"""Opens the SQLite file as an unprivileged reader does, and says what is wrong with it. Loads nothing else.

Whoever asks whether an address may be mailed, before each message, waits for the modules that this one imports.
"""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bounced.errors import LedgerError, LedgerUnusable

#: Seconds that a reader waits for a lock.
BUSY_SECONDS = 30.0

#: The last migration that this version knows (bounced.ledger.schema).
LAST_MIGRATION = "m056_proved_probes"

APPLIED = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'bounced' ORDER BY name"

#: Errors that may pass without opening the file again: a lock, a full disk.
_PASSING = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOMEM,
    )
)

_DAMAGED = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))

#: Says what to do about a damaged file, for people.
Advice = Callable[[], str]

_HINTS = {
    "database is locked": "another program keeps it locked",
    "database or disk is full": "the disk is full",
    "attempt to write a readonly database": "it is not writable (owner, mode or a read-only disk?)",
    "unable to open database file": "it can't be opened (does its directory exist, may this user use it?)",
    "file is not a database": "it is not an SQLite file",
    "database disk image is malformed": "it is damaged",
    "disk I/O error": "the disk failed, is full or has become read-only",
}

OUTDATED = "an older version wrote this file, and `bounced run` or `bounced scan` brings it up to date"


@contextmanager
def errors(path: str, advice: Advice | None = None) -> Iterator[None]:
    """Turns errors of SQLite into a LedgerError of one line on ``path``, with ``advice`` when the file is damaged."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        problem = f"{path}: {_HINTS.get(text, text)}"
        if text.startswith("no such "):  # table, column
            problem = f"{problem}; {OUTDATED}"
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGED:
            raise LedgerUnusable(f"{problem}{more(advice)}") from error
        raise LedgerError(problem, passing=code in _PASSING) from error


def more(advice: Advice | None) -> str:
    """What follows a problem: the advice, if there is any."""
    return f"; {advice()}" if advice else ""


def opened(path: str, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """A connection to a ledger that can't write, and waits ``busy_seconds`` at most for a lock. Raises LedgerError."""
    _refuse_no_file(path)
    with errors(path):
        connection = connect_read_only(path, busy_seconds)
        try:
            applied = _applied(connection)
            if not applied:
                raise LedgerError(f"{path}: is not a ledger of bounced")
            refuse_newer(applied, path)
        except BaseException:
            connection.close()
            raise
        return connection


def connect_read_only(path: str, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """A connection that can't write, not even next to the file. Raises sqlite3.Error."""
    uri = f"{Path(path).absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=False)


def refuse_newer(applied: list[str], path: str) -> None:
    """Raises LedgerUnusable when one of the migrations ``applied`` is of a later version than this one."""
    if newer := [name for name in applied if name > LAST_MIGRATION]:
        versions = ", ".join(newer)
        raise LedgerUnusable(f"{path}: was written by a newer version of bounced ({versions}); install that one")


def refuse_older(connection: sqlite3.Connection, path: str) -> None:
    """Raises LedgerError when this version has migrations that the file has not, as until something writes to it.

    Not for those who ask the views only, which all versions have.
    """
    if LAST_MIGRATION not in _applied(connection):
        raise LedgerError(f"{path}: {OUTDATED}")


def _applied(connection: sqlite3.Connection) -> list[str]:
    has_table = "SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"
    if not connection.execute(has_table).fetchone():
        return []
    return [name for (name,) in connection.execute(APPLIED)]


def _refuse_no_file(path: str) -> None:
    try:
        mode = Path(path).stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise LedgerError(f"{path}: no such database; `bounced run` and `bounced scan` create it") from None
    except OSError as error:
        raise LedgerError(f"{path}: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise LedgerError(f"{path}: is a directory")
