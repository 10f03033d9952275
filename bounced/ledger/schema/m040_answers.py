"""The fortieth migration: on which days units with an incident took mail again."""

from __future__ import annotations

SCRIPT = """
CREATE TABLE answered_days (             -- kept: what it was counted from is deleted in time
    unit INTEGER NOT NULL REFERENCES failure_units (unit),
    day INTEGER NOT NULL,                -- since 1970
    addresses INTEGER NOT NULL,          -- that took mail; not counted further than is asked for
    PRIMARY KEY (unit, day)
) STRICT, WITHOUT ROWID;
ALTER TABLE failure_units ADD COLUMN tenant TEXT NOT NULL DEFAULT '';
"""
