"""Which suppressions are in force for addresses: the one answer of `check`, the policy server, exports and programs.

1. An address is suppressed by its own row in the view ``suppressed`` and by those of what covers it: its domain, the
   domains above that, and, where sub-addresses are the same, the address without its extension.
2. Whatever is on the allow list is not suppressed for bounces, nor by a person's word about something that covers more.
   Complaints stand.

Only reads, in statements of their own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bounced.policy import patterns

#: Whether there is more to look up than the very addresses. Ranges, for the index: no address begins as a pattern does.
LISTED = """
SELECT coalesce((SELECT value FROM meta WHERE name = 'delimiters'), ''),
    EXISTS (SELECT 1 FROM suppressions WHERE address >= '*.' AND address < '*/')
    OR EXISTS (SELECT 1 FROM suppressions WHERE address >= '@' AND address < 'A'),
    EXISTS (SELECT 1 FROM decisions WHERE what IN ('allow', 'disallow'))
"""

#: CROSS JOIN: from the addresses to the index, never through all suppressions.
AGAINST = """
SELECT suppressed.* FROM json_each(:keys) AS wanted CROSS JOIN suppressed ON suppressed.address = wanted.value
WHERE scope IN (SELECT value FROM json_each(:scopes))
ORDER BY scope <> 'all', scope, cause
"""
AGAINST_ALL = AGAINST.replace("WHERE scope IN (SELECT value FROM json_each(:scopes))", "")

ALLOWED = "SELECT address FROM json_each(?) AS wanted CROSS JOIN allowed ON allowed.address = wanted.value"

#: Of the view ``suppressed``, by the names of its columns.
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Listed:
    """What a file has besides suppressions of single addresses."""

    delimiters: str
    has_patterns: bool
    has_allowed: bool

    def covering(self, key: str) -> tuple[str, ...]:
        """What may say something about ``key``, the closest first."""
        return patterns.covering(key, self.delimiters)


def in_force(db: sqlite3.Connection, keys: Iterable[str], scopes: Sequence[str] | None = None) -> dict[str, list[Row]]:
    """Rows of ``suppressed`` that forbid mail of ``scopes`` (``None``: any) to ``keys``, those of all mail first.

    An address that nothing forbids is not in the result.
    """
    cursor = db.cursor()
    wanted = list(dict.fromkeys(keys))
    listed = _Listed(*cursor.execute(LISTED).fetchone())
    cursor.row_factory = sqlite3.Row
    if not (listed.delimiters or listed.has_patterns):
        return _by_address(_rows(cursor, wanted, scopes))
    covering = {key: listed.covering(key) for key in wanted}
    entries = list(dict.fromkeys(entry for several in covering.values() for entry in several))
    allowed = {row[0] for row in cursor.execute(ALLOWED, [json.dumps(entries)])} if listed.has_allowed else set()
    rows = _by_address(_rows(cursor, entries, scopes))
    standing = ((key, list(_standing(several, rows, allowed))) for key, several in covering.items())
    return {key: rows_of_key for key, rows_of_key in standing if rows_of_key}


def _rows(cursor: sqlite3.Cursor, keys: Sequence[str], scopes: Sequence[str] | None) -> list[Row]:
    parameters = {"keys": json.dumps(keys), "scopes": json.dumps(scopes)}
    return cursor.execute(AGAINST_ALL if scopes is None else AGAINST, parameters).fetchall()


def _by_address(rows: Iterable[Row]) -> dict[str, list[Row]]:
    by_address: dict[str, list[Row]] = {}
    for row in rows:
        by_address.setdefault(row["address"], []).append(row)
    return by_address


def _standing(covering: Sequence[str], rows: Mapping[str, Sequence[Row]], allowed: set[str]) -> list[Row]:
    """Of the rows about what covers an address, the closest first, those that the allow list leaves in force."""
    last = next((place for place, entry in enumerate(covering) if entry in allowed), None)
    standing = [
        row
        for place, entry in enumerate(covering)
        for row in rows.get(entry, ())
        if last is None or row["cause"] == "complaint" or (row["cause"] == "manual" and place <= last)
    ]
    return sorted(standing, key=lambda row: bool(row["scope"] != "all"))
