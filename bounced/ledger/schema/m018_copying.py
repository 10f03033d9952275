"""The eighteenth migration: the messages whose copy was begun, and where it would be."""

from __future__ import annotations

#: Of a message that was copied these are NULL.
SCRIPT = """
ALTER TABLE copied ADD COLUMN folder TEXT;
ALTER TABLE copied ADD COLUMN folder_uidvalidity INTEGER;
ALTER TABLE copied ADD COLUMN next_uid INTEGER;
"""
