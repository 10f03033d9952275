"""What is suppressed, as entries of a list: in the order of the addresses, read one by one.

Of what is on the allow list nothing is read that it does not leave in force (bounced.ledger.in_force).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bounced import times
from bounced.lists.entry import Entry
from bounced.model import Cause
from bounced.policy import patterns

#: The list that entries of ours are on.
ORIGIN = "bounced"

#: Since when a suppression was known: its date may be earlier, that of a list or of a report that came late.
ROWS = """
SELECT address, cause, reason, class, scope, since, detail FROM suppressed
WHERE (:scopes IS NULL OR scope IN (SELECT value FROM json_each(:scopes))) AND (:cause = '' OR cause = :cause)
    AND (:known = '' OR since >= :known
        OR EXISTS (SELECT 1 FROM decisions WHERE decisions.address = suppressed.address AND recorded_at >= :known)
        OR address IN (SELECT address FROM outbox WHERE written_at >= :known))
ORDER BY address, scope <> 'all', scope, cause
"""

#: Of complaints there are no exceptions.
PATTERNS = """
SELECT address FROM suppressed WHERE address >= '*.' AND address < '*/' AND cause <> 'complaint'
UNION SELECT address FROM suppressed WHERE address >= '@' AND address < 'A' AND cause <> 'complaint'
"""

ALLOWED = "SELECT address FROM allowed ORDER BY address"

LAST_CHANGE = "SELECT coalesce(max(id), 0) FROM outbox"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which suppressions: of ``scopes`` (``None``: any), ``cause`` (``""``: any), known ``since`` then."""

    scopes: Sequence[str] | None = None
    cause: Cause | str = ""
    since: datetime | None = None


def entries(db: sqlite3.Connection, selection: Selection) -> Iterator[Entry]:
    """The suppressions in force that ``selection`` has."""
    parameters = {
        "scopes": None if selection.scopes is None else json.dumps(list(selection.scopes)),
        "cause": selection.cause,
        "known": times.iso(selection.since) if selection.since else "",
    }
    allowed = _allowed_patterns(db)
    for address, cause, reason, class_, scope, since, detail in db.execute(ROWS, parameters):
        if not (cause == "bounce" and patterns.is_pattern(address) and _is_allowed(address, allowed)):
            yield Entry(address, cause, reason, class_, scope, times.parse(since), detail, ORIGIN)


def exceptions(db: sqlite3.Connection) -> Iterator[str]:
    """What is on the allow list and covered by a suppressed pattern, but not suppressed itself."""
    suppressed = {entry for (entry,) in db.execute(PATTERNS)}
    if not suppressed:
        return
    is_suppressed = "SELECT 1 FROM suppressed WHERE address = ?"
    for (entry,) in db.execute(ALLOWED).fetchall():
        if not suppressed.isdisjoint(_above(entry)) and not db.execute(is_suppressed, [entry]).fetchone():
            yield entry


def last_change(db: sqlite3.Connection) -> int:
    """The number of the last change of any suppression."""
    [(number,)] = db.execute(LAST_CHANGE).fetchall()
    return int(number)


def _allowed_patterns(db: sqlite3.Connection) -> set[str]:
    return {entry for (entry,) in db.execute(ALLOWED) if patterns.is_pattern(entry)}


def _is_allowed(pattern: str, allowed: set[str]) -> bool:
    return pattern in allowed or not allowed.isdisjoint(_above(pattern))


def _above(entry: str) -> tuple[str, ...]:
    """What covers all that ``entry`` covers, but itself."""
    if not patterns.is_pattern(entry):
        return patterns.covering(entry)[1:]
    one = f"x{entry}" if entry.startswith(patterns.DOMAIN) else f"x@x{entry[1:]}"
    covering = patterns.covering(one)
    return covering[covering.index(entry) + 1 :]
