"""All figures of a ledger at once: what `bounced status`, its problems and monitors are made of."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlite_utils import Database

from bounced import times
from bounced.ledger import alarms, canaries, database, expirations, mail_logs, queries, sinks
from bounced.ledger.queries import Row

#: How long an unrecognized message that nobody is done with counts as new, and how many of the newest are looked at.
RECENT = timedelta(days=7)
RECENT_LIMIT = 10_000

#: The loss of lines of a mail log is a problem for so long.
GAP = timedelta(days=1)

#: Open incidents that are looked at: the newest.
INCIDENTS_LIMIT = 100

UNRECOGNIZED = """
SELECT count(*) FROM (SELECT message FROM unrecognized ORDER BY message DESC LIMIT ?) AS newest
CROSS JOIN message_rows ON message_rows.id = newest.message
WHERE recorded_at > unixepoch(?) AND NOT EXISTS (SELECT 1 FROM reviewed WHERE message = newest.message)
"""

OPEN_INCIDENTS = "SELECT id, dimension, name, since FROM incidents WHERE state = 'open' ORDER BY id DESC LIMIT ?"


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts, and a row for each mailbox, job, configured sink, silence, mail log, open incident and problem."""

    counts: Row
    mailboxes: list[Row] = field(default_factory=list)
    jobs: list[Row] = field(default_factory=list)
    sinks: list[Row] = field(default_factory=list)
    silences: list[Row] = field(default_factory=list)
    logs: list[Row] = field(default_factory=list)
    incidents: list[Row] = field(default_factory=list)
    brake: Row | None = None
    unrecognized_lately: int = 0
    canary: Row = field(default_factory=dict)  # as canaries.status
    problems: list[Row] = field(default_factory=list)  # when the daemon looked last
    expirations: list[Row] = field(default_factory=list)  # of certificates and secrets


def read(path: str, now: datetime) -> Figures:
    """The figures of the ledger at ``path``. Raises LedgerError."""
    with closing(database.open_for_reading(path).conn) as connection:
        return of(Database(connection, execute_plugins=False), now)


def of(db: Database, now: datetime) -> Figures:
    """The figures of a ledger."""
    return Figures(
        queries.counts(db, now),
        list(queries.mailboxes(db)),
        list(queries.jobs(db)),
        [row for row in sinks.status(db) if row["configured"]],
        list(queries.silences(db)),
        [_log(row, now) for row in mail_logs.status(db)],
        list(db.query(OPEN_INCIDENTS, [INCIDENTS_LIMIT])),
        queries.brake(db),
        _unrecognized_lately(db, now),
        canaries.status(db),
        alarms.there(db),
        expirations.noted(db),
    )


def _log(row: Row, now: datetime) -> Row:
    """A mail log; that lines were lost is a problem of it for a day."""
    is_late = row["gap_at"] and row["gap_at"] > times.iso(now - GAP)
    gap = f"lines were lost: {row['gap']}" if is_late else ""
    return {**row, "problem": "; ".join(filter(None, (row["problem"], gap)))}


def _unrecognized_lately(db: Database, now: datetime) -> int:
    [(messages,)] = db.execute(UNRECOGNIZED, [RECENT_LIMIT, times.iso(now - RECENT)]).fetchall()
    return int(messages)
