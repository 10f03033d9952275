"""All figures of a ledger at once, for monitors: what `bounced status` shows."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from bounced.ledger import canaries, database, queries, sinks
from bounced.ledger.queries import Row


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts, and a row for each mailbox, job and configured sink."""

    counts: Row
    mailboxes: list[Row]
    jobs: list[Row]
    sinks: list[Row]
    canary: Row  # as canaries.status


def read(path: str, now: datetime) -> Figures:
    """The figures of the ledger at ``path``. Raises LedgerError."""
    with closing(database.open_for_reading(path).conn) as connection:
        db = Database(connection, execute_plugins=False)
        configured = [row for row in sinks.status(db) if row["configured"]]
        return Figures(
            queries.counts(db, now),
            list(queries.mailboxes(db)),
            list(queries.jobs(db)),
            configured,
            canaries.status(db),
        )
