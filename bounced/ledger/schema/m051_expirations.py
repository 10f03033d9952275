"""The fifty-first migration: when certificates and secrets end on which logins depend (bounced.ledger.expirations)."""

from __future__ import annotations

SCRIPT = """
CREATE TABLE expirations (
    source TEXT NOT NULL,                -- imap:NAME of a mailbox, or the table of the configuration
    kind TEXT NOT NULL,                  -- certificate, secret
    name TEXT NOT NULL,                  -- which one
    ends_at TEXT NOT NULL,
    PRIMARY KEY (source, kind, name)
) STRICT, WITHOUT ROWID;
"""
