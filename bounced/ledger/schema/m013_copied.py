"""The thirteenth migration: the messages that were copied and not deleted yet, on servers that can't move."""

from __future__ import annotations

SCRIPT = """
CREATE TABLE copied (
    mailbox TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    PRIMARY KEY (mailbox, uidvalidity, uid)
) STRICT, WITHOUT ROWID;
"""
