"""The eleventh migration: what ``sends`` proves of the message of an event that it attributes later."""

from __future__ import annotations

SCRIPT = """
DROP TRIGGER attributions_are_not_changed;
DROP TRIGGER attributions_are_not_deleted;
ALTER TABLE attributions ADD COLUMN proved TEXT NOT NULL DEFAULT '';
UPDATE attributions SET proved = (SELECT proved FROM events WHERE id = event);
"""
