"""The eighth migration: which message a verified report is about, as only the sender can write it."""

from __future__ import annotations

SCRIPT = """
ALTER TABLE events ADD COLUMN proved TEXT NOT NULL DEFAULT '';
"""
