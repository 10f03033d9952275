"""The fifth migration: what the guards held is a fact, and what counted is never taken back.

What reports about one message held before stays held, except complaints: the guard no longer asks them.
"""

from __future__ import annotations

CROWDS = """
CREATE TABLE crowded (                   -- events held once and for all: too many of their kind
    event INTEGER PRIMARY KEY REFERENCES events (id),
    why TEXT NOT NULL
) STRICT;
INSERT INTO crowded
    SELECT DISTINCT event, substr(why, instr(why, 'reports about one message'))
    FROM doubts JOIN events ON events.id = event
    WHERE why LIKE '%reports about one message name more than%' AND kind = 'bounce' AND action = 'failed';

DROP TABLE named;
DROP TABLE originals;
CREATE TABLE named (                     -- whom failures about a message name that count without being verified
    message_id TEXT NOT NULL,
    source TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (message_id, source, address)
) STRICT, WITHOUT ROWID;
INSERT INTO named
    SELECT DISTINCT original_message_id, source, coalesce(attributions.address, events.address)
    FROM events LEFT JOIN attributions ON attributions.event = events.id
    WHERE kind = 'bounce' AND action = 'failed' AND original_message_id <> ''
        AND coalesce(attributions.address, events.address) <> ''
        AND coalesce(attributions.trust, events.trust) <> 'verified'
        AND events.id NOT IN (SELECT event FROM doubts);
CREATE TABLE originals (                 -- how many addresses that are, by source
    message_id TEXT NOT NULL,
    source TEXT NOT NULL,
    addresses INTEGER NOT NULL,
    PRIMARY KEY (message_id, source)
) STRICT, WITHOUT ROWID;
INSERT INTO originals SELECT message_id, source, count(*) FROM named GROUP BY message_id, source;
"""

COMPLAINTS = """
CREATE TABLE complaint_sources (         -- how many complaints without proof a source brought in a day
    source TEXT NOT NULL,
    day TEXT NOT NULL,
    complaints INTEGER NOT NULL,
    allowed INTEGER NOT NULL,
    PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX volume_by_day ON volume (day);
"""

#: How many messages had been sent to an address by then. Of failures of before, what is known now.
SENT = """
DROP TRIGGER events_are_not_changed;
DROP TRIGGER events_are_not_deleted;
DROP TRIGGER attributions_are_not_changed;
DROP TRIGGER attributions_are_not_deleted;
ALTER TABLE events ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attributions ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
UPDATE events SET sent = (SELECT count(*) FROM sends WHERE sends.address = events.address)
    WHERE action = 'failed' AND trust <> 'verified' AND address IN (SELECT address FROM sends);
UPDATE attributions SET sent = (SELECT count(*) FROM sends WHERE sends.address = attributions.address)
    WHERE trust <> 'verified' AND address IN (SELECT address FROM sends)
        AND (SELECT action FROM events WHERE id = attributions.event) = 'failed';
"""

#: An address counts once in a window: on its latest day.
RATES = """
DROP TRIGGER events_change_outcomes;
DROP TRIGGER attributions_change_outcomes;
DROP TRIGGER doubts_change_outcomes;
DROP TRIGGER doubts_that_go_change_outcomes;
DROP TABLE stale;
DELETE FROM outcomes;
CREATE TABLE stale (                     -- events to be counted in the rates; removed: perhaps no longer
    event INTEGER PRIMARY KEY,
    removed INTEGER NOT NULL CHECK (removed IN (0, 1))
) STRICT;
INSERT INTO stale SELECT id, 0 FROM events WHERE action = 'failed' OR kind = 'complaint';
CREATE TABLE latest_outcomes (           -- the latest day on which somebody bounced or complained
    dimension TEXT NOT NULL,
    name TEXT NOT NULL,
    complaint INTEGER NOT NULL CHECK (complaint IN (0, 1)),
    identity TEXT NOT NULL,
    day TEXT NOT NULL,
    PRIMARY KEY (dimension, name, complaint, identity)
) STRICT, WITHOUT ROWID;
CREATE INDEX latest_outcomes_by_identity ON latest_outcomes (identity);
CREATE TRIGGER latest_outcomes_are_added AFTER INSERT ON latest_outcomes
BEGIN
    INSERT INTO outcomes VALUES (NEW.dimension, NEW.name, NEW.day, NOT NEW.complaint, NEW.complaint)
    ON CONFLICT DO UPDATE SET bounces = bounces + excluded.bounces, complaints = complaints + excluded.complaints;
END;
CREATE TRIGGER latest_outcomes_are_removed AFTER DELETE ON latest_outcomes
BEGIN
    UPDATE outcomes SET bounces = bounces - NOT OLD.complaint, complaints = complaints - OLD.complaint
    WHERE dimension = OLD.dimension AND name = OLD.name AND day = OLD.day;
END;
CREATE TRIGGER latest_outcomes_move AFTER UPDATE OF day ON latest_outcomes
BEGIN
    UPDATE outcomes SET bounces = bounces - NOT OLD.complaint, complaints = complaints - OLD.complaint
    WHERE dimension = OLD.dimension AND name = OLD.name AND day = OLD.day;
    INSERT INTO outcomes VALUES (NEW.dimension, NEW.name, NEW.day, NOT NEW.complaint, NEW.complaint)
    ON CONFLICT DO UPDATE SET bounces = bounces + excluded.bounces, complaints = complaints + excluded.complaints;
END;
CREATE TRIGGER events_change_outcomes AFTER INSERT ON events WHEN NEW.action = 'failed' OR NEW.kind = 'complaint'
BEGIN
    INSERT INTO stale VALUES (NEW.id, 0) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER attributions_change_outcomes AFTER INSERT ON attributions
BEGIN
    INSERT INTO stale VALUES (NEW.event, 1) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER doubts_change_outcomes AFTER INSERT ON doubts
BEGIN
    INSERT INTO stale VALUES (NEW.event, 1) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER doubts_that_go_change_outcomes AFTER DELETE ON doubts
BEGIN
    INSERT INTO stale VALUES (OLD.event, 0) ON CONFLICT DO NOTHING;
END;
"""

SCRIPT = CROWDS + COMPLAINTS + SENT + RATES
