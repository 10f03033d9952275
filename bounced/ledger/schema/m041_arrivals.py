"""The forty-first migration: in which hours something arrived, and what is silent (bounced.ledger.arrivals)."""

from __future__ import annotations

SCRIPT = """
CREATE TABLE arrival_sources (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('mailbox', 'feedback-loop')),
    name TEXT NOT NULL,                  -- of the mailbox, or the provider whose addresses complaints are about
    watched_since INTEGER,               -- hours since 1970, as all of these; of mailboxes
    watched_until INTEGER,
    silent_since INTEGER,                -- NULL while it is not silent
    silent_after INTEGER,                -- the hours that nothing may arrive
    UNIQUE (kind, name)
) STRICT;

CREATE TABLE arrivals (
    source INTEGER NOT NULL REFERENCES arrival_sources (id),
    hour INTEGER NOT NULL,
    PRIMARY KEY (source, hour)
) STRICT, WITHOUT ROWID;
"""
