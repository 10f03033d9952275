"""The thirty-sixth migration: unrecognized messages that a person is done with."""

from __future__ import annotations

SCRIPT = """
CREATE TABLE reviewed (
    message INTEGER PRIMARY KEY REFERENCES message_rows (id),
    done_at TEXT NOT NULL
) STRICT;
CREATE TRIGGER reviewed_are_counted AFTER INSERT ON reviewed
BEGIN
    UPDATE totals SET number = number - 1 WHERE name = 'unrecognized';
END;
"""
