"""The sixth migration: addresses have the keys of IDNA 2008, and views show their domains in U-labels as well.

1. Before, ``joe@faß.example`` was charged as ``joe@fass.example``. Which of the two an event is about is told by what
   its report says, which is kept verbatim; without such a recipient an event stays with the address that it has.
2. What has no key any more charges nobody; what people decided and what the sender wrote stays as it is then.
3. Suppressions and held events are folded again by whoever opens the file: until then the old rows stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlite_utils import Database

from bounced import address

COLUMNS = """
ALTER TABLE suppressions ADD COLUMN address_unicode TEXT NOT NULL DEFAULT '';
CREATE INDEX suppressions_by_unicode ON suppressions (address_unicode);
DROP VIEW suppressed;
CREATE VIEW suppressed AS
SELECT address, scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at, detail,
    address_unicode
FROM suppressions
WHERE until IS NULL OR until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now');

CREATE TABLE unicode_addresses (         -- addresses of events that have U-labels
    address TEXT PRIMARY KEY,
    address_unicode TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

WITH_UNICODE = """
CREATE VIEW events_view AS
SELECT facts.*, coalesce(
    (SELECT address_unicode FROM unicode_addresses WHERE unicode_addresses.address = facts.address), facts.address
) AS address_unicode
FROM ({select}) AS facts
"""

EVENTS = "SELECT id, address, original_recipient, final_recipient FROM events WHERE address <> ''"
ATTRIBUTIONS = """
SELECT event, attributions.address, original_recipient, final_recipient
FROM attributions JOIN events ON events.id = event
"""

#: What follows from other keys of events; the rest is folded, because no policy is known.
DERIVED = """
INSERT OR IGNORE INTO named
    SELECT message_id, named.source, rekeyed.new FROM rekeyed JOIN events ON events.id = event
    JOIN named ON message_id = original_message_id AND named.source = events.source AND named.address = rekeyed.old
    WHERE rekeyed.new <> '';
DELETE FROM named
    WHERE (message_id, source, address) IN (
        SELECT original_message_id, source, rekeyed.old FROM rekeyed JOIN events ON events.id = event
    )
    AND NOT EXISTS (
        SELECT 1 FROM events LEFT JOIN attributions ON attributions.event = events.id
        WHERE original_message_id = named.message_id AND source = named.source
            AND coalesce(attributions.address, events.address) = named.address
    );
UPDATE originals
    SET addresses = (
        SELECT count(*) FROM named WHERE message_id = originals.message_id AND source = originals.source
    )
    WHERE message_id IN (SELECT original_message_id FROM rekeyed JOIN events ON events.id = event);
DELETE FROM doubts WHERE event IN (SELECT event FROM rekeyed);
INSERT OR IGNORE INTO stale SELECT event, 0 FROM rekeyed;
DELETE FROM meta WHERE name = 'policy';
"""

_INTERNATIONAL = re.compile(r"[^\x00-\x7f]|xn--|\\x\{", re.IGNORECASE)
_NEEDLESSLY_QUOTED = re.compile(r'"([^\s"\\()<>\[\]:;@,.]+(?:\.[^\s"\\()<>\[\]:;@,.]+){0,30})"')


def rekey(db: Database) -> str:
    """Gives what is stored the keys of now, and returns for people what has changed, ``""`` for nothing."""
    db.execute("CREATE TEMP TABLE rekeyed (event INTEGER PRIMARY KEY, old TEXT NOT NULL, new TEXT NOT NULL)")
    with _triggers_lifted(db, ("events", "attributions", "decisions")):
        changes = {*_rekey_events(db)}
        events = len(db.execute("SELECT event FROM rekeyed").fetchall())
        for table in ("decisions", "sends", "recipients"):
            changes |= {*_rekey_table(db, table)}
    if changes:
        for statement in filter(str.strip, DERIVED.split(";")):
            db.execute(statement)
    db.execute("DROP TABLE rekeyed")
    return f"{len(changes)} addresses have other keys by IDNA 2008, in {events} events" if changes else ""


def show_unicode(db: Database) -> None:
    """Makes the views show addresses with U-labels."""
    db.conn.create_function("in_unicode", 1, address.in_unicode, deterministic=True)
    db.execute("UPDATE suppressions SET address_unicode = in_unicode(address)")
    for table in ("events", "attributions"):
        db.execute(
            "INSERT OR IGNORE INTO unicode_addresses SELECT DISTINCT address, in_unicode(address) "  # noqa: S608
            f"FROM {table} WHERE address GLOB '*xn--*'"
        )
    [(view,)] = db.execute("SELECT sql FROM sqlite_master WHERE name = 'events_view'").fetchall()
    db.execute("DROP VIEW events_view")
    db.execute(WITH_UNICODE.format(select=re.split(r"\bAS\b", view, maxsplit=1)[1].strip()))


@contextmanager
def _triggers_lifted(db: Database, tables: Iterable[str]) -> Iterator[None]:
    """Lets facts be changed, which triggers forbid otherwise."""
    names = ", ".join(f"'{table}_are_not_changed'" for table in tables)
    triggers = db.execute(f"SELECT name, sql FROM sqlite_master WHERE name IN ({names})").fetchall()  # noqa: S608
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER {name}")
    yield
    for _, sql in triggers:
        db.execute(sql)


def _rekey_events(db: Database) -> Iterator[tuple[str, str]]:
    """Charges events, and those attributed later, to the keys of now; yields the old ones and the new ones."""
    for table, column, sql in (("events", "id", EVENTS), ("attributions", "event", ATTRIBUTIONS)):
        rows = ((event, old, _key_by_claims(old, claims)) for event, old, *claims in db.execute(sql))
        changed = [(event, old, new) for event, old, new in rows if old != new]
        db.conn.executemany("INSERT INTO rekeyed VALUES (?, ?, ?)", changed)
        update = f"UPDATE {table} SET address = ? WHERE {column} = ?"  # noqa: S608
        db.conn.executemany(update, [(new, event) for event, _, new in changed])
        yield from ((old, new) for _, old, new in changed)


def _rekey_table(db: Database, table: str) -> Iterator[tuple[str, str]]:
    addresses = [old for (old,) in db.execute(f"SELECT DISTINCT address FROM {table}")]  # noqa: S608
    changed = [(new, old) for old in addresses if (new := _key(old) or old) != old]
    db.conn.executemany(f"UPDATE OR REPLACE {table} SET address = ? WHERE address = ?", changed)  # noqa: S608
    yield from ((old, new) for new, old in changed)


def _key_by_claims(old: str, claims: Iterable[str]) -> str:
    """The key of the address that was charged as ``old`` in a report that says ``claims``."""
    for claim in filter(_INTERNATIONAL.search, claims):
        new = address.claimed(claim)
        if old in (_earlier_key(address.parse(claim)), _earlier_key(address.in_unicode(new))):
            return new
    return _key(old)


def _key(stored: str) -> str:
    try:
        return address.key(stored)
    except ValueError:
        return ""


def _earlier_key(bare: str) -> str:
    """The key that an address had: by IDNA 2003, and where that has no A-label by none."""
    local, _, host = unicodedata.normalize("NFC", bare).lower().rpartition("@")
    if needless := _NEEDLESSLY_QUOTED.fullmatch(local):
        local = needless[1]
    try:
        return f"{local}@{host[: address.DOMAIN_LIMIT].encode('idna').decode('ascii')}"
    except UnicodeError:
        return f"{local}@{host}"
