"""The fifty-fourth migration: the newest suppressions are in the order in which they are listed.

By their dates alone, SQLite sorted all that began in one second, as those of an imported list do.
"""

from __future__ import annotations

SCRIPT = """
DROP INDEX suppressions_by_date;
CREATE INDEX suppressions_by_date ON suppression_rows (since DESC, address, scope, cause);
"""
