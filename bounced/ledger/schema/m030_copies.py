"""The thirtieth migration: since when a message is being copied."""

from __future__ import annotations

SCRIPT = """
ALTER TABLE copied ADD COLUMN begun_at TEXT;  -- NULL: copied, or begun by an earlier version
"""
