"""The daemons that were started on this database, and how each is told from another process with its number."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

from sqlite_utils import Database

from bounced.ledger.transactions import Transactions

#: Daemons that are remembered: each may poll other mailboxes (`bounced run --mailbox`).
DAEMONS_LIMIT = 16

READ = "SELECT value FROM meta WHERE name = 'daemons'"
WRITE = "REPLACE INTO meta (name, value) VALUES ('daemons', ?)"


@dataclass(frozen=True, slots=True)
class Process:
    """A process: its number in a namespace, and when it started, in clock ticks since the machine did."""

    pid: int
    ticks: int
    namespace: int


@dataclass(frozen=True, slots=True)
class Daemon(Process):
    """A daemon of a version, and when it was started. Nothing says that it ended: it may have been killed."""

    version: str
    started_at: str


class Daemons:
    """Every method raises LedgerError when the file can't be used."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def started(self, process: Process, version: str, is_gone: Callable[[Daemon], bool]) -> None:
        """Notes that ``process`` is a daemon from now on, and forgets those of which ``is_gone`` says so."""
        daemon = Daemon(process.pid, process.ticks, process.namespace, version, self._transactions.now())
        with self._transactions.writing():
            others = [other for other in read(self._transactions.db) if not is_gone(other)]
            _write(self._transactions.db, [*others, daemon])

    def forget(self, is_gone: Callable[[Daemon], bool]) -> None:
        """Forgets the daemons of which ``is_gone`` says so: something else polls now and then."""
        with self._transactions.reading():
            daemons = read(self._transactions.db)
        if any(map(is_gone, daemons)):
            with self._transactions.writing():
                _write(self._transactions.db, [one for one in read(self._transactions.db) if not is_gone(one)])


def read(db: Database) -> list[Daemon]:
    """The daemons that were started, the latest last."""
    row = db.execute(READ).fetchone()
    return [Daemon(**facts) for facts in json.loads(row[0])] if row else []


def _write(db: Database, daemons: list[Daemon]) -> None:
    db.execute(WRITE, [json.dumps([asdict(daemon) for daemon in daemons[-DAEMONS_LIMIT:]])])
