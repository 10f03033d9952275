"""The fifty-fifth migration: the number of an event that was deleted is never given to another one.

SQLite gives that of the last one again; it may be in a list of somebody who is about to accept events, or how far a
program has read ``events_view``.
"""

from __future__ import annotations

#: In ``totals``: the highest id of an event that was deleted, as bounced.ledger.new_rows asks for it.
SCRIPT = """
INSERT INTO totals VALUES ('last_gone_of_event_rows', 0);
DROP TRIGGER events_that_go_are_counted;
CREATE TRIGGER events_that_go_are_counted AFTER DELETE ON event_rows
BEGIN
    UPDATE totals SET number = number + 1 WHERE name = 'events_gone';
    UPDATE totals SET number = max(number, OLD.id) WHERE name = 'last_gone_of_event_rows';
    UPDATE totals SET number = number - 1 WHERE name = 'unnamed' AND OLD.address = 0;
    DELETE FROM recent WHERE kind IN ('held', 'blocked') AND happened_at = OLD.happened_at AND event = OLD.id;
END;
"""
