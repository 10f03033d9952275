"""The tables of the fifteenth migration: what many facts have in common is stored once.

Views that have the names of the tables before show what these held (bounced.ledger.schema.views). ``event_rows`` and
``verdicts`` get the columns that events have by then, see m015_copy.
"""

from __future__ import annotations

SHARED = """
CREATE TABLE texts (                     -- that repeat from message to message; 0 is ''
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO texts VALUES (0, '');

CREATE TABLE passages (                  -- that do not, each once for a transaction; 0 is ''
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;
INSERT INTO passages VALUES (0, '');

CREATE TABLE message_kinds (             -- what many messages have in common
    id INTEGER PRIMARY KEY,
    mailbox TEXT NOT NULL,               -- where it was seen first
    kind TEXT NOT NULL CHECK (kind IN ('bounce', 'complaint', 'auto-reply', 'delivered', 'other', 'unreadable')),
    decoder TEXT NOT NULL,
    subject TEXT NOT NULL,
    problem TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX message_kinds_once ON message_kinds (subject, mailbox, kind, decoder, problem);

CREATE TABLE routes (                    -- how a report came, and from where
    id INTEGER PRIMARY KEY,
    reporting_mta TEXT NOT NULL,
    remote_mta TEXT NOT NULL,
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    sending_domain TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX routes_once ON routes (remote_mta, reporting_mta, source, stream, sending_domain);

CREATE TABLE original_messages (         -- what an event is about, each once for a transaction
    id INTEGER PRIMARY KEY,
    original_message_id TEXT NOT NULL,
    proved TEXT NOT NULL,
    recipient_id TEXT NOT NULL,
    headers INTEGER NOT NULL             -- a passage: JSON
) STRICT;
"""

FACTS = """
CREATE TABLE message_rows (
    id INTEGER PRIMARY KEY,
    fingerprint BLOB NOT NULL UNIQUE,    -- bounced.ledger.fingerprint
    arrived_at INTEGER NOT NULL,         -- seconds since 1970
    recorded_at INTEGER NOT NULL,
    message_kind INTEGER NOT NULL,
    name TEXT NOT NULL,                  -- in its mailbox
    size INTEGER NOT NULL,               -- octets
    recognized INTEGER NOT NULL CHECK (recognized IN (0, 1)),
    events_dropped INTEGER NOT NULL,     -- recipients beyond the budget of the message
    events_expired INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE unnamed (                   -- events that name nobody, and what sends or recipients may name them by
    event INTEGER PRIMARY KEY REFERENCES event_rows (id),
    original_message_id INTEGER NOT NULL,
    recipient_id INTEGER NOT NULL
) STRICT;

CREATE TABLE place_rows (                -- every UID that was examined, and what became of it
    mailbox INTEGER NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    message INTEGER REFERENCES message_rows (id),  -- NULL when it vanished before it could be read
    outcome INTEGER NOT NULL,
    settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
    PRIMARY KEY (mailbox, uidvalidity, uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE crowd_rows (                -- events held once and for all: too many of their kind
    event INTEGER PRIMARY KEY REFERENCES event_rows (id),
    why INTEGER NOT NULL
) STRICT;
"""

DERIVED = """
CREATE TABLE doubt_rows (                -- which events do not count, and why; as suppressions are
    address INTEGER NOT NULL,
    event INTEGER NOT NULL REFERENCES event_rows (id),
    why INTEGER NOT NULL,
    since TEXT,                          -- the day on which housekeeping found it held; NULL: not yet
    PRIMARY KEY (address, event)
) STRICT, WITHOUT ROWID;

CREATE TABLE crowds (                    -- how many addresses failures about a message name that count unverified
    message_id TEXT NOT NULL,
    source TEXT NOT NULL,
    crowd INTEGER NOT NULL,
    addresses INTEGER NOT NULL,
    day TEXT NOT NULL,                   -- when the last one was added
    PRIMARY KEY (message_id, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE named_rows (                -- which addresses these are
    crowd INTEGER NOT NULL,
    address INTEGER NOT NULL,
    PRIMARY KEY (crowd, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE latest_outcome_rows (       -- the latest day on which somebody bounced or complained
    identity INTEGER NOT NULL,           -- the text of an address or id, or -(the event)
    dimension INTEGER NOT NULL,
    name INTEGER NOT NULL,
    complaint INTEGER NOT NULL CHECK (complaint IN (0, 1)),
    day INTEGER NOT NULL,                -- since 1970
    PRIMARY KEY (identity, dimension, name, complaint)
) STRICT, WITHOUT ROWID;
"""

INDEXES = """
CREATE INDEX events_by_address ON event_rows (address, happened_at);
CREATE INDEX events_by_campaign ON event_rows (campaign, happened_at);
CREATE INDEX events_by_message ON event_rows (message);
CREATE INDEX messages_by_date ON message_rows (arrived_at);
CREATE INDEX attributions_by_address ON attribution_rows (address);
CREATE INDEX unnamed_by_original ON unnamed (original_message_id) WHERE original_message_id <> 0;
CREATE INDEX unnamed_by_recipient_id ON unnamed (recipient_id) WHERE recipient_id <> 0;
CREATE INDEX places_unsettled ON place_rows (mailbox) WHERE settled = 0;
CREATE INDEX doubts_by_event ON doubt_rows (event);
"""

#: What few statements write is written through its view.
VIEWS = """
CREATE VIEW places AS
SELECT mailboxes.text AS mailbox, uidvalidity, uid, message, outcomes.text AS outcome, settled
FROM place_rows JOIN texts AS mailboxes ON mailboxes.id = mailbox JOIN texts AS outcomes ON outcomes.id = outcome;

CREATE VIEW doubts AS
SELECT addresses.text AS address, event, (SELECT text FROM texts WHERE id = why) AS why, since
FROM doubt_rows JOIN texts AS addresses ON addresses.id = address;
CREATE TRIGGER doubts_are_added INSTEAD OF INSERT ON doubts
BEGIN
    INSERT INTO texts (text) SELECT NEW.why WHERE NOT EXISTS (SELECT 1 FROM texts WHERE text = NEW.why);
    INSERT INTO doubt_rows (address, event, why, since)
    SELECT addresses.id, NEW.event, reasons.id, NEW.since FROM texts AS addresses, texts AS reasons
    WHERE addresses.text = NEW.address AND reasons.text = NEW.why;
END;
CREATE TRIGGER doubts_are_removed INSTEAD OF DELETE ON doubts
BEGIN
    DELETE FROM doubt_rows
    WHERE address = (SELECT id FROM texts WHERE text = OLD.address) AND event = OLD.event;
END;

CREATE VIEW crowded AS SELECT event, (SELECT text FROM texts WHERE id = why) AS why FROM crowd_rows;
CREATE TRIGGER crowded_are_added INSTEAD OF INSERT ON crowded
BEGIN
    INSERT INTO texts (text) SELECT NEW.why WHERE NOT EXISTS (SELECT 1 FROM texts WHERE text = NEW.why);
    INSERT INTO crowd_rows (event, why) SELECT NEW.event, id FROM texts WHERE text = NEW.why;
END;
CREATE TRIGGER crowded_stay INSTEAD OF UPDATE ON crowded
BEGIN
    SELECT RAISE(ABORT, 'crowded are append-only');
END;
CREATE TRIGGER crowded_are_removed INSTEAD OF DELETE ON crowded
BEGIN
    DELETE FROM crowd_rows WHERE event = OLD.event;
END;

CREATE VIEW latest_outcomes AS
SELECT coalesce((SELECT text FROM texts WHERE id = identity), 'event ' || -identity) AS identity,
    dimensions.text AS dimension, names.text AS name, complaint, date(day * 86400, 'unixepoch') AS day
FROM latest_outcome_rows JOIN texts AS dimensions ON dimensions.id = dimension JOIN texts AS names ON names.id = name;
CREATE TRIGGER latest_outcomes_are_kept INSTEAD OF INSERT ON latest_outcomes
BEGIN
    INSERT INTO texts (text) SELECT NEW.identity WHERE NEW.identity NOT GLOB 'event [0-9]*' ON CONFLICT DO NOTHING;
    INSERT INTO texts (text) VALUES (NEW.dimension), (NEW.name) ON CONFLICT DO NOTHING;
    INSERT INTO latest_outcome_rows (identity, dimension, name, complaint, day)
    SELECT iif(
            NEW.identity GLOB 'event [0-9]*', -substr(NEW.identity, 7), (SELECT id FROM texts WHERE text = NEW.identity)
        ), dimensions.id, names.id, NEW.complaint, unixepoch(NEW.day) / 86400
    FROM texts AS dimensions, texts AS names WHERE dimensions.text = NEW.dimension AND names.text = NEW.name
    ON CONFLICT DO UPDATE SET day = excluded.day WHERE excluded.day > day;
END;

CREATE VIEW named AS
SELECT message_id, source, addresses.text AS address, day
FROM crowds JOIN named_rows USING (crowd) JOIN texts AS addresses ON addresses.id = address;
CREATE TRIGGER named_are_added INSTEAD OF INSERT ON named
BEGIN
    INSERT INTO crowds (message_id, source, crowd, addresses, day)
    VALUES (NEW.message_id, NEW.source, coalesce((SELECT max(crowd) FROM named_rows), 0) + 1, 1, NEW.day)
    ON CONFLICT DO UPDATE SET addresses = addresses + 1, day = max(day, excluded.day);
    INSERT INTO named_rows (crowd, address)
    SELECT crowd, texts.id FROM crowds, texts
    WHERE message_id = NEW.message_id AND source = NEW.source AND text = NEW.address;
END;
"""

#: What sends and recipients tell of events that name nobody.
ATTRIBUTABLE = """
DROP TRIGGER sends_name_somebody;
DROP TRIGGER recipients_name_somebody;
CREATE TRIGGER sends_name_somebody AFTER INSERT ON sends
BEGIN
    INSERT INTO attributable
    SELECT event FROM texts JOIN unnamed ON original_message_id = texts.id AND original_message_id <> 0
    WHERE text = NEW.message_id
    EXCEPT SELECT event FROM attributable EXCEPT SELECT event FROM attribution_rows;
END;
CREATE TRIGGER recipients_name_somebody AFTER INSERT ON recipients
BEGIN
    INSERT INTO attributable
    SELECT event FROM texts JOIN unnamed ON recipient_id = texts.id AND recipient_id <> 0 WHERE text = NEW.id
    EXCEPT SELECT event FROM attributable EXCEPT SELECT event FROM attribution_rows;
END;
"""

_COUNT = """
    INSERT INTO outcomes
    SELECT dimensions.text, names.text, date(NEW.day * 86400, 'unixepoch'), NOT NEW.complaint, NEW.complaint
    FROM texts AS dimensions, texts AS names WHERE dimensions.id = NEW.dimension AND names.id = NEW.name
    ON CONFLICT DO UPDATE SET bounces = bounces + excluded.bounces, complaints = complaints + excluded.complaints;
"""

_UNCOUNT = """
    UPDATE outcomes SET bounces = bounces - NOT OLD.complaint, complaints = complaints - OLD.complaint
    WHERE dimension = (SELECT text FROM texts WHERE id = OLD.dimension)
        AND name = (SELECT text FROM texts WHERE id = OLD.name) AND day = date(OLD.day * 86400, 'unixepoch');
"""

RATES = f"""
CREATE TRIGGER latest_outcomes_are_added AFTER INSERT ON latest_outcome_rows
BEGIN{_COUNT}END;
CREATE TRIGGER latest_outcomes_are_removed AFTER DELETE ON latest_outcome_rows
BEGIN{_UNCOUNT}END;
CREATE TRIGGER latest_outcomes_move AFTER UPDATE OF day ON latest_outcome_rows
BEGIN{_UNCOUNT}{_COUNT}END;
CREATE TRIGGER events_change_outcomes AFTER INSERT ON event_rows
WHEN (SELECT action = 'failed' OR kind = 'complaint' FROM verdicts WHERE id = NEW.verdict)
BEGIN
    INSERT INTO stale VALUES (NEW.id, 0) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER attributions_change_outcomes AFTER INSERT ON attribution_rows
BEGIN
    INSERT INTO stale VALUES (NEW.event, 1) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER doubts_change_outcomes AFTER INSERT ON doubt_rows
BEGIN
    INSERT INTO stale VALUES (NEW.event, 1) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER doubts_that_go_change_outcomes AFTER DELETE ON doubt_rows
BEGIN
    INSERT INTO stale VALUES (OLD.event, 0) ON CONFLICT DO NOTHING;
END;
"""  # noqa: S608

#: Of a message everything stays as it is but for ``events_expired``, which grows.
APPEND_ONLY = """
CREATE TRIGGER messages_are_not_changed BEFORE UPDATE ON message_rows
WHEN NEW.events_expired <= OLD.events_expired
    OR (NEW.id, NEW.fingerprint, NEW.arrived_at, NEW.recorded_at, NEW.message_kind, NEW.name, NEW.size, NEW.recognized,
        NEW.events_dropped)
    IS NOT (OLD.id, OLD.fingerprint, OLD.arrived_at, OLD.recorded_at, OLD.message_kind, OLD.name, OLD.size,
        OLD.recognized, OLD.events_dropped)
BEGIN SELECT RAISE(ABORT, 'messages are append-only'); END;
CREATE TRIGGER unnamed_end_with_events AFTER DELETE ON event_rows WHEN OLD.address = 0
BEGIN
    DELETE FROM unnamed WHERE event = OLD.id;
END;
"""
