"""The fiftieth migration: what was sent counts whenever it becomes known.

Proof of delivery changes nothing after the last of what happened to an address of ``closed_addresses``; what was
delivered before it may. A row of ``sends`` with a later date says that its message was sent again, also in SQL: what
was sent before stays known, and no report about what is sent now takes back that it was delivered.
"""

from __future__ import annotations

from bounced.ledger.schema.m026_deliveries import HAS_EVENTS, MARK, MARK_REPEATED, SINCE, TEXT

#: Proof of delivery at a time would change something.
IS_OPEN = f"""{HAS_EVENTS.format("{address}")} AND NOT EXISTS (
    SELECT 1 FROM closed_addresses WHERE closed_addresses.address = {{address}} AND closed_at < {{at}}
)"""  # noqa: S608

_SENT_AT = "unixepoch(NEW.sent_at)"

MARK_SENT = MARK.format(
    address="NEW.address",
    event=SINCE.format(f"coalesce({_SENT_AT}, 2)"),
    condition=IS_OPEN.format(address="NEW.address", at=_SENT_AT),
)

MARK_DELIVERED = MARK.format(
    address=TEXT,
    event=SINCE.format("NEW.at"),
    condition=f"iif(NEW.kind = 'sent', {IS_OPEN.format(address=TEXT, at='NEW.at')}, {HAS_EVENTS.format(TEXT)})",
)

SCRIPT = f"""
DROP TABLE closed_addresses;
CREATE TABLE closed_addresses (          -- those with events for which proof of delivery changes nothing; derived
    address TEXT PRIMARY KEY,
    closed_at INTEGER NOT NULL           -- seconds since 1970: proof that is later
) STRICT, WITHOUT ROWID;

DROP TRIGGER sends_are_deliveries;
CREATE TRIGGER sends_are_deliveries AFTER INSERT ON sends
BEGIN
    {MARK_SENT}
END;
DROP TRIGGER deliveries_change_histories;
CREATE TRIGGER deliveries_change_histories AFTER INSERT ON deliveries
WHEN EXISTS (SELECT 1 FROM event_rows WHERE event_rows.address = NEW.address)
    OR EXISTS (SELECT 1 FROM attribution_rows WHERE attribution_rows.address = NEW.address)
BEGIN
    {MARK_DELIVERED}
    {MARK_REPEATED}
END;
CREATE TRIGGER sends_that_go_again_stay_deliveries AFTER UPDATE OF sent_at ON sends
WHEN unixepoch(OLD.sent_at) < unixepoch(NEW.sent_at)
    AND (OLD.message_id, OLD.address) = (NEW.message_id, NEW.address)
BEGIN
    INSERT INTO texts (text) SELECT OLD.address WHERE true ON CONFLICT DO NOTHING;
    INSERT INTO deliveries
    SELECT id, unixepoch(OLD.sent_at), 'sent', OLD.message_id FROM texts WHERE text = OLD.address
    ON CONFLICT DO NOTHING;
END;
"""  # noqa: S608
