"""Keeps the file small, its query plans good and its figures current, and records when each job last ran."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlite_utils import Database

from bounced import times
from bounced.ledger import brake, expiry, old_events, old_texts, outbox, providers, uids, unused
from bounced.ledger.attempts import Crashes
from bounced.ledger.transactions import Transactions
from bounced.policy import Policy
from bounced.sent import rates, tables

#: Rows of an index that are sampled: without a limit ANALYZE reads them all, and holds every writer up.
ANALYSIS_LIMIT = 1000

#: A table with fewer rows gets no statistics: while it grows it would be taken for one that is read faster as a whole.
ANALYZED_ROWS_MIN = 1000


#: How long events are in the table ``recent``, at least.
RECENT = timedelta(days=1)


#: Before the id of the first text: 0 is the empty one.
NONE = -1

#: For how long one transaction looks for events that no judgment needs.
STEP_SECONDS = 0.5


class Run(NamedTuple):
    """When a job ran, and whether it ``failed``."""

    at: datetime
    failed: bool = False


class Upkeep:
    """Every method raises LedgerError when the file can't be used. ``forget`` is for ids of rows that are deleted."""

    def __init__(self, transactions: Transactions, crashes: Crashes, forget: Callable[[], None]) -> None:
        self._transactions = transactions
        self._crashes = crashes
        self._forget = forget

    def ran(self, job: str, problem: str = "") -> None:
        """Records that ``job`` ran, and its problem, if any."""
        with self._transactions.writing():
            uids.ran(self._transactions.db, job, self._transactions.now(), problem)

    def last_runs(self) -> dict[str, Run]:
        """The last run of each job, by its name."""
        with self._transactions.reading():
            rows = self._transactions.db.execute("SELECT name, ran_at, problem <> '' FROM jobs")
            return {name: Run(times.parse(at), bool(failed)) for name, at, failed in rows}

    def optimize(self) -> None:
        """Updates SQLite's statistics of the tables, so that it keeps choosing the right index."""
        with self._transactions.writing():
            self._transactions.db.execute(f"PRAGMA analysis_limit = {ANALYSIS_LIMIT}")
            self._transactions.db.execute("ANALYZE")
            self._transactions.db.execute(
                "DELETE FROM sqlite_stat1 WHERE CAST(stat AS INTEGER) < ?", [ANALYZED_ROWS_MIN]
            )
            self._transactions.db.execute("ANALYZE sqlite_schema")  # has this connection read them

    def housekeep(self, keep_unrecognized: timedelta) -> int:
        """Drops the content of unrecognized messages older than ``keep_unrecognized``; returns how many."""
        before = self._transactions.before(keep_unrecognized)
        sql = "DELETE FROM unrecognized WHERE message IN (SELECT id FROM message_rows WHERE recorded_at < unixepoch(?))"
        yesterday = self._transactions.before(RECENT)
        with self._transactions.writing():
            self._transactions.db.execute("DELETE FROM recent WHERE happened_at < unixepoch(?)", [yesterday])
            self._crashes.forget_older(before)
            brake.forget(self._transactions.db, self._transactions.clock())
            return self._transactions.db.execute(sql, [before]).rowcount

    def drop_held(self, keep_held: timedelta) -> int:
        """Deletes events that have been held for ``keep_held``, in many transactions; returns how many."""
        self.recount()
        before, day = self._transactions.before(keep_held)[:10], self._transactions.now()[:10]
        self._repeat(lambda db: expiry.mark(db, day))
        self._repeat(lambda db: expiry.forget(db, before))
        expired = self._repeat(lambda db: expiry.expire(db, before, day))
        if expired:
            self._drop_unused()
        return expired

    def drop_events(self, keep: timedelta, rule: Policy) -> int:
        """Deletes events older than ``keep`` that no judgment by ``rule`` needs, in many transactions.

        Returns how many.
        """
        self.recount()
        before = self._transactions.clock() - keep
        dropped = self._walk(
            lambda db, after: old_events.drop(db, after, before, rule, time.monotonic() + STEP_SECONDS)
        )
        dropped += self._walk(lambda db, after: old_events.drop_unnamed(db, after, before))
        self._walk(lambda db, after: (old_events.drop_texts(db, after, before), 0))
        if dropped:
            self._drop_unused()
        return dropped

    def drop_texts(self, keep: timedelta) -> int:
        """Takes the words from events, messages and suppressions older than ``keep``, in many transactions.

        Returns how many events had some.
        """
        before = self._transactions.clock() - keep
        events = self._walk(lambda db, after: old_texts.drop_of_events(db, after, before))
        self._walk(lambda db, after: (old_texts.drop_subjects(db, after, before), 0))
        self._repeat(lambda db: old_texts.drop_details(db, before))
        if events:
            self._drop_unused()
        return events

    def _walk(self, step: Callable[[Database, int], tuple[int, int]]) -> int:
        """Does ``step`` in a transaction each time, behind the row that it returned, until that is 0.

        Returns the sum of the other numbers that it returned.
        """
        last, done = NONE, 0
        while last:
            with self._transactions.writing():
                self._forget()
                last, number = step(self._transactions.db, last)
            done += number
        return done

    def _drop_unused(self) -> None:
        """Deletes what no event refers to any more, in many transactions."""
        for table in unused.REFERRING:
            with self._transactions.reading():
                rows = unused.Unused(self._transactions.db, table)
            while self._looked(rows):
                pass
            while self._deleted(rows):
                pass

    def _looked(self, rows: unused.Unused) -> bool:
        with self._transactions.reading():
            return rows.look()

    def _deleted(self, rows: unused.Unused) -> bool:
        with self._transactions.writing():
            self._forget()
            return rows.delete()

    def _repeat(self, step: Callable[[Database], int]) -> int:
        """Does ``step``, in a transaction each time, until it returns 0; returns the sum."""
        done = 0
        while True:
            with self._transactions.writing():
                rows = step(self._transactions.db)
            if not rows:
                return done
            done += rows

    def drop_outbox(self, keep_outbox: timedelta) -> int:
        """Deletes changes that have been in the outbox for ``keep_outbox``, in many transactions; returns how many."""
        before = self._transactions.before(keep_outbox)
        return self._repeat(lambda db: outbox.drop(db, before))

    def recount(self) -> None:
        """Updates the view ``campaign_health``, some events in each transaction."""
        while self._transactions.any("stale"):
            with self._transactions.writing():
                providers.learn(self._transactions.db, rates.recount(self._transactions.db))

    def forget(self, keep: timedelta) -> int:
        """Drops the sender's rows on messages sent longer than ``keep`` ago, in many transactions; returns how many."""
        before = self._transactions.before(keep)
        dropped = 0
        while True:
            with self._transactions.writing():
                sends = tables.drop(self._transactions.db, before)
            dropped += sends
            if sends < tables.DROPPED_ROWS_LIMIT:
                return dropped
