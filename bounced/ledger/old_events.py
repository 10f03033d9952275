"""Deletes events that are old and that no judgment needs any more (``[database] keep_events``).

1. The history of an address is walked up to a date, with its old events and without them: they are deleted only if what
   later entries ask for is the same (bounced.policy.outdated), and if the same of the others are held. So they stay
   while they suppress somebody, while their streak goes on, and while a complaint is in force.
2. What is held stays: an incident may be released, and failures that were taken back may be given back, years later.
   Where all of the old ones can't go, those may that happened before the first of what the judgment is about.
3. Numbers stay: rates, counts of failures, totals. So do messages, without words where nothing is left of their events.
4. ``meta`` says since when events are whole: nobody can judge those before by other numbers.

Each function does a limited number of rows; call it inside a transaction of the ledger.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlite_utils import Database

from bounced import times
from bounced.ledger import answers, erased_rows, history
from bounced.model import DECISIONS
from bounced.policy import Entry, Fold, Policy, State, outdated

#: Addresses, events, and texts that one call looks at.
ADDRESSES_LIMIT = 200
EVENTS_LIMIT = 10_000
TEXTS_LIMIT = 20_000

#: The row of ``meta`` that lets events be deleted that happened up to then; there for the time of a transaction.
ALLOW = "INSERT INTO meta (name, value) VALUES ('events_kept_since', ?)"
FORBID = "DELETE FROM meta WHERE name = 'events_kept_since'"

#: Up to when events may have been deleted.
NOTE = """
INSERT INTO meta (name, value) VALUES ('events_whole_since', ?)
ON CONFLICT DO UPDATE SET value = max(value, excluded.value)
"""
WHOLE_SINCE = "SELECT value FROM meta WHERE name = 'events_whole_since'"

#: Addresses by the ids of their texts, that have something so old, and whether they are yet to be judged.
ADDRESSES = """
SELECT id, text, text IN (SELECT address FROM unjudged) FROM (
    SELECT * FROM (
        SELECT DISTINCT address FROM event_rows
        WHERE address > max(:after, 0) AND happened_at <= :before ORDER BY address LIMIT :limit
    ) UNION SELECT * FROM (
        SELECT DISTINCT attribution_rows.address FROM attribution_rows CROSS JOIN event_rows ON event_rows.id = event
        WHERE attribution_rows.address > max(:after, 0) AND happened_at <= :before
        ORDER BY attribution_rows.address LIMIT :limit
    )
) AS old JOIN texts ON texts.id = old.address ORDER BY id LIMIT :limit
"""

#: Events in ``stale`` are still to be counted.
DELETABLE = "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT event FROM stale)"

#: Of nobody, so each for itself.
UNNAMED = """
SELECT id FROM event_rows WHERE id > :after AND id <= :last AND address = 0
AND happened_at <= :before AND coalesce(stored_at, 0) <= :before
AND NOT EXISTS (SELECT 1 FROM attribution_rows WHERE event = id)
AND NOT EXISTS (SELECT 1 FROM doubt_rows WHERE event = id)
AND NOT EXISTS (SELECT 1 FROM attributable WHERE event = id)
AND NOT EXISTS (SELECT 1 FROM unjudged WHERE event = id AND address = '')
"""

#: The last of some rows behind one.
LAST = "SELECT max(id) FROM (SELECT id FROM {table} WHERE id > ? ORDER BY id LIMIT ?)"

#: Texts that may name a person, and nothing indexed refers to them; the names of mailboxes are others.
UNUSED = """
SELECT id FROM texts WHERE id > max(:after, 0) AND id <= :last
AND (text LIKE '%@%' OR text LIKE 'id %' OR EXISTS (SELECT 1 FROM texts AS ids WHERE ids.text = 'id ' || texts.text))
AND NOT EXISTS (SELECT 1 FROM latest_outcome_rows WHERE identity = texts.id AND day * 86400 > :before)
AND NOT EXISTS (
    SELECT 1 FROM texts AS ids JOIN unnamed ON recipient_id = ids.id AND recipient_id <> 0
    WHERE texts.text LIKE 'id %' AND ids.text = substr(texts.text, 4)
)
AND text NOT IN (SELECT mailbox FROM polls UNION SELECT mailbox FROM cursors)
AND NOT EXISTS (SELECT 1 FROM event_rows WHERE event_rows.address = texts.id)
AND NOT EXISTS (SELECT 1 FROM event_rows WHERE campaign = texts.id)
AND NOT EXISTS (SELECT 1 FROM attribution_rows WHERE attribution_rows.address = texts.id)
AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.address = texts.id)
AND NOT EXISTS (SELECT 1 FROM unnamed WHERE recipient_id = texts.id AND recipient_id <> 0)
AND NOT EXISTS (SELECT 1 FROM unnamed WHERE original_message_id = texts.id AND original_message_id <> 0)
"""

#: What else refers to texts, and has no index for it.
REFERRING = tuple(
    column
    for column in erased_rows.SHARED["texts"]
    if column[0] not in ("event_rows", "place_rows", "deliveries", "unnamed")
    and column not in (("attribution_rows", "address"), ("latest_outcome_rows", "identity"))
)

#: What is derived from the history of an address that has none any more.
DERIVED = ("closed_addresses", "unicode_addresses")
WITHOUT_HISTORY = """
SELECT value FROM json_each(?) WHERE value NOT IN (
    SELECT text FROM texts WHERE EXISTS (SELECT 1 FROM event_rows WHERE event_rows.address = texts.id)
    OR EXISTS (SELECT 1 FROM attribution_rows WHERE attribution_rows.address = texts.id)
)
"""


@dataclass(frozen=True, slots=True)
class Walk:
    """The state that a history comes to, when its events happened, and which of them are held, and why."""

    state: State
    events: dict[int, datetime] = field(default_factory=dict)
    held: dict[int, str] = field(default_factory=dict)


def unneeded(db: Database, address: str, before: datetime, rule: Policy) -> set[int]:
    """The events of ``address`` up to ``before`` that no judgment by ``rule`` needs."""
    whole = _walk(db, address, before, rule, ())
    needed = outdated.asked(whole.state, before, rule)
    first = outdated.begin(needed)
    for cut in (None, first):
        gone = {event for event, at in whole.events.items() if event not in whole.held and (not cut or at < cut)}
        rest = _walk(db, address, before, rule, gone)
        if outdated.asked(rest.state, before, rule) == needed and rest.held == whole.held:
            return gone
    return set()


def _walk(db: Database, address: str, before: datetime, rule: Policy, gone: Collection[int]) -> Walk:
    """Walks the history of ``address`` up to ``before``, as if the events ``gone`` had not happened."""
    fold, walk = Fold(address, rule), Walk(State())

    def changed(entry: Entry) -> Entry:
        return entry._replace(what="noted") if entry.id in gone else entry

    for entry in history.entries(db, address, rule, changed=changed):
        if entry.at > before:
            break
        step = fold.step(entry)
        if entry.id and entry.what not in DECISIONS and entry.id not in gone:
            walk.events[entry.id] = entry.at
            walk.held.update({entry.id: step.note} if step.held else {})
    return replace(walk, state=fold.state)


def drop(db: Database, after: int, before: datetime, rule: Policy, deadline: float) -> tuple[int, int]:
    """Deletes what no judgment needs of some addresses; ``after`` is the text of the last one before them.

    Returns that of their last one, 0 when there was none, and how many events were deleted.
    """
    key = {"after": after, "before": times.seconds(before), "limit": ADDRESSES_LIMIT}
    last, events, addresses = 0, set[int](), list[str]()
    for last, address, is_unjudged in db.execute(ADDRESSES, key).fetchall():  # noqa: B007
        events |= set() if is_unjudged else unneeded(db, address, before, rule)
        addresses.append(address)
        if time.monotonic() > deadline:
            break
    return last, _delete(db, before, events, addresses)


def drop_unnamed(db: Database, after: int, before: datetime) -> tuple[int, int]:
    """Deletes events that named nobody and were never attributed, among those behind the number ``after``.

    Returns the last of the numbers that it looked at, 0 when there was none, and how many were deleted.
    """
    last = last_row(db, "event_rows", after, EVENTS_LIMIT)
    key = {"after": after, "last": last, "before": times.seconds(before)}
    return last, _delete(db, before, [event for (event,) in db.execute(UNNAMED, key)], ())


def last_row(db: Database, table: str, after: int, limit: int) -> int:
    """The last of ``limit`` rows of ``table`` behind the row ``after``, 0 when there is none."""
    [(last,)] = db.execute(LAST.format(table=table), [after, limit]).fetchall()
    return last or 0


def _delete(db: Database, before: datetime, events: Collection[int], addresses: Sequence[str]) -> int:
    """Deletes ``events`` of ``addresses`` and what belongs to them; returns how many."""
    chosen = [event for (event,) in db.execute(DELETABLE, [json.dumps(sorted(events))])]
    if not chosen:
        return 0
    db.execute("PRAGMA defer_foreign_keys = ON")  # until COMMIT
    messages = [message for (message,) in db.execute(erased_rows.MESSAGES, [json.dumps(chosen)])]
    answers.note_deleted(db, chosen)
    db.execute(ALLOW, [str(times.seconds(before))])
    for table, column in (*list(erased_rows.OF_EVENTS.items())[1:], ("event_rows", "id")):
        erased_rows.delete_from(db, table, column, chosen)
    erased_rows.take_subjects(db, messages)
    db.execute(FORBID)
    db.execute(NOTE, [times.iso(before)])
    erased_rows.delete_from(db, "states", "address", addresses)
    without = [address for (address,) in db.execute(WITHOUT_HISTORY, [json.dumps(addresses)])]
    for table in DERIVED:
        erased_rows.delete_from(db, table, "address", without)
    return len(chosen)


def drop_texts(db: Database, after: int, before: datetime) -> int:
    """Deletes addresses and ids that nothing refers to any more, among the texts behind ``after``.

    Returns the last of the texts that it looked at, 0 when there was none.
    """
    last = last_row(db, "texts", max(after, 0), TEXTS_LIMIT)
    key = {"after": after, "last": last, "before": times.seconds(before)}
    unused = [text for (text,) in db.execute(UNUSED, key)]
    for table, column in REFERRING if unused else ():
        sql = f"SELECT value FROM json_each(?) WHERE value NOT IN (SELECT {column} FROM {table})"  # noqa: S608
        unused = [text for (text,) in db.execute(sql, [json.dumps(unused)])]
    if unused:
        db.execute(ALLOW, [str(times.seconds(before))])
        erased_rows.delete_from(db, "latest_outcome_rows", "identity", unused)
        erased_rows.delete_from(db, "texts", "id", unused)
        db.execute(FORBID)
    return last


def whole_since(db: Database) -> str:
    """Up to when events may have been deleted, ISO 8601; ``""`` when none were."""
    row = db.execute(WHOLE_SINCE).fetchone()
    return str(row[0]) if row else ""
