"""Puts a copy of the database in its place.

1. The copy is checked, copied next to the database and synced before anything is moved.
2. The database has its name at every moment, as readers need it: the old one until the copy takes its place.
3. No -wal file of the old database is ever beside the new one, which would be read with it. What it holds is written
   back first, so that a kill in between leaves the old database whole.
4. What was there is kept, under another name.
5. What the database there knows as erased is erased from the copy before it takes its place (bounced.ledger.carried).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from pathlib import Path

from bounced import times
from bounced.errors import EXIT_IO, LedgerError, UserError
from bounced.ledger import backup, database, locks
from bounced.ledger.carried import Carried, carry_over
from bounced.policy import Policy


@dataclass(frozen=True, slots=True)
class Restored:
    """Where the database is now that was there, ``None`` when there was none, and what the copy took over from it."""

    old: Path | None
    carried: Carried


def run(copy: Path, path: str, policy: Policy, clock: Callable[[], datetime] = times.now) -> Restored:
    """Replaces the database at ``path`` by ``copy``, without what was erased since, as far as that is known.

    ``policy`` judges a copy from which something is erased. Raises UserError while another process may write the
    database, LedgerError when the copy or the disk is not good; nothing has changed then.
    """
    target = Path(path).absolute()
    _refuse(copy, target)
    partial = target.with_name(f".{target.name}.restored")
    try:
        _prepare(copy, partial)
        carried = carry_over(target, partial, policy, clock)
        old = _set_aside(target, f"{target.name}.replaced-{times.iso(clock()).replace(':', '')}")
        partial.replace(target)
        backup.sync(target.parent)
    except OSError as error:
        raise LedgerError(f"{error.filename or target}: {error.strerror}") from error
    finally:
        _remove(partial)
    return Restored(old, carried)


def _refuse(copy: Path, target: Path) -> None:
    if not copy.is_file():
        raise LedgerError(f"{copy}: no such file", exit_code=EXIT_IO)
    if harm := backup.damage(copy):
        raise LedgerError(f"{copy}: is no good copy: {harm.removeprefix(f'{copy}: ')}", exit_code=EXIT_IO)
    if target.exists() and copy.samefile(target):
        raise UserError(f"{copy}: is the database itself")
    if not target.parent.is_dir():
        raise UserError(f"{target.parent}: no such directory")
    if writers := locks.users(str(target)):
        raise UserError(
            f"{target}: in use by {', '.join(writers)}; end that first (systemctl stop bounced), restore, and start it"
        )


def _prepare(copy: Path, partial: Path) -> None:
    """Copies ``copy`` to ``partial``, for the owner and the readers of the directory."""
    _remove(partial)
    handle = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    with os.fdopen(handle, "wb") as file, copy.open("rb") as source:
        shutil.copyfileobj(source, file)
        database.hand_over(handle, str(partial))
        file.flush()
        os.fsync(handle)


def _remove(partial: Path) -> None:
    """Removes what a restore left that ended or was killed, first what would be read with another file."""
    for suffix in (*database.BESIDE, ""):
        Path(f"{partial}{suffix}").unlink(missing_ok=True)


def _set_aside(target: Path, name: str) -> Path | None:
    """Gives the database a second name, and what is beside it that name only."""
    if not target.exists():
        for suffix in database.BESIDE:
            Path(f"{target}{suffix}").unlink(missing_ok=True)
        return None
    _write_back(target)
    names = (target.with_name(f"{name}{more}") for more in chain([""], (f".{n}" for n in count(2))))
    old = next(unused for unused in names if not unused.exists())  # a killed run of this second may have used one
    os.link(target, old)
    for suffix in database.BESIDE:
        with suppress(FileNotFoundError):
            Path(f"{target}{suffix}").rename(f"{old}{suffix}")
    return old


def _write_back(target: Path) -> None:
    """As far as the old database allows it: it may be damaged."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(target, timeout=1, isolation_level=None)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
