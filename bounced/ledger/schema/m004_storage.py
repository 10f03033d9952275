"""The fourth migration: how many events of a message are not stored, because it names too many recipients."""

from __future__ import annotations

SCRIPT = """
ALTER TABLE messages ADD COLUMN events_dropped INTEGER NOT NULL DEFAULT 0;
"""
