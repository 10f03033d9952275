"""The twelfth migration: what reports without proof can add is bounded, and what is held ends some day.

Events stay append-only but for one case: those that are held since a day before the one in the row ``held_kept_since``
of ``meta``, which housekeeping writes for the time of a transaction, and that were not accepted.
"""

from __future__ import annotations

COUNTS = """
CREATE TABLE source_days (               -- events without proof that a source brought in a day
    source TEXT NOT NULL,
    day TEXT NOT NULL,
    trust TEXT NOT NULL,
    stored INTEGER NOT NULL,             -- of unverified ones only
    not_stored INTEGER NOT NULL,
    PRIMARY KEY (source, day, trust)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_days_by_day ON source_days (day);

CREATE TABLE expired (                   -- held events that housekeeping has deleted on a day, by address
    day TEXT NOT NULL,
    address TEXT NOT NULL,
    events INTEGER NOT NULL,
    PRIMARY KEY (day, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX expired_by_address ON expired (address);

ALTER TABLE doubts ADD COLUMN since TEXT;  -- the day on which housekeeping found it held; NULL: not yet
UPDATE doubts SET since = date('now');
ALTER TABLE messages ADD COLUMN events_expired INTEGER NOT NULL DEFAULT 0;
ALTER TABLE originals ADD COLUMN day TEXT NOT NULL DEFAULT '';  -- when the last address was added
UPDATE originals SET day = date('now');
"""

#: Which rows may be deleted, of each table: those that belong to the event {event}.
DELETABLE = {"events": "OLD.id", "event_headers": "OLD.event", "crowded": "OLD.event", "attributions": "OLD.event"}

IS_EXPIRING = """
CREATE TRIGGER {table}_are_not_deleted BEFORE DELETE ON {table}
WHEN NOT EXISTS (
    SELECT 1 FROM doubts JOIN meta ON meta.name = 'held_kept_since'
    WHERE doubts.event = {event} AND since < meta.value
        AND NOT EXISTS (SELECT 1 FROM accepted WHERE accepted.event = doubts.event)
)
BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END;
"""

#: Of a message everything stays as it is but for ``events_expired``, which grows.
KEPT = (
    *("id", "fingerprint", "arrived_at", "recorded_at", "source", "size", "kind", "decoder", "subject", "recognized"),
    *("problem", "events_dropped"),
)
MESSAGES = f"""
DROP TRIGGER messages_are_not_changed;
CREATE TRIGGER messages_are_not_changed BEFORE UPDATE ON messages
WHEN NEW.events_expired <= OLD.events_expired OR ({", ".join(f"NEW.{name}" for name in KEPT)})
    IS NOT ({", ".join(f"OLD.{name}" for name in KEPT)})
BEGIN SELECT RAISE(ABORT, 'messages are append-only'); END;
"""

SCRIPT = (
    COUNTS
    + "".join(f"DROP TRIGGER {table}_are_not_deleted;\n" for table in DELETABLE)
    + "".join(IS_EXPIRING.format(table=table, event=event) for table, event in DELETABLE.items())
    + MESSAGES
)
