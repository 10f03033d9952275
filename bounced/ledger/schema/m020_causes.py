"""The twentieth migration: a release is of the suppressions of one cause, or of every one ('', as all earlier ones)."""

from __future__ import annotations

SCRIPT = """
ALTER TABLE decisions ADD COLUMN cause TEXT NOT NULL DEFAULT '' CHECK (cause IN ('', 'bounce', 'complaint', 'manual'));
"""
