"""Which suppressions are in force for addresses: the one answer of `check`, the policy server, exports and programs.

1. An address is suppressed by its own row that is in force and by those of what covers it: its domain, the
   domains above that, where sub-addresses are the same, the address without its extension, and where the spellings of a
   mailbox are the same, each of these. All of one tenant.
2. Whatever is on the allow list is not suppressed for bounces, nor by a person's word about something that covers more.
   Complaints stand.
3. An address that was erased is suppressed by the entry that was kept of it (bounced.ledger.erased).

Only reads, in statements of their own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from bounced.address import by_tenant, of_tenant
from bounced.ledger import erased
from bounced.policy import patterns

#: Whether there is more to look up than the very addresses. Ranges, for the index: no address begins as a pattern does.
LISTED = """
SELECT coalesce((SELECT value FROM meta WHERE name = 'delimiters'), ''),
    coalesce((SELECT value FROM meta WHERE name = 'spellings'), ''),
    EXISTS (SELECT 1 FROM suppressions WHERE address >= :tenant || '*.' AND address < :tenant || '*/')
    OR EXISTS (SELECT 1 FROM suppressions WHERE address >= :tenant || '@' AND address < :tenant || 'A'),
    EXISTS (SELECT 1 FROM decisions WHERE what IN ('allow', 'disallow')),
    coalesce((SELECT value FROM meta WHERE name = 'erasure_key'), '')
"""

#: Of suppressions, as the view ``suppressed`` has it.
IN_FORCE = "(until IS NULL OR until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))"

#: CROSS JOIN: from the addresses to the index, never through all suppressions.
AGAINST = f"""
SELECT suppressions.* FROM json_each(:keys) AS wanted CROSS JOIN suppressions ON suppressions.address = wanted.value
WHERE {IN_FORCE} AND (:scopes IS NULL OR scope IN (SELECT value FROM json_each(:scopes)))
ORDER BY scope <> 'all', scope, cause
"""  # noqa: S608

ALLOWED = """
SELECT value FROM json_each(?) AS wanted WHERE (
    SELECT what FROM decisions WHERE address = wanted.value AND what IN ('allow', 'disallow')
    ORDER BY decided_at DESC, id DESC LIMIT 1
) = 'allow'
"""

#: Of the table ``suppressions``, by the names of its columns.
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Listed:
    """What a file has besides suppressions of single addresses."""

    delimiters: str
    providers: tuple[str, ...]  # whose spellings of a mailbox are the same
    has_patterns: bool
    has_allowed: bool
    hash_keys: tuple[bytes, ...] = ()

    def covering(self, key: str, others: Iterable[str]) -> tuple[str, ...]:
        """What may say something about ``key``, which ``others`` cover, the closest first."""
        entries = (entry for name in (key, *others) for entry in patterns.covering(name, self.delimiters))
        several = dict.fromkeys(entry for name in entries for entry in self._names(name))
        return tuple(sorted(several, key=patterns.is_pattern))

    def _names(self, entry: str) -> tuple[str, ...]:
        """``entry``, and what stands for it if it was erased."""
        if not self.hash_keys or patterns.is_pattern(entry):
            return (entry,)
        return entry, *erased.entries(entry, self.hash_keys, self.providers)


def in_force(
    db: sqlite3.Connection, keys: Iterable[str], scopes: Sequence[str] | None = None, others: Sequence[str] = ()
) -> dict[str, list[Row]]:
    """Rows of ``suppressions`` that forbid mail of ``scopes`` (``None``: any) to ``keys`` now, those of all mail first.

    The addresses ``others`` cover each of ``keys``, whatever the file says of sub-addresses. An address that nothing
    forbids is not in the result.
    """
    cursor = db.cursor()
    wanted = list(dict.fromkeys(keys))
    listed = _listed(cursor, {of_tenant(by_tenant(key)[0], "") for key in wanted})
    cursor.row_factory = sqlite3.Row
    if not (listed.delimiters or listed.providers or listed.has_patterns or listed.hash_keys or others):
        return _by_address(_rows(cursor, wanted, scopes))
    covering = _places(db, listed, {key: listed.covering(key, others) for key in wanted})
    entries = list(dict.fromkeys(entry for several in covering.values() for entry in several))
    allowed = {row[0] for row in cursor.execute(ALLOWED, [json.dumps(entries)])} if listed.has_allowed else set()
    rows = _by_address(_rows(cursor, entries, scopes))
    standing = ((key, list(_standing(several, rows, allowed))) for key, several in covering.items())
    return {key: rows_of_key for key, rows_of_key in standing if rows_of_key}


def _listed(cursor: sqlite3.Cursor, marks: Iterable[str]) -> _Listed:
    """What there is of the tenants with ``marks``."""
    rows = [cursor.execute(LISTED, {"tenant": mark}).fetchone() for mark in sorted(marks)]
    if not rows:
        return _Listed("", (), has_patterns=False, has_allowed=False)
    providers, hash_keys = tuple(rows[0][1].split()), erased.keys_of(rows[0][4])
    return _Listed(rows[0][0], providers, any(row[2] for row in rows), rows[0][3], hash_keys)


def _places(
    db: sqlite3.Connection, listed: _Listed, covering: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, int]]:
    """What covers each address with its place, the closest first; the spellings of a mailbox have the same."""
    known: Mapping[str, Collection[str]] = {}
    if listed.providers:
        from bounced.ledger import spelled  # for those who need it

        known = spelled.same(db, (entry for entries in covering.values() for entry in entries), listed.providers)
    return {
        key: {
            name: place
            for place, entry in reversed(list(enumerate(entries)))
            for name in (entry, *known.get(entry, ()))
        }
        for key, entries in covering.items()
    }


def _rows(cursor: sqlite3.Cursor, keys: Sequence[str], scopes: Sequence[str] | None) -> list[Row]:
    parameters = {"keys": json.dumps(keys), "scopes": None if scopes is None else json.dumps(list(scopes))}
    return cursor.execute(AGAINST, parameters).fetchall()


def _by_address(rows: Iterable[Row]) -> dict[str, list[Row]]:
    by_address: dict[str, list[Row]] = {}
    for row in rows:
        by_address.setdefault(row["address"], []).append(row)
    return by_address


def _standing(covering: Mapping[str, int], rows: Mapping[str, Sequence[Row]], allowed: set[str]) -> list[Row]:
    """Of the rows about what covers an address, the closest first, those that the allow list leaves in force."""
    last = min((place for entry, place in covering.items() if entry in allowed), default=None)
    standing = [
        row
        for entry, place in sorted(covering.items(), key=itemgetter(1))
        for row in rows.get(entry, ())
        if last is None or row["cause"] == "complaint" or (row["cause"] == "manual" and place <= last)
    ]
    return sorted(standing, key=lambda row: bool(row["scope"] != "all"))
