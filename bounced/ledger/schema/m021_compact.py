"""The twenty-first migration: smaller rows, and numbers that are kept instead of counted.

1. Dates of events are seconds, fingerprints 16 octets, and an index has what a query asks, no more.
2. A passage has a mark where the address of its event was, so that many events share it; its digest finds it.
3. ``totals`` and ``recent`` have what `bounced status` shows: that costs the same however much there is.
"""

from __future__ import annotations

from sqlite_utils import Database

from bounced.ledger.schema import views

#: What is copied, since the types of its columns change; everything else refers to these tables by their names.
COPIED = """
CREATE TABLE message_rows_new (
    id INTEGER PRIMARY KEY,
    fingerprint BLOB NOT NULL UNIQUE,    -- the last 16 octets of bounced.ledger.fingerprint
    arrived_at INTEGER NOT NULL,         -- seconds since 1970
    recorded_at INTEGER NOT NULL,
    message_kind INTEGER NOT NULL,
    name TEXT NOT NULL,                  -- in its mailbox
    size INTEGER NOT NULL,               -- octets
    recognized INTEGER NOT NULL CHECK (recognized IN (0, 1)),
    events_dropped INTEGER NOT NULL,     -- recipients beyond the budget of the message
    events_expired INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO message_rows_new
SELECT id, substr(fingerprint, -16), arrived_at, recorded_at, message_kind, name, size, recognized, events_dropped,
    events_expired
FROM message_rows ORDER BY id;

CREATE TABLE event_rows_new (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES message_rows (id),
    happened_at INTEGER NOT NULL,        -- seconds since 1970
    stored_at INTEGER,
    address INTEGER NOT NULL,
    campaign INTEGER NOT NULL,
    diagnostic_code INTEGER NOT NULL,
    final_recipient TEXT,                -- NULL: as the address
    original_recipient TEXT,
    sent INTEGER NOT NULL DEFAULT 0,
    verdict INTEGER NOT NULL,
    route INTEGER NOT NULL,
    original INTEGER NOT NULL
) STRICT;
INSERT INTO event_rows_new
SELECT id, message, coalesce(unixepoch(happened_at), 0), stored_at, address, campaign, diagnostic_code,
    final_recipient, original_recipient, sent, verdict, route, original
FROM event_rows ORDER BY id;
"""

#: Tables whose triggers, indexes and name the copy gets.
REPLACED = ("message_rows", "event_rows")

#: Indexes that are made again, or not at all.
DROPPED = ("events_by_address", "events_by_campaign", "messages_by_date")

INDEXES = """
CREATE INDEX events_by_address ON event_rows (address, happened_at);
CREATE INDEX events_by_campaign ON event_rows (campaign);
CREATE INDEX messages_unrecognized ON message_rows (arrived_at) WHERE recognized = 0;
CREATE INDEX suppressions_by_date ON suppressions (since DESC);
CREATE INDEX suppressions_that_end ON suppressions (until) WHERE until IS NOT NULL;

ALTER TABLE passages ADD COLUMN digest INTEGER;  -- of the text; NULL: not looked for
CREATE INDEX passages_by_digest ON passages (digest) WHERE digest IS NOT NULL;
"""

COUNTED = """
CREATE TABLE totals (                    -- how many rows there are: what would take long to count
    name TEXT PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO totals VALUES
    ('messages_gone', (SELECT coalesce(max(id), 0) - count(*) FROM message_rows)),
    ('events_gone', (SELECT coalesce(max(id), 0) - count(*) FROM event_rows)),
    ('unrecognized', (SELECT count(*) FROM message_rows WHERE recognized = 0)),
    ('unnamed', (SELECT count(*) FROM event_rows WHERE address = 0)),
    ('attributed', (SELECT count(*) FROM attribution_rows)),
    ('held', (SELECT count(*) FROM doubt_rows)),
    ('suppressions', (SELECT count(*) FROM suppressions)),
    ('suppressed', (SELECT count(DISTINCT address) FROM suppressions));

CREATE TABLE recent (                    -- events that `bounced status` may count, until housekeeping
    kind TEXT NOT NULL CHECK (kind IN ('blocked', 'held')),
    happened_at INTEGER NOT NULL,
    event INTEGER NOT NULL,
    PRIMARY KEY (kind, happened_at, event)
) STRICT, WITHOUT ROWID;
INSERT INTO recent SELECT 'held', happened_at, event FROM doubt_rows JOIN event_rows ON event_rows.id = event
WHERE happened_at > unixepoch() - 172800;
INSERT INTO recent SELECT 'blocked', happened_at, event_rows.id
FROM event_rows CROSS JOIN verdicts ON verdicts.id = verdict
WHERE happened_at > unixepoch() - 172800 AND class = 'block' AND action = 'failed'
    AND NOT EXISTS (SELECT 1 FROM doubt_rows WHERE event = event_rows.id);
"""

TRIGGERS = """
DROP TRIGGER events_change_outcomes;     -- bounced.ledger.append knows it without a look at the verdict
CREATE TRIGGER messages_are_counted AFTER INSERT ON message_rows WHEN NEW.recognized = 0
BEGIN
    UPDATE totals SET number = number + 1 WHERE name = 'unrecognized';
END;
CREATE TRIGGER unnamed_are_counted AFTER INSERT ON event_rows WHEN NEW.address = 0
BEGIN
    UPDATE totals SET number = number + 1 WHERE name = 'unnamed';
END;
CREATE TRIGGER judged_events_are_counted AFTER UPDATE OF verdict ON event_rows
BEGIN
    DELETE FROM recent WHERE kind = 'blocked' AND happened_at = NEW.happened_at AND event = NEW.id;
    INSERT INTO recent SELECT 'blocked', NEW.happened_at, NEW.id FROM verdicts
    WHERE id = NEW.verdict AND class = 'block' AND action = 'failed'
        AND NOT EXISTS (SELECT 1 FROM doubt_rows WHERE event = NEW.id);
END;
CREATE TRIGGER events_that_go_are_counted AFTER DELETE ON event_rows
BEGIN
    UPDATE totals SET number = number + 1 WHERE name = 'events_gone';
    UPDATE totals SET number = number - 1 WHERE name = 'unnamed' AND OLD.address = 0;
    DELETE FROM recent WHERE kind IN ('held', 'blocked') AND happened_at = OLD.happened_at AND event = OLD.id;
END;
CREATE TRIGGER attributions_are_counted AFTER INSERT ON attribution_rows
BEGIN
    UPDATE totals SET number = number + 1 WHERE name = 'attributed';
END;
CREATE TRIGGER attributions_that_go_are_counted AFTER DELETE ON attribution_rows
BEGIN
    UPDATE totals SET number = number - 1 WHERE name = 'attributed';
END;
CREATE TRIGGER doubts_are_counted AFTER INSERT ON doubt_rows
BEGIN
    UPDATE totals SET number = number + 1 WHERE name = 'held';
    DELETE FROM recent WHERE kind = 'blocked' AND event = NEW.event
        AND happened_at = (SELECT happened_at FROM event_rows WHERE id = NEW.event);
    INSERT INTO recent SELECT 'held', happened_at, id FROM event_rows WHERE id = NEW.event;
END;
CREATE TRIGGER doubts_that_go_are_counted AFTER DELETE ON doubt_rows
BEGIN
    UPDATE totals SET number = number - 1 WHERE name = 'held';
    DELETE FROM recent WHERE kind = 'held' AND event = OLD.event
        AND happened_at = (SELECT happened_at FROM event_rows WHERE id = OLD.event);
    INSERT INTO recent SELECT 'blocked', happened_at, event_rows.id
    FROM event_rows JOIN verdicts ON verdicts.id = verdict
    WHERE event_rows.id = OLD.event AND class = 'block' AND action = 'failed';
END;
CREATE TRIGGER suppressions_are_counted AFTER INSERT ON suppressions
BEGIN
    UPDATE totals SET number = number + 1 WHERE name = 'suppressions';
    UPDATE totals SET number = number + 1 WHERE name = 'suppressed' AND NOT EXISTS (
        SELECT 1 FROM suppressions WHERE address = NEW.address AND (scope, cause) IS NOT (NEW.scope, NEW.cause)
    );
END;
CREATE TRIGGER suppressions_that_go_are_counted AFTER DELETE ON suppressions
BEGIN
    UPDATE totals SET number = number - 1 WHERE name = 'suppressions';
    UPDATE totals SET number = number - 1 WHERE name = 'suppressed'
        AND NOT EXISTS (SELECT 1 FROM suppressions WHERE address = OLD.address);
END;
"""


#: Of two tables.
_TRIGGERS = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (?, ?) ORDER BY name"
_INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> '' AND tbl_name IN (?, ?) ORDER BY name"


def replace(db: Database) -> None:
    """Puts the copies in the place of the tables, with the triggers and the indexes that these had."""
    triggers = [sql for (sql,) in db.execute(_TRIGGERS, REPLACED).fetchall()]
    indexes = [sql for name, sql in db.execute(_INDEXES, REPLACED).fetchall() if name not in DROPPED]
    shown = views.drop(db)
    db.execute("PRAGMA legacy_alter_table = ON")  # what refers to the tables, by their names, stays as it is
    for table in REPLACED:
        db.execute(f"DROP TABLE {table}")
        db.execute(f"ALTER TABLE {table}_new RENAME TO {table}")
    db.execute("PRAGMA legacy_alter_table = OFF")
    views.create(db, shown)
    for statement in (*indexes, *triggers):
        db.execute(statement)
