"""The seventeenth migration: a row of ``sends`` or ``recipients`` costs the same whatever strangers have reported."""

from __future__ import annotations

#: Of a message to many, ``sends`` names nobody: its second row changes nothing any more.
SCRIPT = """
DROP TRIGGER sends_name_somebody;
DROP TRIGGER recipients_name_somebody;
CREATE TRIGGER sends_name_somebody AFTER INSERT ON sends
WHEN NOT EXISTS (SELECT 1 FROM sends WHERE message_id = NEW.message_id AND address <> NEW.address)
BEGIN
    INSERT INTO attributable
    SELECT event FROM texts JOIN unnamed ON original_message_id = texts.id AND original_message_id <> 0
    WHERE text = NEW.message_id AND NOT EXISTS (SELECT 1 FROM attributable WHERE event = unnamed.event)
        AND NOT EXISTS (SELECT 1 FROM attribution_rows WHERE event = unnamed.event);
END;
CREATE TRIGGER recipients_name_somebody AFTER INSERT ON recipients
BEGIN
    INSERT INTO attributable
    SELECT event FROM texts JOIN unnamed ON recipient_id = texts.id AND recipient_id <> 0
    WHERE text = NEW.id AND NOT EXISTS (SELECT 1 FROM attributable WHERE event = unnamed.event)
        AND NOT EXISTS (SELECT 1 FROM attribution_rows WHERE event = unnamed.event);
END;
"""
