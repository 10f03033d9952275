"""Judges recorded failures again by other tables, in transactions of limited size, and says what that would change.

1. The row ``tables`` of ``meta`` names the tables by which everything is judged, or by which it is being judged, up to
   which event, and what came of it. It changes in the transaction that changes the events: what was killed goes on.
2. Events are judged in the order of their numbers. Those that other tables judged while they were taken, or that came
   later from a program with other tables, are judged as well: ``noticed`` goes back to them.
3. Nothing but the verdict of an event changes, which a trigger ensures; ``reclassified`` has the recorded one.
4. What follows from the verdicts is derived from the whole history of each address, as from nothing.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter, itemgetter
from typing import Any

from sqlite_utils import Database

from bounced.ledger import event_rows
from bounced.ledger.schema.m019_judged import JUDGED
from bounced.ledger.shared_rows import SharedRows
from bounced.ledger.suppressions import Folded
from bounced.ledger.transactions import Transactions
from bounced.model import Judge, Verdict
from bounced.sent.attributed import latest

#: Events that are read, and judged outside of any transaction.
EVENTS_LIMIT = 500

#: What is read of an event, by name: a file of an earlier version lacks some columns, and the error says so.
COLUMNS = """
id, happened_at, events.held AS held, {columns},
happened_at <= coalesce((SELECT value FROM meta WHERE name = 'texts_whole_since'), '') AS is_wordless
""".format(columns=", ".join(f"events.{column} AS {column}" for column in event_rows.COLUMNS.values()))  # noqa: S608

EVENTS = f"""
SELECT {COLUMNS}, {latest("address")} AS charged FROM events WHERE id > ? ORDER BY id LIMIT ?
"""  # noqa: S608

RECORD = """
INSERT INTO reclassified (event, verdict, judged_at) SELECT id, verdict, ? FROM event_rows WHERE id = ?
ON CONFLICT DO UPDATE SET judged_at = excluded.judged_at
"""
CHANGE = "UPDATE event_rows SET verdict = ? WHERE id = ?"
FORGET = "DELETE FROM reclassified WHERE event = ? AND verdict = ?"

#: What tables say: of a row, and of a verdict.
_recorded = itemgetter(*JUDGED)
_said = attrgetter(*("class_" if name == "class" else name for name in JUDGED))

READ = "SELECT value FROM meta WHERE name = 'tables'"
#: Failures have changed since they were counted for incidents.
NOTE_CHANGE = "REPLACE INTO meta (name, value) VALUES ('rejudged', '')"
ARE_CHANGED = "SELECT 1 FROM meta WHERE name = 'rejudged'"

WRITE = "REPLACE INTO meta (name, value) VALUES ('tables', ?)"


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """How far the failures are judged by some tables, and what came of it."""

    digest: str
    tables: str  # for people
    after: int = 0  # the last event that was judged
    judged: int = 0
    changed: int = 0  # of these, by class or reason
    kept: int = (
        0  # failures whose verdict stays: of an own rule, or without all of their text (bounced.ledger.old_texts)
    )
    suppressed: int = 0  # suppressions that began, and that ended, because of it
    released: int = 0
    finished_at: str = ""  # "" while there are more

    def is_of(self, judge: Judge) -> bool:
        """True when these are the tables of ``judge``."""
        return (self.digest, self.tables) == (judge.digest, judge.name)


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """A failure of which other tables say something else; ``row`` has the columns of ``EVENTS``."""

    row: dict[str, Any]
    verdict: Verdict

    @property
    def is_one(self) -> bool:
        """True when there is a column that changes."""
        return bool(_recorded(self.row) != _said(self.verdict))

    @property
    def matters(self) -> bool:
        """True when class or reason changes; the other columns are for people."""
        return (self.row["class"], self.row["reason"]) != (self.verdict.class_, self.verdict.reason)

    def columns(self) -> dict[str, str]:
        """The columns of a verdict."""
        return {**self.row, **dict(zip(JUDGED, _said(self.verdict), strict=True))}


@dataclasses.dataclass(frozen=True, slots=True)
class Judged:
    """What became of the next events: those that change, how many were judged, and how many keep their verdict."""

    last: int  # 0 when there was none
    changes: tuple[Change, ...] = ()
    judged: int = 0
    kept: int = 0


def next_events(db: Database, after: int, limit: int = EVENTS_LIMIT) -> list[dict[str, Any]]:
    """The events behind the number ``after``, each with its columns and whom it charges."""
    return list(db.query(EVENTS, [after, limit]))


def judged(rows: Sequence[dict[str, Any]], judge: Judge) -> Judged:
    """What ``judge`` says of the events in ``rows``."""
    failures = [row for row in rows if row["action"] in ("failed", "delayed")]
    verdicts = [(row, judge.verdict(event_rows.event(row))) for row in failures if not row["is_wordless"]]
    said = [Change(row, verdict) for row, verdict in verdicts if verdict is not None]
    changes = tuple(change for change in said if change.is_one)
    return Judged(rows[-1]["id"] if rows else 0, changes, len(said), len(failures) - len(said))


def progress(db: Database) -> Progress | None:
    """The tables by which events are judged; ``None`` where that was not noted yet."""
    row = db.execute(READ).fetchone()
    return Progress(**json.loads(row[0])) if row else None


def noticed(db: Database, digests: Iterable[str], first: int) -> None:
    """Notes that tables of ``digests`` judged the events from number ``first`` on (0: none), which were just taken."""
    known = progress(db) if first and any(digests) else None
    if known and known.finished_at and any(digest not in ("", known.digest) for digest in digests):
        _write(db, dataclasses.replace(known, after=min(known.after, first - 1), finished_at=""))


class Reclassification:
    """Every method raises LedgerError when the file can't be used.

    ``follow`` judges whole addresses in a transaction, as far as there is time; ``follow_rest`` in others the rest.
    Both get the number of suppressions that have begun because of it.
    """

    def __init__(
        self,
        transactions: Transactions,
        shared: SharedRows,
        follow: Callable[[Iterable[str], int], Folded],
        follow_rest: Callable[[int], Folded],
    ) -> None:
        self._transactions = transactions
        self._shared = shared
        self._follow = follow
        self._follow_rest = follow_rest

    def progress(self) -> Progress | None:
        """The tables by which events are judged; ``None`` where that was not noted yet."""
        with self._transactions.reading():
            return progress(self._transactions.db)

    def has_changed(self) -> bool:
        """True when failures have another class or reason than those that were counted for incidents."""
        with self._transactions.reading():
            return self._transactions.db.execute(ARE_CHANGED).fetchone() is not None

    def counted(self, db: Database) -> None:
        """Notes that they are counted again. Call inside a transaction."""
        db.execute("DELETE FROM meta WHERE name = 'rejudged'")

    def run(self, judge: Judge) -> Iterator[Folded]:
        """Judges all failures by ``judge`` that are not yet; yields what each step changes in the suppressions.

        Ends early when another program has begun to judge them by other tables.
        """
        rest, is_first = Folded(), True
        while True:
            with self._transactions.reading():
                stored = progress(self._transactions.db)
                known = stored if stored and stored.is_of(judge) else None
                if (known and known.finished_at) or not (known or is_first):
                    return
                begun = known or Progress(judge.digest, judge.name)
                rows = next_events(self._transactions.db, begun.after)
            folded, is_first = self._write(stored, begun, judged(rows, judge), rest), False
            rest = self._follow_rest(begun.suppressed + len(folded.started))
            yield folded + rest

    def _write(self, stored: Progress | None, begun: Progress, step: Judged, rest: Folded) -> Folded:
        """Changes what ``step`` says, unless another program has gone on meanwhile; ``rest`` is counted with it."""
        with self._transactions.writing():
            db = self._transactions.db
            if progress(db) != stored:
                return Folded()
            self._change(db, step.changes)
            if any(change.matters for change in step.changes):
                db.execute(NOTE_CHANGE)
            charged = {change.row["charged"] for change in step.changes if change.matters}
            folded = self._follow(sorted(filter(None, charged)), begun.suppressed + len(rest.started))
            _write(db, _advanced(begun, step, folded + rest, self._transactions.now()))
        return folded

    def _change(self, db: Database, changes: Sequence[Change]) -> None:
        if not changes:
            return
        verdicts = [(self._shared.of("verdicts", change.columns()), change.row["id"]) for change in changes]
        self._shared.write()
        now = self._transactions.now()
        db.conn.executemany(RECORD, [(now, event) for _, event in verdicts])
        db.execute("INSERT INTO meta (name, value) VALUES ('judging', '')")
        db.conn.executemany(CHANGE, verdicts)
        db.execute("DELETE FROM meta WHERE name = 'judging'")
        db.conn.executemany(FORGET, [(event, verdict) for verdict, event in verdicts])


def _advanced(begun: Progress, step: Judged, folded: Folded, now: str) -> Progress:
    return dataclasses.replace(
        begun,
        after=step.last or begun.after,
        judged=begun.judged + step.judged,
        changed=begun.changed + sum(change.matters for change in step.changes),
        kept=begun.kept + step.kept,
        suppressed=begun.suppressed + len(folded.started),
        released=begun.released + len(folded.ended),
        finished_at="" if step.last else now,
    )


def _write(db: Database, progress: Progress) -> None:
    db.execute(WRITE, [json.dumps(dataclasses.asdict(progress))])
