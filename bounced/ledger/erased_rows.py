"""The rows that are about an address, in all tables, and those that only they referred to.

Call inside a transaction of the ledger in which facts may be deleted (bounced.ledger.erasure).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence

from sqlite_utils import Database

from bounced.address import by_tenant
from bounced.ledger import answers
from bounced.policy import patterns

#: Where addresses are.
ADDRESSES = """
SELECT text FROM texts UNION SELECT address FROM decisions UNION SELECT address FROM suppressions
UNION SELECT address FROM sends UNION SELECT address FROM recipients UNION SELECT address FROM states
UNION SELECT address FROM unjudged UNION SELECT address FROM expired UNION SELECT address FROM unicode_addresses
UNION SELECT address FROM dead_letters UNION SELECT address FROM withheld UNION SELECT address FROM closed_addresses
"""

TEXTS = "SELECT id FROM texts WHERE text IN (SELECT value FROM json_each(?))"

#: The sender's own ids of a recipient.
IDS = "SELECT id FROM recipients WHERE address IN (SELECT value FROM json_each(?))"

EVENTS = """
SELECT id FROM event_rows WHERE address IN (SELECT value FROM json_each(?1))
UNION SELECT event FROM attribution_rows WHERE address IN (SELECT value FROM json_each(?1))
"""
MESSAGES = "SELECT DISTINCT message FROM event_rows WHERE id IN (SELECT value FROM json_each(?))"

#: What has the number of an event, in an order in which triggers find what they count.
OF_EVENTS = {
    "event_rows": "id",
    "attribution_rows": "event",
    "unnamed": "event",
    "crowd_rows": "event",
    "doubt_rows": "event",
    "accepted": "event",
    "attributable": "event",
    "reclassified": "event",
    "undone": "event",
    "incident_rows": "event",
    "stale": "event",
    "recent": "event",
    "unjudged": "event",
}

#: What has an address itself, and what has the id of its text.
OF_ADDRESSES = (
    *("suppression_rows", "decisions", "sends", "recipients", "states", "unjudged", "expired", "unicode_addresses"),
    *("dead_letters", "withheld", "closed_addresses"),
)
OF_TEXTS = {
    "outbox_rows": "address",
    "deliveries": "address",
    "named_rows": "address",
    "doubt_rows": "address",
    "latest_outcome_rows": "identity",
}

#: Before any event.
NEVER = -(2**62)

#: Messages without later events keep no subject.
WITHOUT_EVENTS = """
SELECT message_rows.id, message_kind FROM message_rows JOIN message_kinds ON message_kinds.id = message_kind
WHERE message_rows.id IN (SELECT value FROM json_each(:messages)) AND (subject <> '' OR problem <> '')
AND NOT EXISTS (SELECT 1 FROM event_rows WHERE message = message_rows.id AND happened_at > :before)
"""
KIND_WITHOUT_WORDS = """
INSERT INTO message_kinds (mailbox, kind, decoder, subject, problem)
SELECT mailbox, kind, decoder, '', '' FROM message_kinds WHERE id = ?
ON CONFLICT DO UPDATE SET problem = '' RETURNING id
"""
DELETE_KINDS = """
DELETE FROM message_kinds WHERE id IN (SELECT value FROM json_each(:kinds)) AND id NOT IN (
    SELECT message_kind FROM message_rows WHERE message_kind IN (SELECT value FROM json_each(:kinds))
)
"""
CHANGE_KIND = "UPDATE message_rows SET message_kind = ? WHERE id = ?"

#: Rows that facts share, in the order in which they become unused, and the columns that refer to them.
SHARED = {
    "message_kinds": (("message_rows", "message_kind"),),
    "original_messages": (("event_rows", "original"),),
    "passages": (("event_rows", "diagnostic_code"), ("original_messages", "headers")),
    "verdicts": (("event_rows", "verdict"), ("reclassified", "verdict")),
    "routes": (("event_rows", "route"),),
    "texts": (
        *(("place_rows", "mailbox"), ("place_rows", "outcome"), ("event_rows", "address"), ("event_rows", "campaign")),
        *(("attribution_rows", "address"), ("attribution_rows", "campaign"), ("attribution_rows", "stream")),
        *(("attribution_rows", "sending_domain"), ("attribution_rows", "trust"), ("attribution_rows", "evidence")),
        *(("attribution_rows", "campaign_by"), ("attribution_rows", "stream_by"), ("attribution_rows", "proved")),
        *(("attribution_rows", "sending_domain_by"), ("unnamed", "original_message_id"), ("unnamed", "recipient_id")),
        *(("crowd_rows", "why"), ("doubt_rows", "address"), ("doubt_rows", "why"), ("named_rows", "address")),
        *(("latest_outcome_rows", "identity"), ("latest_outcome_rows", "dimension"), ("latest_outcome_rows", "name")),
        *(("deliveries", "address"), ("outbox_rows", "address")),
    ),
}


def addresses(db: Database, address: str, delimiters: str) -> list[str]:
    """``address``, a key, as every tenant has it, and its sub-addresses by ``delimiters``."""
    known = (text for (text,) in db.execute(ADDRESSES))
    return sorted({address, *(text for text in known if address in patterns.covering(by_tenant(text)[1], delimiters))})


def delete(db: Database, addresses: Sequence[str]) -> Counter[str]:
    """Deletes what is about ``addresses``; returns how many rows of each table."""
    deleted: Counter[str] = Counter()
    about = json.dumps(addresses)
    texts = _column(db, TEXTS, about)
    own_ids = _column(db, TEXTS, json.dumps(_column(db, IDS, about)))
    events = _column(db, EVENTS, json.dumps(texts))
    messages = _column(db, MESSAGES, json.dumps(events))
    answers.note_deleted(db, events)
    for table, column in OF_EVENTS.items():
        deleted[table] += delete_from(db, table, column, events)
    for table in OF_ADDRESSES:
        deleted[table] += delete_from(db, table, "address", addresses)
    for table, column in OF_TEXTS.items():
        deleted[table] += delete_from(db, table, column, texts)
    deleted["latest_outcome_rows"] += delete_from(db, "latest_outcome_rows", "identity", own_ids)
    deleted["unrecognized"] += delete_from(db, "unrecognized", "message", messages)
    take_subjects(db, messages)
    return +deleted


def delete_from(db: Database, table: str, column: str, values: Collection[object]) -> int:
    """Deletes the rows of ``table`` with one of ``values`` in ``column``; returns how many."""
    sql = f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"  # noqa: S608
    return db.execute(sql, [json.dumps(list(values))]).rowcount


def sweep(db: Database) -> None:
    """Deletes shared rows that no fact refers to any more."""
    for table, columns in SHARED.items():
        used = " UNION ".join(f"SELECT {column} FROM {referring}" for referring, column in columns)  # noqa: S608
        db.execute(f"DELETE FROM {table} WHERE id <> 0 AND id NOT IN ({used})")  # noqa: S608


def _column(db: Database, sql: str, values: str) -> list[int]:
    return [value for (value,) in db.execute(sql, [values])]


def take_subjects(db: Database, messages: Sequence[int], before: int = NEVER) -> None:
    """Takes the subjects from those of ``messages`` of which no event is left that happened after ``before``."""
    kinds: set[int] = set()
    for message, kind in db.execute(WITHOUT_EVENTS, {"messages": json.dumps(messages), "before": before}).fetchall():
        [(without,)] = db.execute(KIND_WITHOUT_WORDS, [kind]).fetchall()
        db.execute(CHANGE_KIND, [without, message])
        kinds |= {kind} - {without}
    db.execute(DELETE_KINDS, {"kinds": json.dumps(sorted(kinds))})
