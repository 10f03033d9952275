"""Changes for other programs: a row for each, written in the transaction that makes it.

1. A suppression is told while it is in force: ``suppression.added`` when that begins, ``suppression.changed`` when its
   reason or its end is another one, ``suppression.expired`` at that end, ``suppression.removed`` when it ends sooner.
2. Every transaction that judges first tells what has expired until then, so that each expiry is told once.
3. Ids only grow, in the order of the commits, and none is given again: who remembers the last one has missed nothing.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from bounced import times
from bounced.ledger.erased import is_entry
from bounced.ledger.suppression_rows import suppression
from bounced.policy import Suppression
from bounced.policy.alarms import AlarmChangeType
from bounced.policy.complaints import NOT_COMPLAINTS
from bounced.sent.attributed import attributed, latest

Change = tuple[str, Suppression]

#: The names of changes, as webhooks have them.
ChangeType = Literal[
    "suppression.added", "suppression.changed", "suppression.expired", "suppression.removed", "complaint.received"
]

#: Those that are about no address: the brake withholds suppressions from now on, or does so no more.
BrakeChangeType = Literal["brake.applied", "brake.released"]

#: Those that are about a mailbox or a feedback loop: nothing arrives any more, or something does again.
SilenceChangeType = Literal["silence.began", "silence.ended"]

#: Those that are about no address: the test messages come back no more, or do so again.
CanaryChangeType = Literal["canary.missed", "canary.returned"]

KNOW = "INSERT INTO texts (text) VALUES (?) ON CONFLICT DO NOTHING"
ADD = "INSERT INTO outbox_rows (written_at, type, address, data) SELECT ?, ?, id, ? FROM texts WHERE text = ?"

#: Characters of a report that are told: a text of one message may be that of each of its recipients.
DETAIL_LENGTH_LIMIT = 100

#: Until when what has expired is told.
TOLD = "SELECT value FROM meta WHERE name = 'expiry_told_until'"
TELL = "REPLACE INTO meta (name, value) VALUES ('expiry_told_until', ?)"
ENDS = "SELECT 1 FROM suppressions WHERE until > ? AND until <= ? LIMIT 1"
ENDING = "SELECT * FROM suppressions WHERE until > ? AND until <= ? ORDER BY until, address, scope, cause"

#: Of events, those that are complaints of people and count. The first part is quick where there are none.
COMPLAINTS = f"""
WITH complaints AS MATERIALIZED (
    SELECT event_rows.id FROM json_each(:events) CROSS JOIN event_rows ON event_rows.id = value
    CROSS JOIN verdicts ON verdicts.id = verdict
    WHERE kind = 'complaint' AND feedback_type NOT IN (SELECT value FROM json_each(:others))
        AND NOT EXISTS (SELECT 1 FROM doubt_rows WHERE doubt_rows.event = event_rows.id)
)
SELECT {latest("address")} AS address, events.feedback_type AS reason,
    events.stream AS stream, coalesce(nullif({attributed("campaign")}, ''), events.campaign) AS campaign,
    events.happened_at AS happened_at
FROM complaints CROSS JOIN events ON events.id = complaints.id
ORDER BY events.id
"""  # noqa: S608

#: The oldest come first. What a sink still needs stays, and what is still to be logged.
DROP = """
DELETE FROM outbox_rows WHERE id IN (SELECT id FROM outbox_rows ORDER BY id LIMIT ?) AND written_at < ?
    AND id <= (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'suppressions_logged')
    AND NOT EXISTS (SELECT 1 FROM sinks WHERE configured AND position < outbox_rows.id)
"""

#: Rows that one call of ``drop`` deletes.
DROPPED_ROWS_LIMIT = 10_000


def tell(db: Database, type_: ChangeType, changes: Iterable[Change], now: datetime) -> None:
    """Adds a row for each of ``changes``, but not of what stands for an erased address: nobody could follow that."""
    told = ((address, change) for address, change in changes if not is_entry(address))
    rows = [(times.iso(now), type_, _data(_facts(change)), address) for address, change in told]
    db.conn.executemany(KNOW, [[address] for *_, address in rows])
    db.conn.executemany(ADD, rows)


def tell_complaints(db: Database, events: Collection[int], now: datetime) -> None:
    """Adds a row for each of ``events``, by their numbers, that is a complaint and is not held."""
    if events:
        wanted = {"events": json.dumps(list(events)), "others": json.dumps(NOT_COMPLAINTS)}
        rows = [(row.pop("address"), row) for row in db.query(COMPLAINTS, wanted)]
        added = [(times.iso(now), "complaint.received", _data(row), address) for address, row in rows]
        db.conn.executemany(ADD, added)


def tell_brake(db: Database, type_: BrakeChangeType, facts: Mapping[str, object], now: datetime) -> None:
    """Adds a row about the brake, which is about no address."""
    db.execute(ADD, [times.iso(now), type_, json.dumps(facts, separators=(",", ":")), ""])


def tell_silences(db: Database, changes: Iterable[tuple[SilenceChangeType, Mapping[str, str]]], now: datetime) -> None:
    """Adds a row for each of ``changes``, which are about no address."""
    db.conn.executemany(ADD, [(times.iso(now), type_, _data(facts), "") for type_, facts in changes])


def tell_alarm(db: Database, type_: AlarmChangeType, facts: Mapping[str, str], now: datetime) -> None:
    """Adds a row about a problem of the daemon, which is about no address."""
    db.execute(ADD, [times.iso(now), type_, _data(facts), ""])


def tell_canary(db: Database, type_: CanaryChangeType, facts: Mapping[str, str], now: datetime) -> None:
    """Adds a row about the canaries, which are about no address."""
    db.execute(ADD, [times.iso(now), type_, _data(facts), ""])


def is_due(db: Database, now: datetime) -> bool:
    """True when ``tell_expired`` has something to tell."""
    row, until = db.conn.execute(TOLD).fetchone(), times.iso(now)
    told = row[0] if row else until
    return db.conn.execute(ENDS, [min(told, until), max(told, until)]).fetchone() is not None


def tell_expired(db: Database, now: datetime) -> tuple[list[Change], list[Change]]:
    """Tells which suppressions have expired until ``now``; returns those that began again, and those that ended.

    One begins again when the clock is set back.
    """
    row, until = db.conn.execute(TOLD).fetchone(), times.iso(now)
    told = row[0] if row else until
    if told != until or row is None:
        db.conn.execute(TELL, [until])
    began, ended = _ending(db, until, told), _ending(db, told, until)
    tell(db, "suppression.added", began, now)
    tell(db, "suppression.expired", ended, now)
    return began, ended


def drop(db: Database, before: str) -> int:
    """Deletes rows that were written before ``before``, a limited number; returns how many."""
    return db.execute(DROP, [DROPPED_ROWS_LIMIT, before]).rowcount


def _ending(db: Database, after: str, until: str) -> list[Change]:
    """The suppressions that end after ``after`` and not after ``until``."""
    return [(row["address"], suppression(row)) for row in db.query(ENDING, [after, until])] if after < until else []


def _data(facts: Mapping[str, str | int | None]) -> str:
    told = {name: value for name, value in facts.items() if value}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _facts(change: Suppression) -> dict[str, str | int | None]:
    return {
        "scope": change.scope,
        "cause": change.cause,
        "reason": change.reason,
        "class": change.class_,
        "since": times.iso(change.since),
        "until": times.iso_or_none(change.until),
        "bounces": change.bounces,
        "first_bounce_at": times.iso_or_none(change.first_bounce_at),
        "last_bounce_at": times.iso_or_none(change.last_bounce_at),
        "detail": change.detail[:DETAIL_LENGTH_LIMIT],
    }
