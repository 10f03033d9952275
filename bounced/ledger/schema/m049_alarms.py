"""The forty-ninth migration: problems that are told, or will be when they last (bounced.ledger.alarms)."""

from __future__ import annotations

SCRIPT = """
CREATE TABLE alarms (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,                  -- what it is about
    problem TEXT NOT NULL,               -- in words
    is_critical INTEGER NOT NULL,
    began_at TEXT NOT NULL,
    told_at TEXT,                        -- for the last time; NULL: it has not lasted long enough
    times_told INTEGER NOT NULL,
    gone_at TEXT,                        -- since when it is not there; NULL while it is
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

ALTER TABLE polls ADD COLUMN login_refused INTEGER NOT NULL DEFAULT 0;  -- 1 when the problem is that
"""
