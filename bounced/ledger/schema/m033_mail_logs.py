"""The thirty-third migration: how far each mail log was read, and the messages that are in the queue of its server.

Most of what a log has is about addresses without reports: the trigger on ``deliveries`` asks that first, and once.
"""

from __future__ import annotations

from bounced.ledger.schema.m026_deliveries import MARK_DELIVERED, MARK_REPEATED

SCRIPT = f"""
CREATE TABLE mail_logs (
    name TEXT PRIMARY KEY,
    source TEXT NOT NULL,                 -- its kind and its path: another one is read from its beginning
    position TEXT NOT NULL DEFAULT '',    -- see bounced.sent.log_files and bounced.sent.journal; '': nothing was read
    read_at TEXT,                         -- last
    failing_since TEXT,                   -- NULL: it is not
    problem TEXT NOT NULL DEFAULT '',
    lines INTEGER NOT NULL DEFAULT 0,     -- that were read
    deliveries INTEGER NOT NULL DEFAULT 0,
    unknown INTEGER NOT NULL DEFAULT 0,   -- deliveries whose Message-ID was not read
    skipped INTEGER NOT NULL DEFAULT 0,   -- lines that were too long
    gaps INTEGER NOT NULL DEFAULT 0,      -- times that lines were lost
    gap_at TEXT,
    gap TEXT NOT NULL DEFAULT ''          -- the last one
) STRICT, WITHOUT ROWID;

CREATE TABLE queued_messages (
    log TEXT NOT NULL,
    queue_id TEXT NOT NULL,
    message_id TEXT NOT NULL,             -- '': of another sender, or without one
    recorded_at INTEGER NOT NULL,         -- seconds since 1970
    PRIMARY KEY (log, queue_id)
) STRICT, WITHOUT ROWID;

DROP TRIGGER deliveries_change_histories;
CREATE TRIGGER deliveries_change_histories AFTER INSERT ON deliveries
WHEN EXISTS (SELECT 1 FROM event_rows WHERE event_rows.address = NEW.address)
    OR EXISTS (SELECT 1 FROM attribution_rows WHERE attribution_rows.address = NEW.address)
BEGIN
    {MARK_DELIVERED}
    {MARK_REPEATED}
END;
"""  # noqa: S608
