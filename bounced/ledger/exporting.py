"""What is suppressed, as entries of a list: in the order of the addresses, read one by one.

Of what is on the allow list nothing is read that it does not leave in force (bounced.ledger.in_force), and nothing of
what stands for an erased address: no other program could recognize it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bounced import times
from bounced.address import of_tenant
from bounced.ledger.erased import is_entry
from bounced.lists import export
from bounced.lists.entry import Entry
from bounced.lists.formats import FORMATS
from bounced.lists.maps import MAPS
from bounced.model import Cause, Scope
from bounced.policy import patterns
from bounced.policy.scopes import StreamKind, forbidding
from bounced.sent import tenants
from bounced.sent.tenants import KEYS

#: The list that entries of ours are on.
ORIGIN = "bounced"

#: Since when a suppression was known: its date may be earlier, that of a list or of a report that came late.
ROWS = f"""
SELECT address, cause, reason, class, scope, since, detail FROM tenant_suppressed
WHERE {KEYS.format("key")}
    AND (:scopes IS NULL OR scope IN (SELECT value FROM json_each(:scopes))) AND (:cause = '' OR cause = :cause)
    AND (:known = '' OR since >= :known
        OR EXISTS (SELECT 1 FROM decisions WHERE decisions.address = key AND recorded_at >= :known)
        OR key IN (SELECT address FROM outbox WHERE written_at >= :known))
ORDER BY key, scope <> 'all', scope, cause
"""  # noqa: S608

#: Of complaints there are no exceptions.
PATTERNS = """
SELECT address FROM tenant_suppressed
WHERE key >= :mark || '*.' AND key < :mark || '*/' AND cause <> 'complaint'
UNION SELECT address FROM tenant_suppressed
WHERE key >= :mark || '@' AND key < :mark || 'A' AND cause <> 'complaint'
"""

ALLOWED = f"SELECT address FROM tenant_allowed WHERE {KEYS.format('key')} ORDER BY key"  # noqa: S608

IS_SUPPRESSED = "SELECT 1 FROM tenant_suppressed WHERE key = ?"

#: Changes are pruned from the outbox, but their numbers are not given again.
LAST_CHANGE = """
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox_rows'), 0),
    (SELECT coalesce(max(id), 0) FROM decisions),
    coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'erasures'), 0)
"""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which suppressions: of ``scopes`` (``None``: any), ``cause`` (``""``: any), known ``since`` then.

    And those of ``tenant``, with nothing of others; ``""`` for nobody's.
    """

    scopes: Sequence[str] | None = None
    cause: Cause | str = ""
    since: datetime | None = None
    tenant: str = ""


def entries(db: sqlite3.Connection, selection: Selection) -> Iterator[Entry]:
    """The suppressions in force that ``selection`` has."""
    parameters = {
        "scopes": None if selection.scopes is None else json.dumps(list(selection.scopes)),
        "cause": selection.cause,
        "known": times.iso(selection.since) if selection.since else "",
        **tenants.parameters(selection.tenant),
    }
    allowed = set(filter(patterns.is_pattern, _allowed(db, selection.tenant)))
    for address, cause, reason, class_, scope, since, detail in db.execute(ROWS, parameters):
        if not is_entry(address) and not (
            cause == "bounce" and patterns.is_pattern(address) and _is_allowed(address, allowed)
        ):
            yield Entry(address, cause, reason, class_, scope, times.parse(since), detail, ORIGIN)


def exceptions(db: sqlite3.Connection, tenant: str = "") -> Iterator[str]:
    """What is on the allow list and covered by a suppressed pattern, but not suppressed itself."""
    suppressed = {entry for (entry,) in db.execute(PATTERNS, {"mark": of_tenant(tenant, "")})}
    for entry in _allowed(db, tenant) if suppressed else ():
        key = of_tenant(tenant, entry)
        if not suppressed.isdisjoint(_above(entry)) and not db.execute(IS_SUPPRESSED, [key]).fetchone():
            yield entry


def lines(db: sqlite3.Connection, name: str, selection: Selection) -> Iterator[str]:
    """The lines of a file in the format ``name``."""
    if name in MAPS:
        return MAPS[name].lines(entries(db, selection), exceptions(db, selection.tenant))
    return export.lines(FORMATS[name], entries(db, selection))


def scopes(name: str, scope: Scope, streams: Mapping[str, StreamKind]) -> tuple[Scope, ...] | None:
    """The scopes that an export in the format ``name`` has for mail of ``scope`` (``""``: not said)."""
    return forbidding(scope or "all", streams) if scope or name in MAPS else None


def last_change(db: sqlite3.Connection) -> tuple[int, ...]:
    """What differs after any change of what is exported."""
    return tuple(db.execute(LAST_CHANGE).fetchone())


def _allowed(db: sqlite3.Connection, tenant: str) -> list[str]:
    return [entry for (entry,) in db.execute(ALLOWED, tenants.parameters(tenant))]


def _is_allowed(pattern: str, allowed: set[str]) -> bool:
    return pattern in allowed or not allowed.isdisjoint(_above(pattern))


def _above(entry: str) -> tuple[str, ...]:
    """What covers all that ``entry`` covers, but itself."""
    if not patterns.is_pattern(entry):
        return patterns.covering(entry)[1:]
    one = f"x{entry}" if entry.startswith(patterns.DOMAIN) else f"x@x{entry[1:]}"
    covering = patterns.covering(one)
    return covering[covering.index(entry) + 1 :]
