"""Which mailboxes and feedback loops are silent: something used to arrive, and does not any more.

1. A source is a mailbox that is polled, or a feedback loop: the complaints about addresses at one provider that are not
   unverified, in whichever mailbox. Only messages that were recognized are arrivals, and no canaries.
2. Arrivals are read from what was recorded, behind the last message that was read: a kill loses none.
3. A silence is written in the transaction that tells the outbox of it, when it begins and when it ends.
4. A feedback loop that has been silent for FORGOTTEN hours is one no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlite_utils import Database

from bounced import times
from bounced.ledger import outbox
from bounced.ledger.transactions import Transactions
from bounced.policy.arrivals import WINDOW, Silence, Watch, silence, watched
from bounced.policy.providers import provider

SourceKind = Literal["mailbox", "feedback-loop"]

#: Messages that one transaction reads.
MESSAGES_LIMIT = 5_000

#: Complaints are about addresses at so many providers, at most.
FEEDBACK_LOOPS_LIMIT = 200

#: Hours after which a silent feedback loop is forgotten.
FORGOTTEN = 91 * 24

HOUR = timedelta(hours=1)
SECONDS_OF_HOUR = 3600

BEHIND = "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'arrivals_read'), 0)"
BATCH = "SELECT max(id), count(*) FROM (SELECT id FROM message_rows WHERE id > ? ORDER BY id LIMIT ?)"
NOTE_BEHIND = "REPLACE INTO meta (name, value) VALUES ('arrivals_read', ?)"

KNOW_MAILBOXES = """
INSERT INTO arrival_sources (kind, name) SELECT 'mailbox', mailbox FROM polls WHERE true ON CONFLICT DO NOTHING
"""
RECOGNIZED = """
FROM message_rows CROSS JOIN message_kinds ON message_kinds.id = message_kind
CROSS JOIN arrival_sources ON arrival_sources.kind = 'mailbox' AND arrival_sources.name = mailbox
"""
OF_BATCH = "WHERE message_rows.id > ? AND message_rows.id <= ? AND recognized AND decoder <> 'canary'"
MAILBOX_ARRIVALS = f"""
INSERT INTO arrivals (source, hour) SELECT arrival_sources.id, arrived_at / {SECONDS_OF_HOUR} {RECOGNIZED} {OF_BATCH}
ON CONFLICT DO NOTHING
"""
COMPLAINTS = f"""
SELECT DISTINCT texts.text, happened_at / {SECONDS_OF_HOUR} {RECOGNIZED}
CROSS JOIN event_rows ON event_rows.message = message_rows.id CROSS JOIN verdicts ON verdicts.id = verdict
LEFT JOIN attribution_rows ON attribution_rows.event = event_rows.id
CROSS JOIN texts ON texts.id = coalesce(attribution_rows.address, event_rows.address)
{OF_BATCH} AND verdicts.kind = 'complaint' AND verdicts.trust <> 'unverified' AND texts.text <> ''
"""
KNOW_LOOP = """
INSERT INTO arrival_sources (kind, name) SELECT 'feedback-loop', ?
WHERE (SELECT count(*) FROM arrival_sources WHERE kind = 'feedback-loop') < ? ON CONFLICT DO NOTHING
"""
ADD_COMPLAINT = """
INSERT INTO arrivals (source, hour) SELECT id, ? FROM arrival_sources WHERE kind = 'feedback-loop' AND name = ?
ON CONFLICT DO NOTHING
"""

SOURCES = "SELECT * FROM arrival_sources ORDER BY kind DESC, name"
POLLS = "SELECT mailbox, polled_at FROM polls WHERE polled_at IS NOT NULL"
HOURS = "SELECT hour FROM arrivals WHERE source = ? ORDER BY hour"
WATCHED = "UPDATE arrival_sources SET watched_since = ?, watched_until = ? WHERE id = ?"
SILENT = "UPDATE arrival_sources SET silent_since = ?, silent_after = ? WHERE id = ?"
DROP_OLD = f"""
DELETE FROM arrivals WHERE source = :source
    AND hour <= (SELECT max(hour) FROM arrivals WHERE source = :source) - {WINDOW}
"""  # noqa: S608
FORGET_ARRIVALS = "DELETE FROM arrivals WHERE source = ?"
FORGET = "DELETE FROM arrival_sources WHERE id = ?"


@dataclass(frozen=True, slots=True)
class SilenceChange:
    """A silence that began or ended: of what, since when, and after how long it was one."""

    kind: SourceKind
    name: str
    is_silent: bool
    since: datetime
    limit: timedelta


class Arrivals:
    """Every method raises LedgerError when the file can't be used."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def read(self) -> None:
        """Notes when that arrived which was recorded since the last call, in transactions of MESSAGES_LIMIT."""
        messages = MESSAGES_LIMIT
        while messages == MESSAGES_LIMIT:
            with self._transactions.writing():
                messages = _read(self._transactions.db)

    def judge(self, expect: Mapping[str, timedelta | None]) -> list[SilenceChange]:
        """The silences that begin and end now, of feedback loops and of the mailboxes that are in ``expect``.

        ``expect`` says how long nothing may arrive in each of them: zero for ever, ``None`` for what is usual.
        """
        with self._transactions.writing():
            _read_all(self._transactions.db)
            changes = list(_judged(self._transactions.db, expect))
            outbox.tell_silences(self._transactions.db, map(_told, changes), self._transactions.clock())
        return changes


def _read_all(db: Database) -> None:
    """Reads what a poll has recorded meanwhile: it must not be known to have ended without that."""
    while _read(db) == MESSAGES_LIMIT:
        pass


def _read(db: Database) -> int:
    """Reads some messages; returns how many."""
    db.execute(KNOW_MAILBOXES)
    [(behind,)] = db.execute(BEHIND).fetchall()
    [(last, messages)] = db.execute(BATCH, [behind, MESSAGES_LIMIT]).fetchall()
    if messages:
        db.execute(MAILBOX_ARRIVALS, [behind, last])
        complaints = {(provider(address), hour) for address, hour in db.execute(COMPLAINTS, [behind, last])}
        for name, hour in sorted(complaints):
            db.execute(KNOW_LOOP, [name, FEEDBACK_LOOPS_LIMIT])
            db.execute(ADD_COMPLAINT, [hour, name])
        db.execute(NOTE_BEHIND, [last])
    return int(messages)


def _judged(db: Database, expect: Mapping[str, timedelta | None]) -> Iterator[SilenceChange]:
    """Watches every source, and judges it. What no poll of has ended stays what it was."""
    watches = _watches(db, expect)
    loops = _everywhere([watches.get(name) for name in expect])
    for row in list(db.query(SOURCES)):
        is_loop = row["kind"] == "feedback-loop"
        if watch := loops if is_loop else watches.get(row["name"]):
            db.execute(DROP_OLD, {"source": row["id"]})
            allowed = None if is_loop else expect[row["name"]]
            yield from _change(db, row, _silence(db, row, watch, allowed))
        elif not expect or not (is_loop or row["name"] in expect):
            yield from _change(db, row, None)  # it is read no more


def _silence(db: Database, row: Mapping[str, Any], watch: Watch, allowed: timedelta | None) -> Silence | None:
    """The silence of a source. Forgets a feedback loop that has been silent for too long."""
    arrivals = [hour for (hour,) in db.execute(HOURS, [row["id"]])]
    if row["kind"] == "feedback-loop" and watch.until - arrivals[-1] > FORGOTTEN:
        db.execute(FORGET_ARRIVALS, [row["id"]])
        db.execute(FORGET, [row["id"]])
        return None
    return silence(arrivals, watch, None if allowed is None else -(-allowed // HOUR), row["silent_since"])


def _watches(db: Database, expect: Mapping[str, timedelta | None]) -> dict[str, Watch]:
    """The watch of each of the mailboxes in ``expect`` that was polled, until its last poll."""
    polls = dict(db.execute(POLLS).fetchall())
    watches = {}
    for row in list(db.query(SOURCES)):
        if row["kind"] == "mailbox" and row["name"] in expect and row["name"] in polls:
            known = None if row["watched_since"] is None else Watch(row["watched_since"], row["watched_until"])
            watch = watched(known, times.seconds(times.parse(polls[row["name"]])) // SECONDS_OF_HOUR)
            db.execute(WATCHED, [watch.since, watch.until, row["id"]])
            watches[row["name"]] = watch
    return watches


def _everywhere(watches: list[Watch | None]) -> Watch | None:
    """When all of the mailboxes are watched; ``None`` while one is not."""
    known = [watch for watch in watches if watch]
    if not known or len(known) < len(watches):
        return None
    return Watch(max(watch.since for watch in known), min(watch.until for watch in known))


def _change(db: Database, row: Mapping[str, Any], found: Silence | None) -> Iterator[SilenceChange]:
    """Writes what is ``found`` of a source; yields it when its silence begins or ends."""
    db.execute(SILENT, [found and found.since, found and found.limit, row["id"]])
    if (row["silent_since"] is None) == (found is None):
        return
    since, limit = (found.since, found.limit) if found else (row["silent_since"], row["silent_after"])
    yield SilenceChange(
        row["kind"], row["name"], found is not None, times.from_seconds(since * SECONDS_OF_HOUR), limit * HOUR
    )


def _told(change: SilenceChange) -> tuple[outbox.SilenceChangeType, dict[str, str]]:
    facts = {"kind": change.kind, "name": change.name, "since": times.iso(change.since)}
    return "silence.began" if change.is_silent else "silence.ended", facts
