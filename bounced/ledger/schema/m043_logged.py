"""The forty-third migration: how far the log has come in the outbox; what is in it was logged."""

from __future__ import annotations

SCRIPT = """
INSERT INTO meta (name, value)
SELECT 'suppressions_logged', coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox_rows'), 0);
"""
