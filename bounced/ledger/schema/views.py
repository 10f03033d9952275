"""The views that show facts as one row each, whatever tables hold their parts.

An event is in ``event_rows``, and in ``verdicts``, ``routes`` and ``original_messages``, which many events may share. A
migration that adds a column to one of these creates the views again: they show every column that there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlite_utils import Database

from bounced.sent.tenants import BARE, IS_MARKED, TENANT

#: The parts of an event that it shares with others.
PARTS = {"verdicts": "verdict", "routes": "route", "original_messages": "original"}

#: In a passage: the address of the event.
ADDRESS_MARK = "\x1a"

#: A date of seconds, as all views show it.
DATE = "strftime('%Y-%m-%dT%H:%M:%SZ', {}, 'unixepoch')"

DIAGNOSTIC_CODE = f"""replace(
    (SELECT text FROM passages WHERE passages.id = diagnostic_code), char({ord(ADDRESS_MARK)}), {{address}}
)"""  # noqa: S608

#: The domain of an address: what is behind its last "@".
DOMAIN = "substr({address}, length(rtrim({address}, replace({address}, '@', ''))) + 1)"

#: Of an event that named nobody: what is not as its address.
UNNAMED = {name: f"coalesce({name}, '')" for name in ("final_recipient", "original_recipient")}

MESSAGE_TABLES = """
CROSS JOIN message_rows ON message_rows.id = message CROSS JOIN message_kinds ON message_kinds.id = message_kind
"""

#: Columns of ``events_view`` that are no column of an event, or have another name there.
DERIVED = {
    "headers": "iif(headers = 0, '{}', (SELECT text FROM passages WHERE id = headers))",
    "decoder": "message_kinds.decoder",
    "subject": "message_kinds.subject",
    "source": "trim(message_kinds.mailbox || ' ' || message_rows.name)",
    "recorded_at": "strftime('%Y-%m-%dT%H:%M:%SZ', message_rows.recorded_at, 'unixepoch')",
    "reported_from": "routes.source",
    "accepted_at": "(SELECT decided_at FROM accepted WHERE event = event_rows.id)",
    "doubt": "coalesce((SELECT text FROM doubt_rows JOIN texts ON texts.id = why WHERE event = event_rows.id), '')",
    "provider": f"""coalesce(
    (SELECT provider FROM route_providers WHERE route_providers.route = event_rows.route),
    (SELECT provider FROM provider_domains WHERE domain = {DOMAIN.format(address="addresses.text")} AND seen IS NULL),
    {DOMAIN.format(address="addresses.text")}
)""",  # noqa: S608
    "address_unicode": """coalesce(
    (SELECT address_unicode FROM unicode_addresses WHERE unicode_addresses.address = addresses.text), addresses.text
)""",
}

#: Two halves, so that a condition on the address can use its index.
EVENTS_VIEW = """
CREATE VIEW {name} AS
SELECT {events}
FROM {event_tables} {message_tables}
WHERE (event_rows.address <> 0 OR NOT EXISTS (SELECT 1 FROM attribution_rows WHERE event = event_rows.id)){of_event}
UNION ALL
SELECT {attributions}
FROM attribution_rows CROSS JOIN {attribution_tables} {message_tables}
WHERE event_rows.id = event{of_attribution}
"""

#: Of nobody: conditions for the halves.
OF_NOBODY = {
    "of_event": " AND routes.tenant = ''",
    "of_attribution": f" AND NOT {IS_MARKED.format('addresses.text')}",
}
OF_ALL = dict.fromkeys(OF_NOBODY, "")

#: Columns of ``tenant_events``, besides those of ``events_view``: in its first half, and in the second.
OF_TENANTS = {
    "address": BARE.format("addresses.text"),
    "address_unicode": BARE.format(DERIVED["address_unicode"]),
    "recipient_id": BARE.format("original_messages.recipient_id"),
    "tenant": "routes.tenant",
    "tenant_by": "verdicts.tenant_by",
    "key": "addresses.text",
}
ATTRIBUTED_TO_TENANTS = {**OF_TENANTS, "tenant": TENANT.format("addresses.text"), "tenant_by": "'sends'"}

MESSAGES = """
CREATE VIEW messages AS
SELECT message_rows.id AS id, lower(hex(fingerprint)) AS fingerprint,
    strftime('%Y-%m-%dT%H:%M:%SZ', arrived_at, 'unixepoch') AS arrived_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, 'unixepoch') AS recorded_at,
    trim(mailbox || ' ' || name) AS source, size, kind, decoder, subject, recognized, problem, events_dropped,
    events_expired
FROM message_rows CROSS JOIN message_kinds ON message_kinds.id = message_kind
"""

ATTRIBUTIONS = """
CREATE VIEW attributions AS
SELECT {columns}
FROM attribution_rows
LEFT JOIN texts AS addresses ON addresses.id = attribution_rows.address
LEFT JOIN texts AS campaigns ON campaigns.id = attribution_rows.campaign
"""

#: Facts are append-only, but for what the triggers on the tables let pass.
STAY = "CREATE TRIGGER {view}_stay INSTEAD OF UPDATE ON {view} BEGIN SELECT RAISE(ABORT, '{view} are append-only'); END"
END = "CREATE TRIGGER {view}_end INSTEAD OF DELETE ON {view} BEGIN DELETE FROM {table} WHERE {key} = OLD.{key}; END"
EXPIRE = """
CREATE TRIGGER messages_stay INSTEAD OF UPDATE ON messages
BEGIN
    SELECT RAISE(ABORT, 'messages are append-only')
    WHERE (NEW.id, NEW.fingerprint, NEW.arrived_at, NEW.recorded_at, NEW.source, NEW.size, NEW.kind, NEW.decoder,
        NEW.subject, NEW.recognized, NEW.problem, NEW.events_dropped)
        IS NOT (OLD.id, OLD.fingerprint, OLD.arrived_at, OLD.recorded_at, OLD.source, OLD.size, OLD.kind, OLD.decoder,
        OLD.subject, OLD.recognized, OLD.problem, OLD.events_dropped);
    UPDATE message_rows SET events_expired = NEW.events_expired WHERE id = OLD.id;
END
"""

#: The views, and the tables and their keys that they stand for.
FACTS = {
    "events": ("event_rows", "id"),
    "attributions": ("attribution_rows", "event"),
}

#: Columns of the view ``events`` that save a conversion: dates in seconds, and the id of the text.
RAW = {
    "happened": "event_rows.happened_at",
    "stored": "event_rows.stored_at",
    "address_id": "event_rows.address",
}

#: No columns of its own.
NONE: Mapping[str, str] = {}

#: Columns of ``attribution_rows`` that are no ids of texts.
NUMBERS = ("event", "attributed_at", "sent")


def shown(db: Database) -> list[str]:
    """The columns of ``events_view``, in order."""
    return [name for _, name, *_ in db.execute("PRAGMA table_info(events_view)")]


def drop(db: Database) -> list[str]:
    """Drops the views of facts; returns the columns of ``events_view``, in order."""
    columns = shown(db)
    for name in ("events_view", "tenant_events", "messages", *FACTS):
        db.execute(f"DROP VIEW IF EXISTS {name}")
    return columns


def create(db: Database, shown: Iterable[str]) -> None:
    """Creates the views of facts, or creates them again; ``shown`` are the columns of ``events_view``, in order."""
    columns = list(shown)
    drop(db)
    events, later = _event_columns(db), _attribution_columns(db)
    db.execute(MESSAGES)
    db.execute(ATTRIBUTIONS.format(columns=_selected(later, later)))
    of_events = _selected((*events, *RAW), events | RAW)
    db.execute(f"CREATE VIEW events AS SELECT {of_events} FROM {_tables('event_rows')}")  # noqa: S608
    _create_events_view(db, "events_view", columns, OF_NOBODY if "tenant" in events else OF_ALL)
    if "tenant" in events:
        columns += ["tenant", "tenant_by", "key"]
        _create_events_view(db, "tenant_events", columns, OF_ALL, OF_TENANTS, ATTRIBUTED_TO_TENANTS)
    for name, (table, key) in FACTS.items():
        db.execute(STAY.format(view=name))
        db.execute(END.format(view=name, table=table, key=key))
    for trigger in (EXPIRE, END.format(view="messages", table="message_rows", key="id")):
        db.execute(trigger)


def _create_events_view(
    db: Database,
    name: str,
    columns: Iterable[str],
    conditions: Mapping[str, str],
    first: Mapping[str, str] = NONE,
    second: Mapping[str, str] = NONE,
) -> None:
    """Creates a view of all events, or of those in ``conditions``; each half with columns of its own."""
    events, later = _event_columns(db), _attribution_columns(db)
    attributed = {name: text for name, text in later.items() if name not in NUMBERS}
    view = EVENTS_VIEW.format(
        name=name,
        events=_selected(columns, {**events, **DERIVED, **first}),
        attributions=_selected(columns, {**events, **DERIVED, **UNNAMED, **attributed, **second}),
        event_tables=_tables("event_rows"),
        attribution_tables=_tables("attribution_rows"),
        message_tables=MESSAGE_TABLES,
        **conditions,
    )
    db.execute(view)


def _selected(columns: Iterable[str], sources: Mapping[str, str]) -> str:
    return ",\n    ".join(f"{sources[name]} AS {name}" for name in columns)


def _event_columns(db: Database) -> dict[str, str]:
    """Every column of an event, and how its text or number is read."""
    columns, types = {}, {}
    for table in ("event_rows", *PARTS):
        rows = db.execute(f"PRAGMA table_info({table})").fetchall()
        types.update({name: type_ for _, name, type_, *_ in rows})
        columns.update({name: f"{table}.{name}" for _, name, *_ in rows if name not in (*PARTS.values(), "headers")})
    happened_at = columns["happened_at"]
    address = BARE.format("addresses.text") if "tenant" in columns else "addresses.text"
    return {
        **columns,
        "id": "event_rows.id",
        "happened_at": DATE.format(happened_at) if types["happened_at"] == "INTEGER" else happened_at,
        "address": "addresses.text",
        "campaign": "campaigns.text",
        "final_recipient": f"coalesce(final_recipient, {address})",
        "original_recipient": f"coalesce(original_recipient, {address})",
        "diagnostic_code": DIAGNOSTIC_CODE.format(address=address),
        "stored_at": DATE.format("stored_at"),
    }


def _attribution_columns(db: Database) -> dict[str, str]:
    names = [name for _, name, *_ in db.execute("PRAGMA table_info(attribution_rows)")]
    texts = {name: f"(SELECT text FROM texts WHERE id = attribution_rows.{name})" for name in names}  # noqa: S608
    numbers = {name: f"attribution_rows.{name}" for name in NUMBERS}
    return {**texts, **numbers, "address": "addresses.text", "campaign": "campaigns.text"}


def _tables(charged_in: str) -> str:
    """The tables of an event; ``charged_in`` says whom it charges.

    CROSS: an event comes before its parts, from which no index leads back. LEFT: a condition on one of these texts
    makes it come first, from which there is one.
    """
    parts = " ".join(f"CROSS JOIN {table} ON {table}.id = {column}" for table, column in PARTS.items())
    texts = " ".join(
        f"LEFT JOIN texts AS {name} ON {name}.id = {charged_in}.{column}"
        for name, column in (("addresses", "address"), ("campaigns", "campaign"))
    )
    return f"event_rows {parts} {texts}"
