"""The twenty-seventh migration: addresses that another policy would suppress, too many at once to be meant."""

from __future__ import annotations

SCRIPT = """
CREATE TABLE withheld (
    address TEXT PRIMARY KEY,
    since TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
