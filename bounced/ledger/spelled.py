"""The known spellings of mailboxes (bounced.policy.mailboxes): those suppressed, and those named on the allow list.

Only reads, in statements of their own, by indexes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from typing import TYPE_CHECKING

from bounced.policy import patterns
from bounced.policy.mailboxes import EXTENSION, SPELLINGS, domains, mailbox
from bounced.sent.tenants import BARE, PREFIX

if TYPE_CHECKING:
    from bounced.policy import Policy


def spelling(address: str) -> str:
    """The expression for bounced.policy.mailboxes.mailbox; NULL for ``""``, and for what is its mailbox itself."""
    bare = BARE.format(address)
    user = f"substr({bare}, 1, min(instr({bare}, '@'), instr({bare} || '{EXTENSION}', '{EXTENSION}')) - 1)"
    at = f"substr({bare}, instr({bare}, '@'))"
    cases = (
        f"WHEN {at} IN ({_at_domains(rule.domains)}) THEN nullif({PREFIX.format(address)} "
        f"|| nullif({_without(user, rule.ignored)}, '') "
        f"|| {_at_domains([rule.domain]) if rule.domain else at}, {address})"
        for rule in SPELLINGS.values()
    )
    return f"CASE WHEN instr({address}, '\"') THEN NULL {' '.join(cases)} END"


def _without(text: str, ignored: str) -> str:
    return reduce(lambda shorter, char: f"replace({shorter}, '{char}', '')", ignored, text)


def _at_domains(domains: Iterable[str]) -> str:
    return ", ".join(f"'@{domain}'" for domain in domains)


#: CROSS JOIN: from the mailboxes to the index.
SUPPRESSED = f"""
SELECT value, address FROM json_each(?) AS wanted
CROSS JOIN suppression_rows ON {spelling("suppression_rows.address")} = wanted.value
"""  # noqa: S608
LISTED = f"""
SELECT value, address FROM json_each(?) AS wanted
CROSS JOIN decisions ON {spelling("decisions.address")} = wanted.value WHERE what IN ('allow', 'disallow')
"""  # noqa: S608

#: The providers whose spellings are the same, in the file for those who read it without a configuration.
NOTE = "REPLACE INTO meta (name, value) VALUES ('spellings', ?)"


def covering(db: sqlite3.Connection, addresses: Iterable[str], rule: Policy) -> dict[str, tuple[str, ...]]:
    """What of the allow list may say something about each of ``addresses`` besides itself."""
    several = {address: patterns.covering(address, rule.delimiters) for address in addresses}
    known = same(db, (entry for entries in several.values() for entry in entries), rule.spellings, [LISTED])
    return {
        address: tuple(name for entry in entries for name in (entry, *known.get(entry, ())) if name != address)
        for address, entries in several.items()
    }


def same(
    db: sqlite3.Connection,
    addresses: Iterable[str],
    providers: Collection[str],
    statements: Iterable[str] = (SUPPRESSED, LISTED),
) -> Mapping[str, Collection[str]]:
    """The other known spellings of each of ``addresses`` that has its mailbox at one of ``providers``."""
    if not providers:
        return {}
    by_address = {address: name for address in addresses if (name := mailbox(address, providers))}
    known = {name: {name: None} for name in by_address.values()}
    wanted = [json.dumps(list(known))]
    for statement in statements if known else ():
        for name, address in db.cursor().execute(statement, wanted):
            known[name][address] = None
    return {address: [other for other in known[name] if other != address] for address, name in by_address.items()}


def note(db: sqlite3.Connection, providers: Iterable[str]) -> None:
    """Notes ``providers`` for readers."""
    db.execute(NOTE, [" ".join(providers)])


def liked(entry: str, rule: Policy) -> Iterable[str]:
    """Patterns for SQL's LIKE, as of ``patterns.covered``, that match all spellings of ``entry``, and many others."""
    if not mailbox(entry, rule.spellings):
        return ()
    return (pattern for domain in domains(entry) for pattern in patterns.covered(f"@{domain}"))


def is_covered(address: str, entry: str, rule: Policy) -> bool:
    """True when ``entry`` names, perhaps otherwise, the mailbox of ``address`` or of what it is a sub-address of."""
    name = mailbox(entry, rule.spellings)
    covering = patterns.covering(address, rule.delimiters)
    return any(mailbox(other, rule.spellings) == name for other in covering if not patterns.is_pattern(other))
