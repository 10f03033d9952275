"""What keeps the file small, its plans good and its figures current, and when each job last ran."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from bounced import times
from bounced.ledger import history, uids
from bounced.ledger.attempts import Crashes
from bounced.ledger.suppressions import Change
from bounced.ledger.transactions import Transactions
from bounced.sent import rates, tables

#: Rows of an index that are looked at: without a limit it reads them all, and holds everybody up.
ANALYSIS_LIMIT = 1000


class Run(NamedTuple):
    """When a job ran, and whether it ``failed``."""

    at: datetime
    failed: bool = False


class Upkeep:
    """Every method raises LedgerError when the file can't be used."""

    def __init__(self, transactions: Transactions, crashes: Crashes) -> None:
        self._transactions = transactions
        self._crashes = crashes

    def ran(self, job: str, problem: str = "") -> None:
        """Notes that ``job`` ran, and what was wrong."""
        with self._transactions.writing():
            uids.ran(self._transactions.db, job, self._transactions.now(), problem)

    def last_runs(self) -> dict[str, Run]:
        """The last run of each job, by its name."""
        with self._transactions.reading():
            rows = self._transactions.db.execute("SELECT name, ran_at, problem <> '' FROM jobs")
            return {name: Run(times.parse(at), bool(failed)) for name, at, failed in rows}

    def expired(self, since: datetime) -> list[Change]:
        """The suppressions that have ended by themselves after ``since``, with their addresses."""
        ended = times.iso(since), self._transactions.now()
        with self._transactions.reading():
            rows = self._transactions.db.query("SELECT * FROM suppressions WHERE until > ? AND until <= ?", ended)
            return [(row["address"], history.suppression(row)) for row in rows]

    def optimize(self) -> None:
        """Has SQLite look at how the tables have grown, so that it goes on choosing the right index."""
        with self._transactions.writing():
            self._transactions.db.execute(f"PRAGMA analysis_limit = {ANALYSIS_LIMIT}")
            self._transactions.db.execute("ANALYZE")

    def housekeep(self, keep_unrecognized: timedelta) -> int:
        """Drops the content of mails that nobody understood and that are older than ``keep_unrecognized``; how many."""
        before = self._transactions.before(keep_unrecognized)
        sql = "DELETE FROM unrecognized WHERE message IN (SELECT id FROM messages WHERE recorded_at < ?)"
        with self._transactions.writing():
            self._crashes.forget_older(before)
            return self._transactions.db.execute(sql, [before]).rowcount

    def recount(self) -> None:
        """Brings the view ``campaign_health`` up to date, a transaction for each day on which something has changed."""
        while self._transactions.any("stale"):
            with self._transactions.writing():
                rates.recount(self._transactions.db)

    def forget(self, keep: timedelta) -> int:
        """Drops what the sender wrote of mails sent longer than ``keep`` ago, in many transactions; how many sends."""
        before = self._transactions.before(keep)
        dropped = 0
        while True:
            with self._transactions.writing():
                found = tables.drop(self._transactions.db, before)
            dropped += found
            if found < tables.DROPPED_ROWS_LIMIT:
                return dropped
