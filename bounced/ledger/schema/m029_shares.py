"""The twenty-ninth migration: how many addresses a crowd may name, by what was sent and for how long it lasts."""

from __future__ import annotations

SCRIPT = """
ALTER TABLE crowds ADD COLUMN since TEXT NOT NULL DEFAULT '';  -- the day of the first address; '': not known
ALTER TABLE crowds ADD COLUMN weeks INTEGER NOT NULL DEFAULT 0;  -- for which more are allowed
ALTER TABLE crowds ADD COLUMN allowed INTEGER NOT NULL DEFAULT 0;  -- beyond the number of the policy
"""
