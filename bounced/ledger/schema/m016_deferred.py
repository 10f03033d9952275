"""The sixteenth migration: messages that are read later, and the keys of DKIM that the DNS has had."""

from __future__ import annotations

SCRIPT = """
CREATE TABLE deferred (
    mailbox TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    cause TEXT NOT NULL, -- key: the DNS did not answer; processor: its source has had its time
    source TEXT NOT NULL,
    tries INTEGER NOT NULL,
    noted_at TEXT NOT NULL,
    PRIMARY KEY (mailbox, uidvalidity, uid)
) STRICT, WITHOUT ROWID;
CREATE TABLE dkim_keys (
    name TEXT PRIMARY KEY,
    record TEXT NOT NULL,
    known_until TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
