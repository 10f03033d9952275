"""The ninth migration: the numbers of messages that nobody can write but who sent them, to recognize copies."""

from __future__ import annotations

SCRIPT = """
CREATE TABLE numbers (
    number TEXT PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES messages (id)
) WITHOUT ROWID;
"""
