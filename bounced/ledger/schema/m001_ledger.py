"""The tables of the first migration: messages, events, decisions, suppressions, and the state of the mailboxes."""

from __future__ import annotations

TABLES = """
CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,    -- bounced.fingerprint
    arrived_at TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    source TEXT NOT NULL,                -- where it was seen first
    size INTEGER NOT NULL,               -- octets
    kind TEXT NOT NULL
        CHECK (kind IN ('bounce', 'complaint', 'auto-reply', 'delivered', 'other', 'unreadable')),
    decoder TEXT NOT NULL,
    subject TEXT NOT NULL,
    understood INTEGER NOT NULL CHECK (understood IN (0, 1)),
    problem TEXT NOT NULL
) STRICT;

CREATE TABLE unread (                    -- what was not understood, kept for a person until housekeeping takes it
    message INTEGER PRIMARY KEY REFERENCES messages (id),
    content BLOB NOT NULL                -- zlib
) STRICT;

CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES messages (id),
    happened_at TEXT NOT NULL,
    address TEXT NOT NULL,               -- '' when nobody could be named
    kind TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('failed', 'delayed', 'delivered', 'relayed', 'expanded', '')),
    class TEXT NOT NULL CHECK (class IN ('hard', 'soft', 'block', '')),
    reason TEXT NOT NULL,
    status TEXT NOT NULL,
    reply_code TEXT NOT NULL,
    diagnostic_code TEXT NOT NULL,
    final_recipient TEXT NOT NULL,
    original_recipient TEXT NOT NULL,
    reporting_mta TEXT NOT NULL,
    remote_mta TEXT NOT NULL,
    feedback_type TEXT NOT NULL,
    original_message_id TEXT NOT NULL,
    campaign TEXT NOT NULL,
    rule TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_address ON events (address, happened_at);
CREATE INDEX events_by_campaign ON events (campaign, happened_at);
CREATE INDEX events_by_message ON events (message);

CREATE TABLE event_headers (             -- the configured headers of the returned original
    event INTEGER NOT NULL REFERENCES events (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL
) STRICT;
CREATE INDEX event_headers_by_event ON event_headers (event);
CREATE INDEX event_headers_by_value ON event_headers (name, value);

CREATE TABLE decisions (                 -- what people decided
    id INTEGER PRIMARY KEY,
    decided_at TEXT NOT NULL,
    address TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('suppress', 'release')),
    scope TEXT NOT NULL CHECK (scope IN ('all', 'marketing', '')),
    why TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_by_address ON decisions (address, id);

CREATE TABLE suppressions (
    address TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('all', 'marketing')),
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

CREATE TABLE places (                    -- every UID that was examined, and what became of it
    mailbox TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    message INTEGER NOT NULL REFERENCES messages (id),
    outcome TEXT NOT NULL CHECK (outcome IN ('counted', 'repeated', 'not-a-report', 'unreadable', 'too-large')),
    settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
    PRIMARY KEY (mailbox, uidvalidity, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX places_unsettled ON places (mailbox) WHERE settled = 0;

CREATE TABLE cursors (
    mailbox TEXT PRIMARY KEY,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL
) STRICT;

CREATE TABLE polls (                     -- the last word on every mailbox, for `bounced status`
    mailbox TEXT PRIMARY KEY,
    polled_at TEXT,                      -- the last poll that went through
    failing_since TEXT,                  -- NULL while polls go through
    last_uid INTEGER NOT NULL,           -- the highest UID that the server has given out
    problem TEXT NOT NULL
) STRICT;

CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""

VIEWS = """
CREATE VIEW suppressed AS
SELECT address, scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at, detail
FROM suppressions
WHERE until IS NULL OR until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now');

CREATE VIEW events_view AS
SELECT events.id, happened_at, address, events.kind, action, class, reason, status, reply_code, diagnostic_code,
    final_recipient, original_recipient, reporting_mta, remote_mta, feedback_type, original_message_id, campaign,
    (SELECT json_group_object(name, value) FROM (
        SELECT name, value, min(rowid) FROM event_headers WHERE event = events.id GROUP BY name
    )) AS headers,
    rule, decoder, subject, source, recorded_at
FROM events JOIN messages ON messages.id = events.message;
"""

SCRIPT = TABLES + VIEWS
