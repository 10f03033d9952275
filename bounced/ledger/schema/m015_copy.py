"""The fifteenth migration: copies all facts into tables that store once what many have in common (m015_layout).

Each row keeps its id, and the views show what the tables before held.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlite_utils import Database

from bounced.ledger.schema.m015_shared import SharedRows

#: The first value of each header, as events_view showed it.
HEADERS = """
SELECT json_group_object(name, value) FROM (
    SELECT name, value, min(rowid) FROM event_headers WHERE event = events.id GROUP BY name
)
"""

MESSAGES = """
SELECT id, fingerprint, coalesce(unixepoch(arrived_at), 0), coalesce(unixepoch(recorded_at), 0), source,
    kind, decoder, subject, problem, size, recognized, events_dropped, events_expired
FROM messages ORDER BY id
"""

#: Columns of events that are in neither table of what many have in common.
OWN = {
    "id": "INTEGER PRIMARY KEY",
    "message": "INTEGER NOT NULL REFERENCES message_rows (id)",
    "happened_at": "TEXT NOT NULL",
    "stored_at": "INTEGER",  # seconds since 1970
    "address": "INTEGER NOT NULL",
    "campaign": "INTEGER NOT NULL",
    "diagnostic_code": "INTEGER NOT NULL",
    "final_recipient": "TEXT",  # NULL: as the address
    "original_recipient": "TEXT",
    "sent": "INTEGER NOT NULL DEFAULT 0",
}
PARTS = {"verdict": "verdicts", "route": "routes", "original": "original_messages"}

CROWDS = """
INSERT INTO crowds
SELECT message_id, source, row_number() OVER (ORDER BY message_id, source), addresses, day
FROM originals
"""
NAMED = """
INSERT INTO named_rows SELECT crowd, texts.id
FROM named JOIN crowds USING (message_id, source) JOIN texts ON text = address
"""

RATED = """
INSERT OR IGNORE INTO texts (text)
SELECT DISTINCT identity FROM latest_outcomes WHERE identity NOT GLOB 'event [0-9]*'
UNION SELECT name FROM latest_outcomes UNION SELECT dimension FROM latest_outcomes
"""
RATES = """
INSERT INTO latest_outcome_rows
SELECT iif(identity GLOB 'event [0-9]*', -substr(identity, 7), identities.id), dimensions.id, names.id, complaint,
    unixepoch(day) / 86400
FROM latest_outcomes LEFT JOIN texts AS identities ON identities.text = identity
JOIN texts AS dimensions ON dimensions.text = dimension JOIN texts AS names ON names.text = name
"""

WITH_IDS = {"attributions": "attribution_rows", "places": "place_rows", "doubts": "doubt_rows", "crowded": "crowd_rows"}
DATES = ("attributed_at", "since")

RENAMED = {"events": "event_rows", "messages": "message_rows"}
DROPPED = ("event_headers", *WITH_IDS, "named", "originals", "latest_outcomes", *RENAMED)

_REFERENCE = re.compile(r"(?<=REFERENCES )(events|messages)\b")


def event_tables(db: Database) -> Iterator[str]:
    """The tables of events and attributions, with all columns that they have by now."""
    shared = {name for part in ("routes", "original_messages") for name in _columns(db, part)}
    verdict = [name for name in _columns(db, "events") if name not in shared and name not in OWN]
    parts = dict.fromkeys(PARTS, "INTEGER NOT NULL")
    yield _table("verdicts", {"id": "INTEGER PRIMARY KEY", **dict.fromkeys(verdict, "TEXT NOT NULL DEFAULT ''")})
    yield f"CREATE UNIQUE INDEX verdicts_once ON verdicts ({', '.join(verdict)})"
    yield _table("event_rows", OWN | parts)
    texts = dict.fromkeys(_columns(db, "attributions"), "INTEGER NOT NULL DEFAULT 0")
    event = {"event": "INTEGER PRIMARY KEY REFERENCES event_rows (id)"}
    yield _table("attribution_rows", texts | event | {"attributed_at": "TEXT NOT NULL"})


def append_only(db: Database) -> list[str]:
    """The triggers that keep facts as they are, for the tables to come; that of ``messages`` knows their columns."""
    sql = "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND name GLOB '*_are_not_*'"
    return [
        trigger.replace(f" ON {table}\n", f" ON {(WITH_IDS | RENAMED)[table]}\n", 1)
        for table, trigger in db.execute(sql).fetchall()
        if table in WITH_IDS | RENAMED and "messages_are_not_changed" not in trigger
    ]


def copy(db: Database) -> None:
    """Copies the facts, and what is derived from them, and drops the tables before."""
    shared = SharedRows(db)
    _insert(db, "message_rows", _messages(db, shared))
    _insert(db, "event_rows", _events(db, shared))
    _insert(db, "unnamed", _unnamed(db, shared))
    for table, new in WITH_IDS.items():
        _copy_with_ids(db, shared, table, new)
    for statement in (CROWDS, NAMED, RATED, RATES):
        db.execute(statement)
    _refer(db)
    for table in DROPPED:
        db.execute(f"DROP TABLE {table}")


def _columns(db: Database, table: str) -> dict[str, str]:
    return {name: type_ for _, name, type_, *_ in db.execute(f"PRAGMA table_info({table})")}


def _table(name: str, columns: Mapping[str, str]) -> str:
    lines = ",\n".join(f"    {column} {type_}" for column, type_ in columns.items())
    return f"CREATE TABLE {name} (\n{lines}\n) STRICT"


def _insert(db: Database, table: str, rows: Iterable[Iterable[Any]]) -> None:
    width = len(_columns(db, table))
    db.conn.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", map(tuple, rows))  # noqa: S608


def _messages(db: Database, shared: SharedRows) -> Iterator[Iterable[Any]]:
    messages = db.execute(MESSAGES)
    for id_, fingerprint, arrived_at, recorded_at, source, *said, size, recognized, dropped, expired in messages:
        mailbox, _, name = source.rpartition(" ")
        names = ("kind", "decoder", "subject", "problem")
        kind = shared.of("message_kinds", {"mailbox": mailbox, **dict(zip(names, said, strict=True))})
        yield id_, bytes.fromhex(fingerprint), arrived_at, recorded_at, kind, name, size, recognized, dropped, expired


def _events(db: Database, shared: SharedRows) -> Iterator[Iterable[Any]]:
    columns = [name for name in _columns(db, "events") if name != "stored_at"]
    select = f"SELECT {', '.join(columns)}, unixepoch(stored_at), ({HEADERS}) FROM events ORDER BY id"  # noqa: S608
    names = (*columns, "stored_at", "headers")
    for values in db.execute(select):
        event = dict(zip(names, values, strict=True))
        event["headers"] = shared.passage("" if event["headers"] == "{}" else event["headers"])
        about = [shared.of(table, event) for table in PARTS.values()]
        for name in ("final_recipient", "original_recipient"):
            event[name] = None if event[name] == event["address"] else event[name]
        event |= {name: shared.text(event[name]) for name in ("address", "campaign")}
        event["diagnostic_code"] = shared.passage(event["diagnostic_code"])
        yield *(event[name] for name in OWN), *about


def _unnamed(db: Database, shared: SharedRows) -> Iterator[Iterable[Any]]:
    sql = """
    SELECT id, original_message_id, recipient_id FROM events
    WHERE address = '' AND (original_message_id <> '' OR recipient_id <> '')
    """
    for event, message_id, recipient_id in db.execute(sql):
        yield event, shared.text(message_id), shared.text(recipient_id)


def _copy_with_ids(db: Database, shared: SharedRows, table: str, new: str) -> None:
    """Copies ``table``, with the ids of its texts."""
    types = _columns(db, table)
    is_id = [type_ == "TEXT" and name not in DATES for name, type_ in types.items()]
    copies = (
        [shared.text(value) if text else value for text, value in zip(is_id, values, strict=True)]
        for values in db.execute(f"SELECT * FROM {table}")  # noqa: S608
    )
    sql = f"INSERT INTO {new} ({', '.join(types)}) VALUES ({', '.join('?' * len(types))})"  # noqa: S608
    db.conn.executemany(sql, copies)


def _refer(db: Database) -> None:
    """Makes the tables that stay refer to the new ones."""
    for table, sql in db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
        if table not in DROPPED and _REFERENCE.search(sql):
            on_it = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql <> ''"
            indexes = [statement for (statement,) in db.execute(on_it, [table]).fetchall()]
            db.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {table}")  # noqa: S608
            db.execute(f"DROP TABLE {table}")
            db.execute(_REFERENCE.sub(lambda found: RENAMED[found[1]], sql))
            db.execute(f"INSERT INTO {table} SELECT * FROM kept")  # noqa: S608
            db.execute("DROP TABLE kept")
            for statement in indexes:
                db.execute(statement)
