"""The second migration: trust, sent mail, rates, and the state that failures leave."""

from __future__ import annotations

FACTS = """
DROP VIEW events_view;
DROP VIEW suppressed;
ALTER TABLE events ADD COLUMN trust TEXT NOT NULL DEFAULT 'plausible'
    CHECK (trust IN ('verified', 'plausible', 'unverified'));
ALTER TABLE events ADD COLUMN evidence TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN charged_by TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN recipient_id TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN stream TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN sending_domain TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN stored_at TEXT;  -- when the IMAP server stored it; NULL: not known
ALTER TABLE events ADD COLUMN held TEXT NOT NULL DEFAULT '';  -- why it does not count until a person accepts it
CREATE INDEX events_by_original ON events (original_message_id, address) WHERE original_message_id <> '';
CREATE INDEX events_unattributed ON events (id) WHERE address = '';

CREATE TABLE accepted (                  -- events that count because a person looked
    event INTEGER PRIMARY KEY REFERENCES events (id),
    decided_at TEXT NOT NULL,
    why TEXT NOT NULL
) STRICT;

CREATE TABLE attributions (              -- events that named nobody, and whom sends or recipients named later
    event INTEGER PRIMARY KEY REFERENCES events (id),
    attributed_at TEXT NOT NULL,
    address TEXT NOT NULL,
    campaign TEXT NOT NULL,
    stream TEXT NOT NULL DEFAULT '',
    sending_domain TEXT NOT NULL DEFAULT '',
    trust TEXT NOT NULL CHECK (trust IN ('verified', 'plausible', 'unverified')),
    evidence TEXT NOT NULL
) STRICT;
CREATE INDEX attributions_by_address ON attributions (address);
"""

ANY_SCOPE = """
CREATE TABLE decisions_with_streams (    -- what people decided
    id INTEGER PRIMARY KEY,
    decided_at TEXT NOT NULL,
    address TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('suppress', 'release')),
    scope TEXT NOT NULL,                 -- '' releases every scope
    why TEXT NOT NULL
) STRICT;
INSERT INTO decisions_with_streams SELECT id, decided_at, address, what, scope, why FROM decisions;
DROP TABLE decisions;
ALTER TABLE decisions_with_streams RENAME TO decisions;
CREATE INDEX decisions_by_address ON decisions (address, id);

CREATE TEMP TABLE standing AS SELECT * FROM suppressions;
DROP TABLE suppressions;
-- Everything is folded again: what stands already is not told as new.
DELETE FROM meta WHERE name = 'policy';
CREATE TABLE suppressions (
    address TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope <> ''),
    cause TEXT NOT NULL CHECK (cause IN ('bounce', 'complaint', 'manual')),
    reason TEXT NOT NULL,
    class TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT,                          -- NULL: does not end by itself
    bounces INTEGER NOT NULL,
    first_bounce_at TEXT,
    last_bounce_at TEXT,
    detail TEXT NOT NULL,
    PRIMARY KEY (address, scope, cause)
) STRICT, WITHOUT ROWID;
INSERT INTO suppressions SELECT * FROM temp.standing;
DROP TABLE temp.standing;
"""

SENT = """
CREATE TABLE sends (                     -- written by the sender: what was sent to whom
    message_id TEXT NOT NULL CHECK (message_id <> '' AND message_id NOT GLOB '*[<> ]*'),
    address TEXT NOT NULL CHECK (
        address = lower(address) AND address LIKE '_%@_%' AND address NOT GLOB '* *'
        AND substr(address, instr(address, '@')) NOT GLOB '*[^!-~]*'  -- A-labels
    ),
    campaign TEXT NOT NULL DEFAULT '',
    stream TEXT NOT NULL DEFAULT '',
    sending_domain TEXT NOT NULL DEFAULT '',
    sent_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')) CHECK (sent_at LIKE '____-__-__%'),
    PRIMARY KEY (message_id, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX sends_by_address ON sends (address, sent_at);
CREATE INDEX sends_by_date ON sends (sent_at);

CREATE TABLE recipients (                -- written by the sender: who is behind an id
    id TEXT PRIMARY KEY CHECK (id <> ''),
    address TEXT NOT NULL CHECK (
        address = lower(address) AND address LIKE '_%@_%' AND address NOT GLOB '* *'
        AND substr(address, instr(address, '@')) NOT GLOB '*[^!-~]*'  -- A-labels
    )
) STRICT, WITHOUT ROWID;

CREATE TABLE attributable (              -- events that named nobody, and of which sends or recipients has heard since
    event INTEGER PRIMARY KEY REFERENCES events (id)
) STRICT;
CREATE INDEX events_by_recipient_id ON events (recipient_id) WHERE address = '' AND recipient_id <> '';
CREATE TRIGGER sends_name_somebody AFTER INSERT ON sends
BEGIN
    INSERT INTO attributable
    SELECT id FROM events WHERE original_message_id = NEW.message_id AND original_message_id <> '' AND address = ''
    EXCEPT SELECT event FROM attributable EXCEPT SELECT event FROM attributions;
END;
CREATE TRIGGER recipients_name_somebody AFTER INSERT ON recipients
BEGIN
    INSERT INTO attributable
    SELECT id FROM events WHERE recipient_id = NEW.id AND recipient_id <> '' AND address = ''
    EXCEPT SELECT event FROM attributable EXCEPT SELECT event FROM attributions;
END;

CREATE TABLE volume (                    -- how much was sent; counts from several origins are of the same mails
    dimension TEXT NOT NULL CHECK (dimension IN ('campaign', 'sending_domain', 'provider')),
    name TEXT NOT NULL CHECK (name <> ''),
    day TEXT NOT NULL CHECK (day GLOB '????-??-??'),
    origin TEXT NOT NULL CHECK (origin IN ('sends', 'log', 'hand')),
    sent INTEGER NOT NULL,
    PRIMARY KEY (dimension, name, day, origin)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER sends_are_volume BEFORE INSERT ON sends  -- BEFORE: a row that is replaced or ignored is none more
WHEN NOT EXISTS (SELECT 1 FROM sends WHERE message_id = NEW.message_id AND address = NEW.address)
BEGIN
    INSERT INTO volume SELECT 'campaign', NEW.campaign, substr(NEW.sent_at, 1, 10), 'sends', 1 WHERE NEW.campaign <> ''
    ON CONFLICT DO UPDATE SET sent = sent + 1;
    INSERT INTO volume
    SELECT 'sending_domain', lower(NEW.sending_domain), substr(NEW.sent_at, 1, 10), 'sends', 1
    WHERE NEW.sending_domain <> ''
    ON CONFLICT DO UPDATE SET sent = sent + 1;
    INSERT INTO volume
    VALUES ('provider', substr(NEW.address, instr(NEW.address, '@') + 1), substr(NEW.sent_at, 1, 10), 'sends', 1)
    ON CONFLICT DO UPDATE SET sent = sent + 1;
END;

CREATE TABLE outcomes (                  -- bounces and complaints of each day; derived from events by bounced.rates
    dimension TEXT NOT NULL,
    name TEXT NOT NULL,
    day TEXT NOT NULL,
    bounces INTEGER NOT NULL,
    complaints INTEGER NOT NULL,
    PRIMARY KEY (dimension, name, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX outcomes_by_day ON outcomes (day);
CREATE INDEX events_by_date ON events (happened_at) WHERE action = 'failed' OR kind = 'complaint';

CREATE TABLE health_limits (             -- the configuration's, for the view campaign_health
    name TEXT PRIMARY KEY,
    value REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE doubts (                    -- which events do not count, and why; derived as suppressions are
    address TEXT NOT NULL,
    event INTEGER NOT NULL REFERENCES events (id),
    why TEXT NOT NULL,
    PRIMARY KEY (address, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX doubts_by_event ON doubts (event);

CREATE TABLE named (                     -- whom reports about a message name that are not verified; derived from events
    message_id TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (message_id, address)
) STRICT, WITHOUT ROWID;
INSERT INTO named SELECT DISTINCT original_message_id, address FROM events
    WHERE original_message_id <> '' AND address <> '' AND trust <> 'verified';

CREATE TABLE originals (                 -- how many addresses that are; derived from named
    message_id TEXT PRIMARY KEY,
    addresses INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO originals SELECT message_id, count(*) FROM named GROUP BY message_id;
"""

STALE = """
CREATE TABLE stale (                     -- days of which the outcomes are to be counted anew
    day TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO stale SELECT DISTINCT substr(happened_at, 1, 10) FROM events;
CREATE TRIGGER events_change_outcomes AFTER INSERT ON events WHEN NEW.action = 'failed' OR NEW.kind = 'complaint'
BEGIN
    INSERT INTO stale VALUES (substr(NEW.happened_at, 1, 10)) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER attributions_change_outcomes AFTER INSERT ON attributions
BEGIN
    INSERT INTO stale SELECT substr(happened_at, 1, 10) FROM events WHERE id = NEW.event ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER doubts_change_outcomes AFTER INSERT ON doubts
BEGIN
    INSERT INTO stale SELECT substr(happened_at, 1, 10) FROM events WHERE id = NEW.event ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER doubts_that_go_change_outcomes AFTER DELETE ON doubts
BEGIN
    INSERT INTO stale SELECT substr(happened_at, 1, 10) FROM events WHERE id = OLD.event ON CONFLICT DO NOTHING;
END;
"""

HEALTH = """
CREATE VIEW campaign_health AS
WITH limits AS (
    SELECT max(iif(name = 'minimum_sent', value, NULL)) AS minimum_sent,
        max(iif(name = 'minimum_events', value, NULL)) AS minimum_events,
        max(iif(name = 'bounce_warning', value, NULL)) AS bounce_warning,
        max(iif(name = 'bounce_critical', value, NULL)) AS bounce_critical,
        max(iif(name = 'complaint_notice', value, NULL)) AS complaint_notice,
        max(iif(name = 'complaint_warning', value, NULL)) AS complaint_warning,
        max(iif(name = 'complaint_critical', value, NULL)) AS complaint_critical
    FROM health_limits
),
facts AS (
    SELECT dimension, name, sum(sent) AS sent, 0 AS bounces, 0 AS complaints FROM volume
    WHERE day > (SELECT date('now', -value || ' days') FROM health_limits WHERE name = 'window_days')
    GROUP BY dimension, name, origin
    UNION ALL
    SELECT dimension, name, 0, sum(bounces), sum(complaints) FROM outcomes
    WHERE day > (SELECT date('now', -value || ' days') FROM health_limits WHERE name = 'window_days')
    GROUP BY dimension, name
),
rates AS (
    SELECT dimension, name, max(sent) AS sent, sum(bounces) AS bounces, sum(complaints) AS complaints,
        round(100.0 * sum(bounces) / nullif(max(sent), 0), 3) AS bounce_rate,
        round(100.0 * sum(complaints) / nullif(max(sent), 0), 3) AS complaint_rate
    FROM facts GROUP BY dimension, name
),
told AS (
    SELECT *, iif(bounces >= minimum_events, bounce_rate, 0) AS bounced,
        iif(complaints >= minimum_events, complaint_rate, 0) AS complained
    FROM rates, limits
),
judged AS (
    SELECT dimension, name, sent, bounces, complaints, bounce_rate, complaint_rate,
        CASE
            WHEN sent < minimum_sent THEN 'unknown'
            WHEN bounced >= bounce_critical OR complained >= complaint_critical THEN 'critical'
            WHEN bounced >= bounce_warning OR complained >= complaint_warning THEN 'warning'
            WHEN complained >= complaint_notice THEN 'notice'
            ELSE 'ok'
        END AS state
    FROM told
)
SELECT dimension, name, sent, bounces, complaints, bounce_rate, complaint_rate, state, state = 'critical' AS pause
FROM judged;
"""

WORK = """
CREATE TABLE places_with_vanished (      -- every UID that was examined, and what became of it
    mailbox TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    message INTEGER REFERENCES messages (id),  -- NULL when it vanished before it could be read
    outcome TEXT NOT NULL CHECK (
        outcome IN ('counted', 'repeated', 'not-a-report', 'unreadable', 'too-large', 'vanished')
    ),
    settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
    PRIMARY KEY (mailbox, uidvalidity, uid)
) STRICT, WITHOUT ROWID;
INSERT INTO places_with_vanished SELECT mailbox, uidvalidity, uid, message, outcome, settled FROM places;
DROP TABLE places;
ALTER TABLE places_with_vanished RENAME TO places;
CREATE INDEX places_unsettled ON places (mailbox) WHERE settled = 0;

ALTER TABLE polls ADD COLUMN next_try TEXT;  -- NULL: as the schedule says

CREATE TABLE trials (                    -- what is tried and might take a process down: a mail, a UID
    what TEXT PRIMARY KEY,
    tries INTEGER NOT NULL,
    noted_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (                      -- the last word on every job but the polls, for `bounced status`
    name TEXT PRIMARY KEY,
    ran_at TEXT NOT NULL,
    problem TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

#: An event in the history of its address; {who} is the table that says who is charged: events or attributions.
EVENT = """
SELECT events.id, happened_at, {who}.address, events.kind, action, class, reason, status, reply_code, diagnostic_code,
    final_recipient, original_recipient, reporting_mta, remote_mta, feedback_type, original_message_id, {who}.campaign,
    (SELECT json_group_object(name, value) FROM (
        SELECT name, value, min(rowid) FROM event_headers WHERE event = events.id GROUP BY name
    )) AS headers,
    rule, decoder, subject, messages.source AS source, recorded_at, {who}.trust, {who}.evidence, charged_by,
    recipient_id, {who}.stream, {who}.sending_domain, events.source AS reported_from, held,
    accepted.decided_at AS accepted_at,
    coalesce((SELECT why FROM doubts WHERE doubts.event = events.id), '') AS doubt
"""

#: Two halves, so that a condition on the address can use its index.
VIEWS = f"""
CREATE VIEW events_view AS
{EVENT.format(who="events")}
FROM events JOIN messages ON messages.id = events.message LEFT JOIN accepted ON accepted.event = events.id
WHERE NOT EXISTS (SELECT 1 FROM attributions WHERE event = events.id)
UNION ALL
{EVENT.format(who="attributions")}
FROM attributions JOIN events ON events.id = attributions.event JOIN messages ON messages.id = events.message
LEFT JOIN accepted ON accepted.event = events.id;

CREATE VIEW suppressed AS
SELECT address, scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at, detail
FROM suppressions
WHERE until IS NULL OR until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now');
"""  # noqa: S608

SCRIPT = FACTS + ANY_SCOPE + SENT + STALE + WORK + VIEWS + HEALTH
