"""The twenty-third migration: how far each sink has come in the outbox, and what it refused."""

from __future__ import annotations

SCRIPT = """
CREATE TABLE sinks (
    name TEXT PRIMARY KEY,
    configured INTEGER NOT NULL,         -- 0: it is not in the configuration, and nothing waits for it
    position INTEGER NOT NULL,           -- it has every change up to this one
    delivered_at TEXT,                   -- when it last took one
    failing_since TEXT,                  -- NULL: it does not
    problem TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (              -- changes that a sink refused for good
    sink TEXT NOT NULL,
    change INTEGER NOT NULL,             -- its number in the outbox
    written_at TEXT NOT NULL,
    type TEXT NOT NULL,
    address TEXT NOT NULL,
    data TEXT NOT NULL,
    problem TEXT NOT NULL,
    PRIMARY KEY (sink, change)
) STRICT, WITHOUT ROWID;
"""
