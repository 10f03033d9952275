"""The fourteenth migration: what long histories come to so far, and which events are to be judged; both are derived.

A migration that changes the key of an address, or what happened, deletes the rows of ``states`` of that address.
"""

from __future__ import annotations

SCRIPT = """
CREATE TABLE states (                    -- what the history of an address comes to, so that nobody reads all of it
    address TEXT PRIMARY KEY,
    kept BLOB NOT NULL                   -- see bounced.ledger.states
) STRICT, WITHOUT ROWID;
CREATE TABLE unjudged (                  -- new events that are not in the suppressions yet
    address TEXT NOT NULL,
    event INTEGER NOT NULL,              -- 0: judge the whole history; -1: the rest of it
    PRIMARY KEY (address, event)
) STRICT, WITHOUT ROWID;
"""
