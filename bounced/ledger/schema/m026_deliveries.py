"""The twenty-sixth migration: what proves that a mailbox takes mail, besides reports (bounced.policy.silence).

``deliveries`` has what mail logs and imports tell, and the rows of ``sends`` that were deleted, where there are reports
about the address: its history needs them for as long as it is kept. The triggers mark what is to be judged again; a
message that was sent changes nothing where no streak is open.
"""

from __future__ import annotations

#: Seconds for a mark in ``unjudged``: the history has changed from then on.
SINCE = "-max(2, {})"

HAS_EVENTS = """EXISTS (
    SELECT 1 FROM texts WHERE text = {} AND (
        EXISTS (SELECT 1 FROM event_rows WHERE event_rows.address = texts.id)
        OR EXISTS (SELECT 1 FROM attribution_rows WHERE attribution_rows.address = texts.id)
    )
)"""

#: Proof of delivery would change something.
_IS_OPEN = f"{HAS_EVENTS} AND NOT EXISTS (SELECT 1 FROM closed_addresses WHERE closed_addresses.address = {{}})"  # noqa: S608

MARK = "INSERT INTO unjudged SELECT {address}, {event} WHERE {condition} ON CONFLICT DO NOTHING;"

TEXT = "(SELECT text FROM texts WHERE id = NEW.address)"

_ENGAGED = """
    INSERT INTO texts (text) SELECT NEW.address WHERE NEW.{column} IS NOT NULL ON CONFLICT DO NOTHING;
    INSERT INTO deliveries
    SELECT id, min(unixepoch(NEW.{column}), unixepoch()), 'engaged', '' FROM texts
    WHERE text = NEW.address AND unixepoch(NEW.{column}) IS NOT NULL ON CONFLICT DO NOTHING;
"""

_MARK_SENT = MARK.format(
    address="NEW.address",
    event=SINCE.format("coalesce(unixepoch(NEW.sent_at), 2)"),
    condition=_IS_OPEN.format("NEW.address", "NEW.address"),
)

MARK_DELIVERED = MARK.format(
    address=TEXT,
    event=SINCE.format("NEW.at"),
    condition=f"iif(NEW.kind = 'sent', {_IS_OPEN.format(TEXT, TEXT)}, {HAS_EVENTS.format(TEXT)})",
)

#: A second message with the same Message-ID says anew which of them a report is about.
MARK_REPEATED = MARK.format(
    address=TEXT,
    event="0",
    condition=f"""NEW.message_id <> '' AND {HAS_EVENTS.format(TEXT)} AND (
        SELECT count(*) FROM deliveries WHERE address = NEW.address AND message_id = NEW.message_id
    ) > 1""",  # noqa: S608
)

SCRIPT = f"""
CREATE TABLE deliveries (                -- what proves that a mailbox takes mail
    address INTEGER NOT NULL,            -- a text
    at INTEGER NOT NULL,                 -- seconds since 1970
    kind TEXT NOT NULL CHECK (kind IN ('sent', 'delivered', 'engaged')),  -- sent: if nobody contradicts
    message_id TEXT NOT NULL,
    PRIMARY KEY (address, at, kind, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_by_date ON deliveries (at);
CREATE TABLE closed_addresses (          -- those with events for which proof of delivery changes nothing; derived
    address TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

ALTER TABLE recipients ADD COLUMN confirmed_at TEXT CHECK (confirmed_at LIKE '____-__-__%');  -- the subscription
ALTER TABLE recipients ADD COLUMN engaged_at TEXT CHECK (engaged_at LIKE '____-__-__%');  -- opened or clicked, last

CREATE TRIGGER sends_are_deliveries AFTER INSERT ON sends
BEGIN
    {_MARK_SENT}
END;
CREATE TRIGGER sends_that_change_are_deliveries AFTER UPDATE ON sends
BEGIN
    INSERT INTO unjudged VALUES (OLD.address, 0), (NEW.address, 0) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER sends_that_go_stay_deliveries BEFORE DELETE ON sends WHEN {HAS_EVENTS.format("OLD.address")}
BEGIN
    INSERT INTO deliveries
    SELECT id, unixepoch(OLD.sent_at), 'sent', OLD.message_id FROM texts
    WHERE text = OLD.address AND unixepoch(OLD.sent_at) IS NOT NULL ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER deliveries_change_histories AFTER INSERT ON deliveries
BEGIN
    {MARK_DELIVERED}
    {MARK_REPEATED}
END;
CREATE TRIGGER recipients_are_engaged AFTER INSERT ON recipients
BEGIN
    {_ENGAGED.format(column="confirmed_at")}
    {_ENGAGED.format(column="engaged_at")}
END;
CREATE TRIGGER recipients_that_change_are_engaged AFTER UPDATE OF confirmed_at, engaged_at ON recipients
BEGIN
    {_ENGAGED.format(column="confirmed_at")}
    {_ENGAGED.format(column="engaged_at")}
END;
"""  # noqa: S608
