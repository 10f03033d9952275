"""The third migration: messages are recognized or not; "unread" is what IMAP calls a message without \\Seen."""

from __future__ import annotations

#: SQLite rewrites every trigger, view and reference that uses the old names, those that an admin added too.
SCRIPT = """
ALTER TABLE messages RENAME COLUMN understood TO recognized;
ALTER TABLE unread RENAME TO unrecognized;
"""
