"""The fifty-third migration: a message that is recorded after a report about it changes the whole history.

Which messages a report takes back depends on whether the sender's records have the one that it names: if they turn out
to have it, others were delivered after all, and failures long ago were about messages that are known.
"""

from __future__ import annotations

from bounced.ledger.schema.m026_deliveries import MARK, TEXT
from bounced.ledger.schema.m050_late_deliveries import MARK_DELIVERED, MARK_SENT

#: A report about the address names the message; what was proved is a digest of a name, which SQL does not know.
_NAMED = "original_message_id = {message_id} OR original_message_id = '' AND original_messages.proved <> ''"

IS_REPORTED = f"""EXISTS (
    SELECT 1 FROM texts JOIN event_rows ON event_rows.address = texts.id
    JOIN original_messages ON original_messages.id = original WHERE text = {{address}} AND ({_NAMED})
) OR EXISTS (
    SELECT 1 FROM texts JOIN attribution_rows ON attribution_rows.address = texts.id
    JOIN event_rows ON event_rows.id = attribution_rows.event
    JOIN original_messages ON original_messages.id = original WHERE text = {{address}} AND ({_NAMED})
)"""  # noqa: S608

_MARK_SENT_REPORTED = MARK.format(
    address="NEW.address",
    event="0",
    condition=IS_REPORTED.format(address="NEW.address", message_id="NEW.message_id"),
)

_MARK_DELIVERED_REPORTED = MARK.format(
    address=TEXT,
    event="0",
    condition=f"NEW.kind <> 'engaged' AND ({IS_REPORTED.format(address=TEXT, message_id='NEW.message_id')})",
)

SCRIPT = f"""
DROP TRIGGER sends_are_deliveries;
CREATE TRIGGER sends_are_deliveries AFTER INSERT ON sends
BEGIN
    {MARK_SENT}
    {_MARK_SENT_REPORTED}
END;
DROP TRIGGER deliveries_change_histories;
CREATE TRIGGER deliveries_change_histories AFTER INSERT ON deliveries
WHEN EXISTS (SELECT 1 FROM event_rows WHERE event_rows.address = NEW.address)
    OR EXISTS (SELECT 1 FROM attribution_rows WHERE attribution_rows.address = NEW.address)
BEGIN
    {MARK_DELIVERED}
    {_MARK_DELIVERED_REPORTED}
END;
"""  # noqa: S608
