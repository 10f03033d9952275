CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
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
, next_try TEXT, login_refused INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
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
CREATE TABLE recipients (                -- written by the sender: who is behind an id
    id TEXT PRIMARY KEY CHECK (id <> ''),
    address TEXT NOT NULL CHECK (
        address = lower(address) AND address LIKE '_%@_%' AND address NOT GLOB '* *'
        AND substr(address, instr(address, '@')) NOT GLOB '*[^!-~]*'  -- A-labels
    )
, confirmed_at TEXT CHECK (confirmed_at LIKE '____-__-__%'), engaged_at TEXT CHECK (engaged_at LIKE '____-__-__%')) STRICT, WITHOUT ROWID;
CREATE TABLE volume (                    -- how much was sent; counts from several origins are of the same mails
    dimension TEXT NOT NULL CHECK (dimension IN ('campaign', 'sending_domain', 'provider')),
    name TEXT NOT NULL CHECK (name <> ''),
    day TEXT NOT NULL CHECK (day GLOB '????-??-??'),
    origin TEXT NOT NULL CHECK (origin IN ('sends', 'log', 'hand')),
    sent INTEGER NOT NULL,
    PRIMARY KEY (dimension, name, day, origin)
) STRICT, WITHOUT ROWID;
CREATE TABLE outcomes (                  -- bounces and complaints of each day; derived from events by bounced.rates
    dimension TEXT NOT NULL,
    name TEXT NOT NULL,
    day TEXT NOT NULL,
    bounces INTEGER NOT NULL,
    complaints INTEGER NOT NULL,
    PRIMARY KEY (dimension, name, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE health_limits (             -- the configuration's, for the view campaign_health
    name TEXT PRIMARY KEY,
    value REAL NOT NULL
) STRICT, WITHOUT ROWID;
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
CREATE TABLE complaint_sources (         -- how many complaints without proof a source brought in a day
    source TEXT NOT NULL,
    day TEXT NOT NULL,
    complaints INTEGER NOT NULL,
    allowed INTEGER NOT NULL,
    PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE stale (                     -- events to be counted in the rates; removed: perhaps no longer
    event INTEGER PRIMARY KEY,
    removed INTEGER NOT NULL CHECK (removed IN (0, 1))
) STRICT;
CREATE TABLE unicode_addresses (         -- addresses of events that have U-labels
    address TEXT PRIMARY KEY,
    address_unicode TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE proved_kinds (              -- kinds that count only for campaigns that the sender's own marks name
    kind TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE source_days (               -- events without proof that a source brought in a day
    source TEXT NOT NULL,
    day TEXT NOT NULL,
    trust TEXT NOT NULL,
    stored INTEGER NOT NULL,             -- of unverified ones only
    not_stored INTEGER NOT NULL,
    PRIMARY KEY (source, day, trust)
) STRICT, WITHOUT ROWID;
CREATE TABLE expired (                   -- held events that housekeeping has deleted on a day, by address
    day TEXT NOT NULL,
    address TEXT NOT NULL,
    events INTEGER NOT NULL,
    PRIMARY KEY (day, address)
) STRICT, WITHOUT ROWID;
CREATE TABLE copied (
    mailbox TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL, folder TEXT, folder_uidvalidity INTEGER, next_uid INTEGER, begun_at TEXT,
    PRIMARY KEY (mailbox, uidvalidity, uid)
) STRICT, WITHOUT ROWID;
CREATE TABLE states (                    -- what the history of an address comes to, so that nobody reads all of it
    address TEXT PRIMARY KEY,
    kept BLOB NOT NULL                   -- see bounced.ledger.states
) STRICT, WITHOUT ROWID;
CREATE TABLE unjudged (                  -- new events that are not in the suppressions yet
    address TEXT NOT NULL,
    event INTEGER NOT NULL,              -- 0: judge the whole history; -1: the rest of it
    PRIMARY KEY (address, event)
) STRICT, WITHOUT ROWID;
CREATE TABLE texts (                     -- that repeat from message to message; 0 is ''
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE passages (                  -- that do not, each once for a transaction; 0 is ''
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL
, digest INTEGER) STRICT;
CREATE TABLE message_kinds (             -- what many messages have in common
    id INTEGER PRIMARY KEY,
    mailbox TEXT NOT NULL,               -- where it was seen first
    kind TEXT NOT NULL CHECK (kind IN ('bounce', 'complaint', 'auto-reply', 'delivered', 'other', 'unreadable')),
    decoder TEXT NOT NULL,
    subject TEXT NOT NULL,
    problem TEXT NOT NULL
) STRICT;
CREATE TABLE routes (                    -- how a report came, and from where
    id INTEGER PRIMARY KEY,
    reporting_mta TEXT NOT NULL,
    remote_mta TEXT NOT NULL,
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    sending_domain TEXT NOT NULL
, tenant TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE original_messages (         -- what an event is about, each once for a transaction
    id INTEGER PRIMARY KEY,
    original_message_id TEXT NOT NULL,
    proved TEXT NOT NULL,
    recipient_id TEXT NOT NULL,
    headers INTEGER NOT NULL             -- a passage: JSON
) STRICT;
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL DEFAULT '',
    action TEXT NOT NULL DEFAULT '',
    class TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT '',
    reply_code TEXT NOT NULL DEFAULT '',
    feedback_type TEXT NOT NULL DEFAULT '',
    rule TEXT NOT NULL DEFAULT '',
    trust TEXT NOT NULL DEFAULT '',
    evidence TEXT NOT NULL DEFAULT '',
    charged_by TEXT NOT NULL DEFAULT '',
    held TEXT NOT NULL DEFAULT '',
    campaign_by TEXT NOT NULL DEFAULT '',
    stream_by TEXT NOT NULL DEFAULT '',
    sending_domain_by TEXT NOT NULL DEFAULT ''
, words TEXT NOT NULL DEFAULT '', stated_status TEXT NOT NULL DEFAULT '', own_names TEXT NOT NULL DEFAULT '', tenant_by TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE attribution_rows (
    event INTEGER PRIMARY KEY REFERENCES event_rows (id),
    attributed_at TEXT NOT NULL,
    address INTEGER NOT NULL DEFAULT 0,
    campaign INTEGER NOT NULL DEFAULT 0,
    stream INTEGER NOT NULL DEFAULT 0,
    sending_domain INTEGER NOT NULL DEFAULT 0,
    trust INTEGER NOT NULL DEFAULT 0,
    evidence INTEGER NOT NULL DEFAULT 0,
    sent INTEGER NOT NULL DEFAULT 0,
    campaign_by INTEGER NOT NULL DEFAULT 0,
    stream_by INTEGER NOT NULL DEFAULT 0,
    sending_domain_by INTEGER NOT NULL DEFAULT 0,
    proved INTEGER NOT NULL DEFAULT 0
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
    day TEXT NOT NULL, since TEXT NOT NULL DEFAULT '', weeks INTEGER NOT NULL DEFAULT 0, allowed INTEGER NOT NULL DEFAULT 0,                   -- when the last one was added
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
CREATE TABLE "unrecognized" (                    -- what was not understood, kept for a person until housekeeping takes it
    message INTEGER PRIMARY KEY REFERENCES message_rows (id),
    content BLOB NOT NULL                -- zlib
) STRICT;
CREATE TABLE accepted (                  -- events that count because a person looked
    event INTEGER PRIMARY KEY REFERENCES event_rows (id),
    decided_at TEXT NOT NULL,
    why TEXT NOT NULL
) STRICT;
CREATE TABLE attributable (              -- events that named nobody, and of which sends or recipients has heard since
    event INTEGER PRIMARY KEY REFERENCES event_rows (id)
) STRICT;
CREATE TABLE numbers (
    number TEXT PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES message_rows (id)
) WITHOUT ROWID;
CREATE TABLE deferred (
    mailbox TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    cause TEXT NOT NULL, -- key: the DNS did not answer; processor: its source has had its time
    source TEXT NOT NULL,
    tries INTEGER NOT NULL,
    noted_at TEXT NOT NULL,
    PRIMARY KEY (mailbox, uidvalidity, uid)
) STRICT, WITHOUT ROWID;
CREATE TABLE dkim_keys (
    name TEXT PRIMARY KEY,
    record TEXT NOT NULL,
    known_until TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE reclassified (              -- events that were judged differently since, and how they were recorded
    event INTEGER PRIMARY KEY REFERENCES event_rows (id),
    verdict INTEGER NOT NULL,            -- the recorded one
    judged_at TEXT NOT NULL
) STRICT;
CREATE TABLE "message_rows" (
    id INTEGER PRIMARY KEY,
    fingerprint BLOB NOT NULL UNIQUE,    -- the last 16 octets of bounced.ledger.fingerprint
    arrived_at INTEGER NOT NULL,         -- seconds since 1970
    recorded_at INTEGER NOT NULL,
    message_kind INTEGER NOT NULL,
    name TEXT NOT NULL,                  -- in its mailbox
    size INTEGER NOT NULL,               -- octets
    recognized INTEGER NOT NULL CHECK (recognized IN (0, 1)),
    events_dropped INTEGER NOT NULL,     -- recipients beyond the budget of the message
    events_expired INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE "event_rows" (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES message_rows (id),
    happened_at INTEGER NOT NULL,        -- seconds since 1970
    stored_at INTEGER,
    address INTEGER NOT NULL,
    campaign INTEGER NOT NULL,
    diagnostic_code INTEGER NOT NULL,
    final_recipient TEXT,                -- NULL: as the address
    original_recipient TEXT,
    sent INTEGER NOT NULL DEFAULT 0,
    verdict INTEGER NOT NULL,
    route INTEGER NOT NULL,
    original INTEGER NOT NULL
) STRICT;
CREATE TABLE totals (                    -- how many rows there are: what would take long to count
    name TEXT PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE recent (                    -- events that `bounced status` may count, until housekeeping
    kind TEXT NOT NULL CHECK (kind IN ('blocked', 'held')),
    happened_at INTEGER NOT NULL,
    event INTEGER NOT NULL,
    PRIMARY KEY (kind, happened_at, event)
) STRICT, WITHOUT ROWID;
CREATE TABLE outbox_rows (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- in the order of the commits, and never given again
    written_at TEXT NOT NULL,
    type TEXT NOT NULL,                    -- as bounced.ledger.outbox.ChangeType
    address INTEGER NOT NULL,              -- the id of its text
    data TEXT NOT NULL                     -- JSON: the other columns of the view, but those that are empty
) STRICT;
CREATE TABLE sinks (
    name TEXT PRIMARY KEY,
    configured INTEGER NOT NULL,         -- 0: it is not in the configuration, and nothing waits for it
    position INTEGER NOT NULL,           -- it has every change up to this one
    delivered_at TEXT,                   -- when it last took one
    failing_since TEXT,                  -- NULL: it does not
    problem TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE TABLE dead_letters (              -- changes that a sink refused for good
    sink TEXT NOT NULL,
    change INTEGER NOT NULL,             -- its number in the outbox
    written_at TEXT NOT NULL,
    type TEXT NOT NULL,
    address TEXT NOT NULL,
    data TEXT NOT NULL,
    problem TEXT NOT NULL,
    PRIMARY KEY (sink, change)
) STRICT, WITHOUT ROWID;
CREATE TABLE "decisions" (        -- what people decided, and what lists say that they imported
    id INTEGER PRIMARY KEY,
    decided_at TEXT NOT NULL,
    address TEXT NOT NULL,               -- or a pattern: '@example.com', '*.example.com'
    what TEXT NOT NULL CHECK (what IN ('suppress', 'release', 'allow', 'disallow')),
    scope TEXT NOT NULL,                 -- '': every scope; of what was imported: as the policy says
    why TEXT NOT NULL,
    cause TEXT NOT NULL DEFAULT '' CHECK (cause IN ('', 'bounce', 'complaint', 'manual')),
    class TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',     -- of a complaint its feedback type
    origin TEXT NOT NULL DEFAULT '',     -- the list; '': a person
    recorded_at TEXT                     -- when it was imported; NULL: decided_at
) STRICT;
CREATE TABLE undos (                     -- decisions about failures, by what happened
    id INTEGER PRIMARY KEY,
    decided_at TEXT NOT NULL,
    filter TEXT NOT NULL,                -- JSON: see bounced.ledger.filters
    why TEXT NOT NULL,
    redone_at TEXT                       -- when they were taken back themselves
) STRICT;
CREATE TABLE undone (                    -- the failures, which count for nothing
    event INTEGER NOT NULL REFERENCES event_rows (id),
    undo INTEGER NOT NULL REFERENCES undos (id),
    PRIMARY KEY (event, undo)
) STRICT, WITHOUT ROWID;
CREATE TABLE deliveries (                -- what proves that a mailbox takes mail
    address INTEGER NOT NULL,            -- a text
    at INTEGER NOT NULL,                 -- seconds since 1970
    kind TEXT NOT NULL CHECK (kind IN ('sent', 'delivered', 'engaged')),  -- sent: if nobody contradicts
    message_id TEXT NOT NULL,
    PRIMARY KEY (address, at, kind, message_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE withheld (
    address TEXT PRIMARY KEY,
    since TEXT NOT NULL
, reason TEXT NOT NULL DEFAULT '', resumed INTEGER NOT NULL DEFAULT 0, unproved INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE failure_counts (            -- how many addresses failed; derived, see bounced.ledger.failure_counts
    unit INTEGER NOT NULL,               -- the digest of what may have an incident; that of '' is everything
    span INTEGER NOT NULL,               -- hours: 1 or 24
    at INTEGER NOT NULL,                 -- since 1970, in spans
    addresses INTEGER NOT NULL,
    PRIMARY KEY (unit, span, at)
) STRICT, WITHOUT ROWID;
CREATE TABLE failure_units (             -- of which units enough addresses failed at a time to be an incident
    unit INTEGER PRIMARY KEY,
    level INTEGER NOT NULL,              -- the unit of everything that is reported with the same trust
    dimension TEXT NOT NULL CHECK (dimension IN ('provider', 'domain', 'campaign', 'text')),
    name TEXT NOT NULL,
    trust TEXT NOT NULL
, tenant TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE incident_spans (            -- derived; of a unit no two have an hour in common
    id INTEGER PRIMARY KEY,
    unit INTEGER NOT NULL REFERENCES failure_units (unit),
    since INTEGER NOT NULL,              -- hours since 1970
    found INTEGER NOT NULL,
    latest INTEGER NOT NULL,
    until INTEGER                        -- NULL: it is open
) STRICT;
CREATE TABLE incident_rows (             -- the events that an incident holds; derived
    event INTEGER NOT NULL REFERENCES event_rows (id),
    incident INTEGER NOT NULL,
    PRIMARY KEY (event, incident)
) STRICT, WITHOUT ROWID;
CREATE TABLE incident_decisions (        -- what people decided about the incident of a unit at that hour
    id INTEGER PRIMARY KEY,
    decided_at TEXT NOT NULL,
    incident INTEGER NOT NULL,           -- its number then
    unit INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('discard', 'release')),
    why TEXT NOT NULL
) STRICT;
CREATE TABLE suppression_rows (
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
    detail TEXT NOT NULL,                -- with a mark where the address is
    address_unicode TEXT,                -- NULL: the same
    PRIMARY KEY (address, scope, cause)
) STRICT;
CREATE TABLE mail_logs (
    name TEXT PRIMARY KEY,
    source TEXT NOT NULL,                 -- its kind and its path: another one is read from its beginning
    position TEXT NOT NULL DEFAULT '',    -- see bounced.sent.log_files and bounced.sent.journal; '': nothing was read
    read_at TEXT,                         -- last
    failing_since TEXT,                   -- NULL: it is not
    problem TEXT NOT NULL DEFAULT '',
    lines INTEGER NOT NULL DEFAULT 0,     -- that were read
    deliveries INTEGER NOT NULL DEFAULT 0,
    unknown INTEGER NOT NULL DEFAULT 0,   -- deliveries whose Message-ID was not read
    skipped INTEGER NOT NULL DEFAULT 0,   -- lines that were too long
    gaps INTEGER NOT NULL DEFAULT 0,      -- times that lines were lost
    gap_at TEXT,
    gap TEXT NOT NULL DEFAULT ''          -- the last one
) STRICT, WITHOUT ROWID;
CREATE TABLE queued_messages (
    log TEXT NOT NULL,
    queue_id TEXT NOT NULL,
    message_id TEXT NOT NULL,             -- '': of another sender, or without one
    recorded_at INTEGER NOT NULL,         -- seconds since 1970
    PRIMARY KEY (log, queue_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE reviewed (
    message INTEGER PRIMARY KEY REFERENCES message_rows (id),
    done_at TEXT NOT NULL
) STRICT;
CREATE TABLE provider_servers (          -- domains of mail servers, as this version knows them
    server TEXT PRIMARY KEY,
    provider TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE provider_domains (          -- domains of addresses
    domain TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    seen INTEGER                         -- NULL: as this version knows it; else when its server answered last
) STRICT, WITHOUT ROWID;
CREATE TABLE route_providers (           -- routes whose server is one of a provider
    route INTEGER PRIMARY KEY REFERENCES routes (id),
    provider TEXT NOT NULL
) STRICT;
CREATE TABLE answered_days (             -- kept: what it was counted from is deleted in time
    unit INTEGER NOT NULL REFERENCES failure_units (unit),
    day INTEGER NOT NULL,                -- since 1970
    addresses INTEGER NOT NULL,          -- that took mail; not counted further than is asked for
    PRIMARY KEY (unit, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE arrival_sources (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('mailbox', 'feedback-loop')),
    name TEXT NOT NULL,                  -- of the mailbox, or the provider whose addresses complaints are about
    watched_since INTEGER,               -- hours since 1970, as all of these; of mailboxes
    watched_until INTEGER,
    silent_since INTEGER,                -- NULL while it is not silent
    silent_after INTEGER,                -- the hours that nothing may arrive
    UNIQUE (kind, name)
) STRICT;
CREATE TABLE arrivals (
    source INTEGER NOT NULL REFERENCES arrival_sources (id),
    hour INTEGER NOT NULL,
    PRIMARY KEY (source, hour)
) STRICT, WITHOUT ROWID;
CREATE TABLE suppressions_begun (        -- addresses whose suppression for bounces began, or would have
    tenant TEXT NOT NULL,
    hour INTEGER NOT NULL,               -- since 1970
    proved INTEGER NOT NULL,             -- 1: a failure of theirs is verified
    addresses INTEGER NOT NULL,
    resumed INTEGER NOT NULL DEFAULT 0,  -- those of them that a person approved: they are none of this day's any more
    PRIMARY KEY (tenant, hour, proved)
) STRICT, WITHOUT ROWID;
CREATE TABLE changed_days (
    day INTEGER PRIMARY KEY,             -- since 1970
    written INTEGER NOT NULL DEFAULT 0 CHECK (written IN (0, 1)),  -- 1: it is to be counted again
    deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1))   -- 1: it never counts for less than it did
) STRICT;
CREATE TABLE campaign_sizes (            -- kept: the volume that it was taken from is deleted in time
    unit INTEGER NOT NULL REFERENCES failure_units (unit),
    day INTEGER NOT NULL,                -- since 1970
    sent INTEGER NOT NULL,               -- of the campaign, up to that day
    usual INTEGER NOT NULL,              -- of all campaigns, before; the most
    PRIMARY KEY (unit, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE canaries (
    id INTEGER PRIMARY KEY,              -- in the order in which they were sent
    number TEXT NOT NULL UNIQUE,         -- in the token
    noted_at TEXT NOT NULL,              -- before it was sent
    sent_at TEXT,                        -- when the server had taken it
    returned_at TEXT,                    -- when its report was taken
    problem TEXT NOT NULL DEFAULT ''     -- why it could not be sent
) STRICT;
CREATE TABLE alarms (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,                  -- what it is about
    problem TEXT NOT NULL,               -- in words
    is_critical INTEGER NOT NULL,
    began_at TEXT NOT NULL,
    told_at TEXT,                        -- for the last time; NULL: it has not lasted long enough
    times_told INTEGER NOT NULL,
    gone_at TEXT,                        -- since when it is not there; NULL while it is
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE closed_addresses (          -- those with events for which proof of delivery changes nothing; derived
    address TEXT PRIMARY KEY,
    closed_at INTEGER NOT NULL           -- seconds since 1970: proof that is later
) STRICT, WITHOUT ROWID;
CREATE TABLE expirations (
    source TEXT NOT NULL,                -- imap:NAME of a mailbox, or the table of the configuration
    kind TEXT NOT NULL,                  -- certificate, secret
    name TEXT NOT NULL,                  -- which one
    ends_at TEXT NOT NULL,
    PRIMARY KEY (source, kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE search_starts (             -- derived: what was known of a unit at an hour before which all was over
    unit INTEGER NOT NULL REFERENCES failure_units (unit),
    quarter INTEGER NOT NULL,            -- of ``at``: 91 days; one is kept for each
    at INTEGER NOT NULL,                 -- hours since 1970
    hours TEXT NOT NULL,                 -- JSON: the most of each day in any hour, see bounced.policy.past
    days TEXT NOT NULL,                  -- the same for whole days
    PRIMARY KEY (unit, quarter)
) STRICT;
CREATE TABLE suspected_spans (           -- derived: when a unit may have had an incident, whether or not it is one
    unit INTEGER NOT NULL REFERENCES failure_units (unit),
    since INTEGER NOT NULL,              -- hours since 1970: the first anomalous one
    until INTEGER                        -- of what shows that it is over, or none; NULL: not yet
) STRICT;
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (1, 'bounced', 'm001_first_tables', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (2, 'bounced', 'm002_trust_and_faults', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (3, 'bounced', 'm003_unrecognized', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (4, 'bounced', 'm005_guards', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (5, 'bounced', 'm006_keys_of_idna_2008', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (6, 'bounced', 'm007_fingerprints', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (7, 'bounced', 'm008_proved', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (8, 'bounced', 'm004_storage', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (9, 'bounced', 'm009_numbers', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (10, 'bounced', 'm010_named_by', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (11, 'bounced', 'm011_attributed', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (12, 'bounced', 'm012_bounded', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (13, 'bounced', 'm013_copied', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (14, 'bounced', 'm014_states', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (15, 'bounced', 'm015_shared_rows', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (16, 'bounced', 'm016_deferred', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (17, 'bounced', 'm017_sends', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (18, 'bounced', 'm018_copying', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (19, 'bounced', 'm019_judged', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (20, 'bounced', 'm020_causes', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (21, 'bounced', 'm021_compact_rows', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (22, 'bounced', 'm022_outbox', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (23, 'bounced', 'm023_sinks', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (24, 'bounced', 'm024_lists', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (25, 'bounced', 'm025_undone_failures', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (26, 'bounced', 'm026_deliveries', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (27, 'bounced', 'm027_withheld', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (28, 'bounced', 'm028_incidents', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (29, 'bounced', 'm029_shares', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (30, 'bounced', 'm030_copies', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (31, 'bounced', 'm035_numbered_outbox', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (32, 'bounced', 'm031_brake', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (33, 'bounced', 'm032_suppression_rows', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (34, 'bounced', 'm033_mail_logs', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (35, 'bounced', 'm034_tenants', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (36, 'bounced', 'm036_reviewed', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (37, 'bounced', 'm037_providers', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (38, 'bounced', 'm038_sends_of_tenants', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (39, 'bounced', 'm039_mailboxes', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (40, 'bounced', 'm040_answers', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (41, 'bounced', 'm041_arrivals', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (42, 'bounced', 'm042_brake_groups', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (43, 'bounced', 'm043_logged', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (44, 'bounced', 'm044_old_events', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (45, 'bounced', 'm045_changed_days', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (46, 'bounced', 'm046_probes', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (47, 'bounced', 'm047_campaign_sizes', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (48, 'bounced', 'm048_canaries', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (49, 'bounced', 'm049_alarms', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (50, 'bounced', 'm050_late_deliveries', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (51, 'bounced', 'm051_expirations', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (52, 'bounced', 'm052_search_starts', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (53, 'bounced', 'm053_reported_before', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (54, 'bounced', 'm054_newest_suppressions', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (55, 'bounced', 'm055_event_numbers', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (56, 'bounced', 'm056_proved_probes', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
INSERT INTO meta (name, value) VALUES ('rekeyed', '');
INSERT INTO meta (name, value) VALUES ('suppressions_logged', '0');
INSERT INTO texts (id, text) VALUES (0, '');
INSERT INTO passages (id, text, digest) VALUES (0, '', NULL);
INSERT INTO totals (name, number) VALUES ('attributed', 0);
INSERT INTO totals (name, number) VALUES ('events_gone', 0);
INSERT INTO totals (name, number) VALUES ('held', 0);
INSERT INTO totals (name, number) VALUES ('last_gone_of_event_rows', 0);
INSERT INTO totals (name, number) VALUES ('messages_gone', 0);
INSERT INTO totals (name, number) VALUES ('suppressed', 0);
INSERT INTO totals (name, number) VALUES ('suppressions', 0);
INSERT INTO totals (name, number) VALUES ('unnamed', 0);
INSERT INTO totals (name, number) VALUES ('unrecognized', 0);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX sends_by_address ON sends (address, sent_at);
CREATE INDEX sends_by_date ON sends (sent_at);
CREATE INDEX outcomes_by_day ON outcomes (day);
CREATE INDEX volume_by_day ON volume (day);
CREATE INDEX source_days_by_day ON source_days (day);
CREATE INDEX expired_by_address ON expired (address);
CREATE UNIQUE INDEX message_kinds_once ON message_kinds (subject, mailbox, kind, decoder, problem);
CREATE INDEX attributions_by_address ON attribution_rows (address);
CREATE INDEX unnamed_by_original ON unnamed (original_message_id) WHERE original_message_id <> 0;
CREATE INDEX unnamed_by_recipient_id ON unnamed (recipient_id) WHERE recipient_id <> 0;
CREATE INDEX places_unsettled ON place_rows (mailbox) WHERE settled = 0;
CREATE INDEX doubts_by_event ON doubt_rows (event);
CREATE INDEX events_by_message ON event_rows (message);
CREATE INDEX events_by_address ON event_rows (address, happened_at);
CREATE INDEX events_by_campaign ON event_rows (campaign);
CREATE INDEX messages_unrecognized ON message_rows (arrived_at) WHERE recognized = 0;
CREATE INDEX passages_by_digest ON passages (digest) WHERE digest IS NOT NULL;
CREATE INDEX decisions_by_address ON decisions (address, id);
CREATE INDEX decisions_that_allow ON decisions (address, decided_at, id) WHERE what IN ('allow', 'disallow');
CREATE INDEX undone_by_undo ON undone (undo);
CREATE INDEX deliveries_by_date ON deliveries (at);
CREATE INDEX incident_spans_by_unit ON incident_spans (unit, since);
CREATE INDEX incident_rows_by_incident ON incident_rows (incident);
CREATE INDEX events_by_date ON event_rows (happened_at);
CREATE INDEX suppressions_by_unicode ON suppression_rows (coalesce(address_unicode, address));
CREATE INDEX suppressions_that_end ON suppression_rows (until) WHERE until IS NOT NULL;
CREATE UNIQUE INDEX routes_once ON routes (remote_mta, reporting_mta, source, stream, sending_domain, tenant);
CREATE UNIQUE INDEX verdicts_once ON verdicts (
    kind, action, class, reason, status, reply_code, feedback_type, rule, trust, evidence, charged_by, held,
    campaign_by, stream_by, sending_domain_by, words, stated_status, own_names, tenant_by
);
CREATE INDEX suppressions_by_mailbox ON suppression_rows (CASE WHEN instr(address, '"') THEN NULL WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@gmail.com', '@googlemail.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(replace(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '.', ''), '') || '@gmail.com', address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@outlook.com', '@hotmail.com', '@live.com', '@msn.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@icloud.com', '@me.com', '@mac.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@proton.me', '@protonmail.com', '@pm.me', '@protonmail.ch') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(replace(replace(replace(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '.', ''), '-', ''), '_', ''), '') || '@proton.me', address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@fastmail.com', '@fastmail.fm') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) END) WHERE CASE WHEN instr(address, '"') THEN NULL WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@gmail.com', '@googlemail.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(replace(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '.', ''), '') || '@gmail.com', address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@outlook.com', '@hotmail.com', '@live.com', '@msn.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@icloud.com', '@me.com', '@mac.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@proton.me', '@protonmail.com', '@pm.me', '@protonmail.ch') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(replace(replace(replace(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '.', ''), '-', ''), '_', ''), '') || '@proton.me', address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@fastmail.com', '@fastmail.fm') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) END IS NOT NULL;
CREATE INDEX decisions_by_mailbox ON decisions (CASE WHEN instr(address, '"') THEN NULL WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@gmail.com', '@googlemail.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(replace(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '.', ''), '') || '@gmail.com', address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@outlook.com', '@hotmail.com', '@live.com', '@msn.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@icloud.com', '@me.com', '@mac.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@proton.me', '@protonmail.com', '@pm.me', '@protonmail.ch') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(replace(replace(replace(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '.', ''), '-', ''), '_', ''), '') || '@proton.me', address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@fastmail.com', '@fastmail.fm') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) END)
WHERE what IN ('allow', 'disallow') AND CASE WHEN instr(address, '"') THEN NULL WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@gmail.com', '@googlemail.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(replace(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '.', ''), '') || '@gmail.com', address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@outlook.com', '@hotmail.com', '@live.com', '@msn.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@icloud.com', '@me.com', '@mac.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@proton.me', '@protonmail.com', '@pm.me', '@protonmail.ch') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(replace(replace(replace(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '.', ''), '-', ''), '_', ''), '') || '@proton.me', address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@fastmail.com', '@fastmail.fm') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) END IS NOT NULL;
CREATE INDEX search_starts_by_hour ON search_starts (at);
CREATE INDEX suspected_spans_by_unit ON suspected_spans (unit, since);
CREATE INDEX suppressions_by_date ON suppression_rows (since DESC, address, scope, cause);
CREATE VIEW places AS
SELECT mailboxes.text AS mailbox, uidvalidity, uid, message, outcomes.text AS outcome, settled
FROM place_rows JOIN texts AS mailboxes ON mailboxes.id = mailbox JOIN texts AS outcomes ON outcomes.id = outcome;
CREATE VIEW doubts AS
SELECT addresses.text AS address, event, (SELECT text FROM texts WHERE id = why) AS why, since
FROM doubt_rows JOIN texts AS addresses ON addresses.id = address;
CREATE VIEW crowded AS SELECT event, (SELECT text FROM texts WHERE id = why) AS why FROM crowd_rows;
CREATE VIEW latest_outcomes AS
SELECT coalesce((SELECT text FROM texts WHERE id = identity), 'event ' || -identity) AS identity,
    dimensions.text AS dimension, names.text AS name, complaint, date(day * 86400, 'unixepoch') AS day
FROM latest_outcome_rows JOIN texts AS dimensions ON dimensions.id = dimension JOIN texts AS names ON names.id = name;
CREATE VIEW named AS
SELECT message_id, source, addresses.text AS address, day
FROM crowds JOIN named_rows USING (crowd) JOIN texts AS addresses ON addresses.id = address;
CREATE VIEW outbox AS
SELECT outbox_rows.id AS id, written_at, type, text AS address, data
FROM outbox_rows JOIN texts ON texts.id = outbox_rows.address;
CREATE VIEW suppressions AS
SELECT address, scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at,
    replace(detail, char(26), address) AS detail, coalesce(address_unicode, address) AS address_unicode
FROM suppression_rows;
CREATE VIEW tenant_outbox AS
SELECT iif(substr(address, 1, 1) = '(', substr(address, 2, instr(address, ')') - 2), '') AS tenant, id, written_at, type, iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) AS address,
    json_extract(data, '$.scope') AS scope,
    json_extract(data, '$.cause') AS cause,
    json_extract(data, '$.reason') AS reason,
    coalesce(json_extract(data, '$.class'), '') AS class,
    json_extract(data, '$.since') AS since,
    json_extract(data, '$.until') AS until,
    coalesce(json_extract(data, '$.detail'), '') AS detail,
    coalesce(json_extract(data, '$.stream'), '') AS stream,
    coalesce(json_extract(data, '$.campaign'), '') AS campaign,
    json_extract(data, '$.happened_at') AS happened_at
FROM outbox;
CREATE VIEW outbox_view AS
SELECT id, written_at, type, address, scope, cause, reason, class, since, until, detail, stream, campaign, happened_at FROM tenant_outbox WHERE tenant = '';
CREATE VIEW tenant_health AS
SELECT iif(substr(name, 1, 1) = '(', substr(name, 2, instr(name, ')') - 2), '') AS tenant, dimension, iif(substr(name, 1, 1) = '(', substr(name, instr(name, ')') + 1), name) AS name, sent, bounces, complaints, bounce_rate, complaint_rate, state, pause
FROM named_health;
CREATE VIEW campaign_health AS SELECT dimension, name, sent, bounces, complaints, bounce_rate, complaint_rate, state, pause FROM tenant_health WHERE tenant = '';
CREATE VIEW messages AS
SELECT message_rows.id AS id, lower(hex(fingerprint)) AS fingerprint,
    strftime('%Y-%m-%dT%H:%M:%SZ', arrived_at, 'unixepoch') AS arrived_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, 'unixepoch') AS recorded_at,
    trim(mailbox || ' ' || name) AS source, size, kind, decoder, subject, recognized, problem, events_dropped,
    events_expired
FROM message_rows CROSS JOIN message_kinds ON message_kinds.id = message_kind;
CREATE VIEW attributions AS
SELECT attribution_rows.event AS event,
    attribution_rows.attributed_at AS attributed_at,
    addresses.text AS address,
    campaigns.text AS campaign,
    (SELECT text FROM texts WHERE id = attribution_rows.stream) AS stream,
    (SELECT text FROM texts WHERE id = attribution_rows.sending_domain) AS sending_domain,
    (SELECT text FROM texts WHERE id = attribution_rows.trust) AS trust,
    (SELECT text FROM texts WHERE id = attribution_rows.evidence) AS evidence,
    attribution_rows.sent AS sent,
    (SELECT text FROM texts WHERE id = attribution_rows.campaign_by) AS campaign_by,
    (SELECT text FROM texts WHERE id = attribution_rows.stream_by) AS stream_by,
    (SELECT text FROM texts WHERE id = attribution_rows.sending_domain_by) AS sending_domain_by,
    (SELECT text FROM texts WHERE id = attribution_rows.proved) AS proved
FROM attribution_rows
LEFT JOIN texts AS addresses ON addresses.id = attribution_rows.address
LEFT JOIN texts AS campaigns ON campaigns.id = attribution_rows.campaign;
CREATE VIEW events AS SELECT event_rows.id AS id,
    event_rows.message AS message,
    strftime('%Y-%m-%dT%H:%M:%SZ', event_rows.happened_at, 'unixepoch') AS happened_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', stored_at, 'unixepoch') AS stored_at,
    addresses.text AS address,
    campaigns.text AS campaign,
    replace(
    (SELECT text FROM passages WHERE passages.id = diagnostic_code), char(26), iif(substr(addresses.text, 1, 1) = '(', substr(addresses.text, instr(addresses.text, ')') + 1), addresses.text)
) AS diagnostic_code,
    coalesce(final_recipient, iif(substr(addresses.text, 1, 1) = '(', substr(addresses.text, instr(addresses.text, ')') + 1), addresses.text)) AS final_recipient,
    coalesce(original_recipient, iif(substr(addresses.text, 1, 1) = '(', substr(addresses.text, instr(addresses.text, ')') + 1), addresses.text)) AS original_recipient,
    event_rows.sent AS sent,
    verdicts.kind AS kind,
    verdicts.action AS action,
    verdicts.class AS class,
    verdicts.reason AS reason,
    verdicts.status AS status,
    verdicts.reply_code AS reply_code,
    verdicts.feedback_type AS feedback_type,
    verdicts.rule AS rule,
    verdicts.trust AS trust,
    verdicts.evidence AS evidence,
    verdicts.charged_by AS charged_by,
    verdicts.held AS held,
    verdicts.campaign_by AS campaign_by,
    verdicts.stream_by AS stream_by,
    verdicts.sending_domain_by AS sending_domain_by,
    verdicts.words AS words,
    verdicts.stated_status AS stated_status,
    verdicts.own_names AS own_names,
    verdicts.tenant_by AS tenant_by,
    routes.reporting_mta AS reporting_mta,
    routes.remote_mta AS remote_mta,
    routes.source AS source,
    routes.stream AS stream,
    routes.sending_domain AS sending_domain,
    routes.tenant AS tenant,
    original_messages.original_message_id AS original_message_id,
    original_messages.proved AS proved,
    original_messages.recipient_id AS recipient_id,
    event_rows.happened_at AS happened,
    event_rows.stored_at AS stored,
    event_rows.address AS address_id FROM event_rows CROSS JOIN verdicts ON verdicts.id = verdict CROSS JOIN routes ON routes.id = route CROSS JOIN original_messages ON original_messages.id = original LEFT JOIN texts AS addresses ON addresses.id = event_rows.address LEFT JOIN texts AS campaigns ON campaigns.id = event_rows.campaign;
CREATE VIEW events_view AS
SELECT event_rows.id AS id,
    strftime('%Y-%m-%dT%H:%M:%SZ', event_rows.happened_at, 'unixepoch') AS happened_at,
    addresses.text AS address,
    verdicts.kind AS kind,
    verdicts.action AS action,
    verdicts.class AS class,
    verdicts.reason AS reason,
    verdicts.status AS status,
    verdicts.reply_code AS reply_code,
    replace(
    (SELECT text FROM passages WHERE passages.id = diagnostic_code), char(26), iif(substr(addresses.text, 1, 1) = '(', substr(addresses.text, instr(addresses.text, ')') + 1), addresses.text)
) AS diagnostic_code,
    coalesce(final_recipient, iif(substr(addresses.text, 1, 1) = '(', substr(addresses.text, instr(addresses.text, ')') + 1), addresses.text)) AS final_recipient,
    coalesce(original_recipient, iif(substr(addresses.text, 1, 1) = '(', substr(addresses.text, instr(addresses.text, ')') + 1), addresses.text)) AS original_recipient,
    routes.reporting_mta AS reporting_mta,
    routes.remote_mta AS remote_mta,
    verdicts.feedback_type AS feedback_type,
    original_messages.original_message_id AS original_message_id,
    campaigns.text AS campaign,
    iif(headers = 0, '{}', (SELECT text FROM passages WHERE id = headers)) AS headers,
    verdicts.rule AS rule,
    message_kinds.decoder AS decoder,
    message_kinds.subject AS subject,
    trim(message_kinds.mailbox || ' ' || message_rows.name) AS source,
    strftime('%Y-%m-%dT%H:%M:%SZ', message_rows.recorded_at, 'unixepoch') AS recorded_at,
    verdicts.trust AS trust,
    verdicts.evidence AS evidence,
    verdicts.charged_by AS charged_by,
    original_messages.recipient_id AS recipient_id,
    routes.stream AS stream,
    routes.sending_domain AS sending_domain,
    routes.source AS reported_from,
    verdicts.held AS held,
    (SELECT decided_at FROM accepted WHERE event = event_rows.id) AS accepted_at,
    coalesce((SELECT text FROM doubt_rows JOIN texts ON texts.id = why WHERE event = event_rows.id), '') AS doubt,
    coalesce(
    (SELECT address_unicode FROM unicode_addresses WHERE unicode_addresses.address = addresses.text), addresses.text
) AS address_unicode,
    verdicts.campaign_by AS campaign_by,
    verdicts.stream_by AS stream_by,
    verdicts.sending_domain_by AS sending_domain_by,
    coalesce(
    (SELECT provider FROM route_providers WHERE route_providers.route = event_rows.route),
    (SELECT provider FROM provider_domains WHERE domain = substr(addresses.text, length(rtrim(addresses.text, replace(addresses.text, '@', ''))) + 1) AND seen IS NULL),
    substr(addresses.text, length(rtrim(addresses.text, replace(addresses.text, '@', ''))) + 1)
) AS provider
FROM event_rows CROSS JOIN verdicts ON verdicts.id = verdict CROSS JOIN routes ON routes.id = route CROSS JOIN original_messages ON original_messages.id = original LEFT JOIN texts AS addresses ON addresses.id = event_rows.address LEFT JOIN texts AS campaigns ON campaigns.id = event_rows.campaign 
CROSS JOIN message_rows ON message_rows.id = message CROSS JOIN message_kinds ON message_kinds.id = message_kind

WHERE (event_rows.address <> 0 OR NOT EXISTS (SELECT 1 FROM attribution_rows WHERE event = event_rows.id)) AND routes.tenant = ''
UNION ALL
SELECT event_rows.id AS id,
    strftime('%Y-%m-%dT%H:%M:%SZ', event_rows.happened_at, 'unixepoch') AS happened_at,
    addresses.text AS address,
    verdicts.kind AS kind,
    verdicts.action AS action,
    verdicts.class AS class,
    verdicts.reason AS reason,
    verdicts.status AS status,
    verdicts.reply_code AS reply_code,
    replace(
    (SELECT text FROM passages WHERE passages.id = diagnostic_code), char(26), iif(substr(addresses.text, 1, 1) = '(', substr(addresses.text, instr(addresses.text, ')') + 1), addresses.text)
) AS diagnostic_code,
    coalesce(final_recipient, '') AS final_recipient,
    coalesce(original_recipient, '') AS original_recipient,
    routes.reporting_mta AS reporting_mta,
    routes.remote_mta AS remote_mta,
    verdicts.feedback_type AS feedback_type,
    original_messages.original_message_id AS original_message_id,
    campaigns.text AS campaign,
    iif(headers = 0, '{}', (SELECT text FROM passages WHERE id = headers)) AS headers,
    verdicts.rule AS rule,
    message_kinds.decoder AS decoder,
    message_kinds.subject AS subject,
    trim(message_kinds.mailbox || ' ' || message_rows.name) AS source,
    strftime('%Y-%m-%dT%H:%M:%SZ', message_rows.recorded_at, 'unixepoch') AS recorded_at,
    (SELECT text FROM texts WHERE id = attribution_rows.trust) AS trust,
    (SELECT text FROM texts WHERE id = attribution_rows.evidence) AS evidence,
    verdicts.charged_by AS charged_by,
    original_messages.recipient_id AS recipient_id,
    (SELECT text FROM texts WHERE id = attribution_rows.stream) AS stream,
    (SELECT text FROM texts WHERE id = attribution_rows.sending_domain) AS sending_domain,
    routes.source AS reported_from,
    verdicts.held AS held,
    (SELECT decided_at FROM accepted WHERE event = event_rows.id) AS accepted_at,
    coalesce((SELECT text FROM doubt_rows JOIN texts ON texts.id = why WHERE event = event_rows.id), '') AS doubt,
    coalesce(
    (SELECT address_unicode FROM unicode_addresses WHERE unicode_addresses.address = addresses.text), addresses.text
) AS address_unicode,
    (SELECT text FROM texts WHERE id = attribution_rows.campaign_by) AS campaign_by,
    (SELECT text FROM texts WHERE id = attribution_rows.stream_by) AS stream_by,
    (SELECT text FROM texts WHERE id = attribution_rows.sending_domain_by) AS sending_domain_by,
    coalesce(
    (SELECT provider FROM route_providers WHERE route_providers.route = event_rows.route),
    (SELECT provider FROM provider_domains WHERE domain = substr(addresses.text, length(rtrim(addresses.text, replace(addresses.text, '@', ''))) + 1) AND seen IS NULL),
    substr(addresses.text, length(rtrim(addresses.text, replace(addresses.text, '@', ''))) + 1)
) AS provider
FROM attribution_rows CROSS JOIN event_rows CROSS JOIN verdicts ON verdicts.id = verdict CROSS JOIN routes ON routes.id = route CROSS JOIN original_messages ON original_messages.id = original LEFT JOIN texts AS addresses ON addresses.id = attribution_rows.address LEFT JOIN texts AS campaigns ON campaigns.id = attribution_rows.campaign 
CROSS JOIN message_rows ON message_rows.id = message CROSS JOIN message_kinds ON message_kinds.id = message_kind

WHERE event_rows.id = event AND NOT substr(addresses.text, 1, 1) = '(';
CREATE VIEW tenant_events AS
SELECT event_rows.id AS id,
    strftime('%Y-%m-%dT%H:%M:%SZ', event_rows.happened_at, 'unixepoch') AS happened_at,
    iif(substr(addresses.text, 1, 1) = '(', substr(addresses.text, instr(addresses.text, ')') + 1), addresses.text) AS address,
    verdicts.kind AS kind,
    verdicts.action AS action,
    verdicts.class AS class,
    verdicts.reason AS reason,
    verdicts.status AS status,
    verdicts.reply_code AS reply_code,
    replace(
    (SELECT text FROM passages WHERE passages.id = diagnostic_code), char(26), iif(substr(addresses.text, 1, 1) = '(', substr(addresses.text, instr(addresses.text, ')') + 1), addresses.text)
) AS diagnostic_code,
    coalesce(final_recipient, iif(substr(addresses.text, 1, 1) = '(', substr(addresses.text, instr(addresses.text, ')') + 1), addresses.text)) AS final_recipient,
    coalesce(original_recipient, iif(substr(addresses.text, 1, 1) = '(', substr(addresses.text, instr(addresses.text, ')') + 1), addresses.text)) AS original_recipient,
    routes.reporting_mta AS reporting_mta,
    routes.remote_mta AS remote_mta,
    verdicts.feedback_type AS feedback_type,
    original_messages.original_message_id AS original_message_id,
    campaigns.text AS campaign,
    iif(headers = 0, '{}', (SELECT text FROM passages WHERE id = headers)) AS headers,
    verdicts.rule AS rule,
    message_kinds.decoder AS decoder,
    message_kinds.subject AS subject,
    trim(message_kinds.mailbox || ' ' || message_rows.name) AS source,
    strftime('%Y-%m-%dT%H:%M:%SZ', message_rows.recorded_at, 'unixepoch') AS recorded_at,
    verdicts.trust AS trust,
    verdicts.evidence AS evidence,
    verdicts.charged_by AS charged_by,
    iif(substr(original_messages.recipient_id, 1, 1) = '(', substr(original_messages.recipient_id, instr(original_messages.recipient_id, ')') + 1), original_messages.recipient_id) AS recipient_id,
    routes.stream AS stream,
    routes.sending_domain AS sending_domain,
    routes.source AS reported_from,
    verdicts.held AS held,
    (SELECT decided_at FROM accepted WHERE event = event_rows.id) AS accepted_at,
    coalesce((SELECT text FROM doubt_rows JOIN texts ON texts.id = why WHERE event = event_rows.id), '') AS doubt,
    iif(substr(coalesce(
    (SELECT address_unicode FROM unicode_addresses WHERE unicode_addresses.address = addresses.text), addresses.text
), 1, 1) = '(', substr(coalesce(
    (SELECT address_unicode FROM unicode_addresses WHERE unicode_addresses.address = addresses.text), addresses.text
), instr(coalesce(
    (SELECT address_unicode FROM unicode_addresses WHERE unicode_addresses.address = addresses.text), addresses.text
), ')') + 1), coalesce(
    (SELECT address_unicode FROM unicode_addresses WHERE unicode_addresses.address = addresses.text), addresses.text
)) AS address_unicode,
    verdicts.campaign_by AS campaign_by,
    verdicts.stream_by AS stream_by,
    verdicts.sending_domain_by AS sending_domain_by,
    coalesce(
    (SELECT provider FROM route_providers WHERE route_providers.route = event_rows.route),
    (SELECT provider FROM provider_domains WHERE domain = substr(addresses.text, length(rtrim(addresses.text, replace(addresses.text, '@', ''))) + 1) AND seen IS NULL),
    substr(addresses.text, length(rtrim(addresses.text, replace(addresses.text, '@', ''))) + 1)
) AS provider,
    routes.tenant AS tenant,
    verdicts.tenant_by AS tenant_by,
    addresses.text AS key
FROM event_rows CROSS JOIN verdicts ON verdicts.id = verdict CROSS JOIN routes ON routes.id = route CROSS JOIN original_messages ON original_messages.id = original LEFT JOIN texts AS addresses ON addresses.id = event_rows.address LEFT JOIN texts AS campaigns ON campaigns.id = event_rows.campaign 
CROSS JOIN message_rows ON message_rows.id = message CROSS JOIN message_kinds ON message_kinds.id = message_kind

WHERE (event_rows.address <> 0 OR NOT EXISTS (SELECT 1 FROM attribution_rows WHERE event = event_rows.id))
UNION ALL
SELECT event_rows.id AS id,
    strftime('%Y-%m-%dT%H:%M:%SZ', event_rows.happened_at, 'unixepoch') AS happened_at,
    iif(substr(addresses.text, 1, 1) = '(', substr(addresses.text, instr(addresses.text, ')') + 1), addresses.text) AS address,
    verdicts.kind AS kind,
    verdicts.action AS action,
    verdicts.class AS class,
    verdicts.reason AS reason,
    verdicts.status AS status,
    verdicts.reply_code AS reply_code,
    replace(
    (SELECT text FROM passages WHERE passages.id = diagnostic_code), char(26), iif(substr(addresses.text, 1, 1) = '(', substr(addresses.text, instr(addresses.text, ')') + 1), addresses.text)
) AS diagnostic_code,
    coalesce(final_recipient, '') AS final_recipient,
    coalesce(original_recipient, '') AS original_recipient,
    routes.reporting_mta AS reporting_mta,
    routes.remote_mta AS remote_mta,
    verdicts.feedback_type AS feedback_type,
    original_messages.original_message_id AS original_message_id,
    campaigns.text AS campaign,
    iif(headers = 0, '{}', (SELECT text FROM passages WHERE id = headers)) AS headers,
    verdicts.rule AS rule,
    message_kinds.decoder AS decoder,
    message_kinds.subject AS subject,
    trim(message_kinds.mailbox || ' ' || message_rows.name) AS source,
    strftime('%Y-%m-%dT%H:%M:%SZ', message_rows.recorded_at, 'unixepoch') AS recorded_at,
    (SELECT text FROM texts WHERE id = attribution_rows.trust) AS trust,
    (SELECT text FROM texts WHERE id = attribution_rows.evidence) AS evidence,
    verdicts.charged_by AS charged_by,
    iif(substr(original_messages.recipient_id, 1, 1) = '(', substr(original_messages.recipient_id, instr(original_messages.recipient_id, ')') + 1), original_messages.recipient_id) AS recipient_id,
    (SELECT text FROM texts WHERE id = attribution_rows.stream) AS stream,
    (SELECT text FROM texts WHERE id = attribution_rows.sending_domain) AS sending_domain,
    routes.source AS reported_from,
    verdicts.held AS held,
    (SELECT decided_at FROM accepted WHERE event = event_rows.id) AS accepted_at,
    coalesce((SELECT text FROM doubt_rows JOIN texts ON texts.id = why WHERE event = event_rows.id), '') AS doubt,
    iif(substr(coalesce(
    (SELECT address_unicode FROM unicode_addresses WHERE unicode_addresses.address = addresses.text), addresses.text
), 1, 1) = '(', substr(coalesce(
    (SELECT address_unicode FROM unicode_addresses WHERE unicode_addresses.address = addresses.text), addresses.text
), instr(coalesce(
    (SELECT address_unicode FROM unicode_addresses WHERE unicode_addresses.address = addresses.text), addresses.text
), ')') + 1), coalesce(
    (SELECT address_unicode FROM unicode_addresses WHERE unicode_addresses.address = addresses.text), addresses.text
)) AS address_unicode,
    (SELECT text FROM texts WHERE id = attribution_rows.campaign_by) AS campaign_by,
    (SELECT text FROM texts WHERE id = attribution_rows.stream_by) AS stream_by,
    (SELECT text FROM texts WHERE id = attribution_rows.sending_domain_by) AS sending_domain_by,
    coalesce(
    (SELECT provider FROM route_providers WHERE route_providers.route = event_rows.route),
    (SELECT provider FROM provider_domains WHERE domain = substr(addresses.text, length(rtrim(addresses.text, replace(addresses.text, '@', ''))) + 1) AND seen IS NULL),
    substr(addresses.text, length(rtrim(addresses.text, replace(addresses.text, '@', ''))) + 1)
) AS provider,
    iif(substr(addresses.text, 1, 1) = '(', substr(addresses.text, 2, instr(addresses.text, ')') - 2), '') AS tenant,
    'sends' AS tenant_by,
    addresses.text AS key
FROM attribution_rows CROSS JOIN event_rows CROSS JOIN verdicts ON verdicts.id = verdict CROSS JOIN routes ON routes.id = route CROSS JOIN original_messages ON original_messages.id = original LEFT JOIN texts AS addresses ON addresses.id = attribution_rows.address LEFT JOIN texts AS campaigns ON campaigns.id = attribution_rows.campaign 
CROSS JOIN message_rows ON message_rows.id = message CROSS JOIN message_kinds ON message_kinds.id = message_kind

WHERE event_rows.id = event;
CREATE VIEW volume_of_providers AS SELECT dimension, coalesce(
    iif(substr(name, 1, 1) = '(', substr(name, 1, instr(name, ')')), '')
        || (SELECT provider FROM provider_domains WHERE dimension = 'provider' AND domain = iif(substr(name, 1, 1) = '(', substr(name, instr(name, ')') + 1), name)),
    name
) AS name, day, origin, sent FROM volume;
CREATE VIEW outcomes_of_providers AS SELECT dimension, coalesce(
    iif(substr(name, 1, 1) = '(', substr(name, 1, instr(name, ')')), '')
        || (SELECT provider FROM provider_domains WHERE dimension = 'provider' AND domain = iif(substr(name, 1, 1) = '(', substr(name, instr(name, ')') + 1), name)),
    name
) AS name, day, bounces, complaints FROM outcomes;
CREATE VIEW named_health AS
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
    SELECT dimension, name, sum(sent) AS sent, 0 AS bounces, 0 AS complaints FROM volume_of_providers
    WHERE day > (SELECT date('now', -value || ' days') FROM health_limits WHERE name = 'window_days')
    GROUP BY dimension, name, origin
    UNION ALL
    SELECT dimension, name, 0, sum(bounces), sum(complaints) FROM outcomes_of_providers
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
CREATE VIEW suppressed AS
SELECT address, scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at, detail, address_unicode, CASE WHEN instr(address, '"') THEN NULL WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@gmail.com', '@googlemail.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(replace(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '.', ''), '') || '@gmail.com', address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@outlook.com', '@hotmail.com', '@live.com', '@msn.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@icloud.com', '@me.com', '@mac.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@proton.me', '@protonmail.com', '@pm.me', '@protonmail.ch') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(replace(replace(replace(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '.', ''), '-', ''), '_', ''), '') || '@proton.me', address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@fastmail.com', '@fastmail.fm') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) END AS mailbox FROM suppressions
WHERE iif(until IS NULL OR until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), substr(address, 1, 1) <> '(', 0);
CREATE VIEW tenant_suppressed AS
SELECT iif(substr(address, 1, 1) = '(', substr(address, 2, instr(address, ')') - 2), '') AS tenant, iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) AS address, scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at, detail,
    iif(substr(address_unicode, 1, 1) = '(', substr(address_unicode, instr(address_unicode, ')') + 1), address_unicode) AS address_unicode, address AS key, address_unicode AS key_unicode,
    CASE WHEN instr(address, '"') THEN NULL WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@gmail.com', '@googlemail.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(replace(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '.', ''), '') || '@gmail.com', address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@outlook.com', '@hotmail.com', '@live.com', '@msn.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@icloud.com', '@me.com', '@mac.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@proton.me', '@protonmail.com', '@pm.me', '@protonmail.ch') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(replace(replace(replace(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '.', ''), '-', ''), '_', ''), '') || '@proton.me', address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@fastmail.com', '@fastmail.fm') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) END AS key_mailbox
FROM suppressions WHERE until IS NULL OR until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now');
CREATE VIEW tenant_allowed AS            -- the allow list: addresses and patterns
SELECT iif(substr(address, 1, 1) = '(', substr(address, 2, instr(address, ')') - 2), '') AS tenant, iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) AS address, decided_at AS since, why AS detail,
    address AS key, CASE WHEN instr(address, '"') THEN NULL WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@gmail.com', '@googlemail.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(replace(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '.', ''), '') || '@gmail.com', address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@outlook.com', '@hotmail.com', '@live.com', '@msn.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@icloud.com', '@me.com', '@mac.com') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@proton.me', '@protonmail.com', '@pm.me', '@protonmail.ch') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(replace(replace(replace(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '.', ''), '-', ''), '_', ''), '') || '@proton.me', address) WHEN substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')) IN ('@fastmail.com', '@fastmail.fm') THEN nullif(iif(substr(address, 1, 1) = '(', substr(address, 1, instr(address, ')')), '') || nullif(substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), 1, min(instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@'), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address) || '+', '+')) - 1), '') || substr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), instr(iif(substr(address, 1, 1) = '(', substr(address, instr(address, ')') + 1), address), '@')), address) END AS key_mailbox
FROM decisions
WHERE what IN ('allow', 'disallow') AND what = 'allow' AND NOT EXISTS (
    SELECT 1 FROM decisions AS later
    WHERE later.address = decisions.address AND later.what IN ('allow', 'disallow')
        AND (later.decided_at, later.id) > (decisions.decided_at, decisions.id)
);
CREATE VIEW allowed AS
SELECT key AS address, since, detail, key_mailbox AS mailbox FROM tenant_allowed WHERE NOT substr(key, 1, 1) = '(';
CREATE VIEW incidents AS
SELECT incident_spans.id AS id, dimension, name, trust,
    strftime('%Y-%m-%dT%H:%M:%SZ', since * 3600, 'unixepoch') AS since,
    strftime('%Y-%m-%dT%H:%M:%SZ', until * 3600, 'unixepoch') AS until,
    coalesce(
        (SELECT decision || iif(decision = 'discard', 'ed', 'd') FROM incident_decisions AS decided
            WHERE decided.unit = incident_spans.unit AND hour >= since AND (until IS NULL OR hour < until)
            ORDER BY decided.id DESC LIMIT 1),
        iif(until IS NULL, 'open', 'settled')
    ) AS state,
    (SELECT count(*) FROM incident_rows WHERE incident = incident_spans.id) AS events,
    (SELECT probe_at FROM probes WHERE incident = incident_spans.id) AS probe_at,
    (SELECT probe_address FROM probes WHERE incident = incident_spans.id) AS probe_address
FROM incident_spans JOIN failure_units USING (unit);
CREATE VIEW probes AS
SELECT id AS incident, iif(substr(probe, 1, 1) = '(', substr(probe, instr(probe, ')') + 1), probe) AS probe_address,
    strftime('%Y-%m-%dT%H:%M:%SZ', 168 * 3600 + max(
        latest * 3600,
        coalesce((SELECT unixepoch(max(sent_at)) FROM sends WHERE sends.address = probe), 0),
        coalesce((SELECT max(deliveries.at) FROM deliveries JOIN texts ON texts.id = deliveries.address
            WHERE text = probe AND kind = 'sent'), 0)
    ), 'unixepoch') AS probe_at
FROM (
    SELECT incident_spans.id AS id, latest, (
SELECT texts.text FROM incident_rows CROSS JOIN event_rows ON event_rows.id = incident_rows.event
CROSS JOIN verdicts ON verdicts.id = verdict
LEFT JOIN attribution_rows ON attribution_rows.event = event_rows.id
CROSS JOIN texts ON texts.id = coalesce(attribution_rows.address, event_rows.address)
WHERE incident = incident_spans.id
    AND coalesce(
        (SELECT text FROM texts AS trusts WHERE trusts.id = attribution_rows.trust), verdicts.trust
    ) = 'verified'
    AND NOT EXISTS (
        SELECT 1 FROM suppression_rows WHERE suppression_rows.address = texts.text
            AND (suppression_rows.until IS NULL OR suppression_rows.until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
    )
ORDER BY happened_at DESC, incident_rows.event DESC LIMIT 1
) AS probe
    FROM incident_spans JOIN failure_units USING (unit)
    WHERE dimension = 'domain' AND trust = 'verified' AND until IS NULL
) WHERE probe IS NOT NULL;
CREATE TRIGGER accepted_are_not_changed BEFORE UPDATE ON accepted
BEGIN SELECT RAISE(ABORT, 'accepted are append-only'); END;
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
CREATE TRIGGER named_are_added INSTEAD OF INSERT ON named
BEGIN
    INSERT INTO crowds (message_id, source, crowd, addresses, day)
    VALUES (NEW.message_id, NEW.source, coalesce((SELECT max(crowd) FROM named_rows), 0) + 1, 1, NEW.day)
    ON CONFLICT DO UPDATE SET addresses = addresses + 1, day = max(day, excluded.day);
    INSERT INTO named_rows (crowd, address)
    SELECT crowd, texts.id FROM crowds, texts
    WHERE message_id = NEW.message_id AND source = NEW.source AND text = NEW.address;
END;
CREATE TRIGGER latest_outcomes_are_added AFTER INSERT ON latest_outcome_rows
BEGIN
    INSERT INTO outcomes
    SELECT dimensions.text, names.text, date(NEW.day * 86400, 'unixepoch'), NOT NEW.complaint, NEW.complaint
    FROM texts AS dimensions, texts AS names WHERE dimensions.id = NEW.dimension AND names.id = NEW.name
    ON CONFLICT DO UPDATE SET bounces = bounces + excluded.bounces, complaints = complaints + excluded.complaints;
END;
CREATE TRIGGER latest_outcomes_move AFTER UPDATE OF day ON latest_outcome_rows
BEGIN
    UPDATE outcomes SET bounces = bounces - NOT OLD.complaint, complaints = complaints - OLD.complaint
    WHERE dimension = (SELECT text FROM texts WHERE id = OLD.dimension)
        AND name = (SELECT text FROM texts WHERE id = OLD.name) AND day = date(OLD.day * 86400, 'unixepoch');

    INSERT INTO outcomes
    SELECT dimensions.text, names.text, date(NEW.day * 86400, 'unixepoch'), NOT NEW.complaint, NEW.complaint
    FROM texts AS dimensions, texts AS names WHERE dimensions.id = NEW.dimension AND names.id = NEW.name
    ON CONFLICT DO UPDATE SET bounces = bounces + excluded.bounces, complaints = complaints + excluded.complaints;
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
CREATE TRIGGER crowded_are_not_changed BEFORE UPDATE ON crowd_rows
BEGIN SELECT RAISE(ABORT, 'crowded are append-only'); END;
CREATE TRIGGER attributions_are_not_changed BEFORE UPDATE ON attribution_rows
BEGIN SELECT RAISE(ABORT, 'attributions are append-only'); END;
CREATE TRIGGER recipients_name_somebody AFTER INSERT ON recipients
BEGIN
    INSERT INTO attributable
    SELECT event FROM texts JOIN unnamed ON recipient_id = texts.id AND recipient_id <> 0
    WHERE text = NEW.id AND NOT EXISTS (SELECT 1 FROM attributable WHERE event = unnamed.event)
        AND NOT EXISTS (SELECT 1 FROM attribution_rows WHERE event = unnamed.event);
END;
CREATE TRIGGER messages_are_not_deleted BEFORE DELETE ON message_rows
BEGIN SELECT RAISE(ABORT, 'messages are append-only'); END;
CREATE TRIGGER unnamed_end_with_events AFTER DELETE ON event_rows WHEN OLD.address = 0
BEGIN
    DELETE FROM unnamed WHERE event = OLD.id;
END;
CREATE TRIGGER messages_are_counted AFTER INSERT ON message_rows WHEN NEW.recognized = 0
BEGIN
    UPDATE totals SET number = number + 1 WHERE name = 'unrecognized';
END;
CREATE TRIGGER unnamed_are_counted AFTER INSERT ON event_rows WHEN NEW.address = 0
BEGIN
    UPDATE totals SET number = number + 1 WHERE name = 'unnamed';
END;
CREATE TRIGGER judged_events_are_counted AFTER UPDATE OF verdict ON event_rows
BEGIN
    DELETE FROM recent WHERE kind = 'blocked' AND happened_at = NEW.happened_at AND event = NEW.id;
    INSERT INTO recent SELECT 'blocked', NEW.happened_at, NEW.id FROM verdicts
    WHERE id = NEW.verdict AND class = 'block' AND action = 'failed'
        AND NOT EXISTS (SELECT 1 FROM doubt_rows WHERE event = NEW.id);
END;
CREATE TRIGGER attributions_are_counted AFTER INSERT ON attribution_rows
BEGIN
    UPDATE totals SET number = number + 1 WHERE name = 'attributed';
END;
CREATE TRIGGER attributions_that_go_are_counted AFTER DELETE ON attribution_rows
BEGIN
    UPDATE totals SET number = number - 1 WHERE name = 'attributed';
END;
CREATE TRIGGER doubts_are_counted AFTER INSERT ON doubt_rows
BEGIN
    UPDATE totals SET number = number + 1 WHERE name = 'held';
    DELETE FROM recent WHERE kind = 'blocked' AND event = NEW.event
        AND happened_at = (SELECT happened_at FROM event_rows WHERE id = NEW.event);
    INSERT INTO recent SELECT 'held', happened_at, id FROM event_rows WHERE id = NEW.event;
END;
CREATE TRIGGER doubts_that_go_are_counted AFTER DELETE ON doubt_rows
BEGIN
    UPDATE totals SET number = number - 1 WHERE name = 'held';
    DELETE FROM recent WHERE kind = 'held' AND event = OLD.event
        AND happened_at = (SELECT happened_at FROM event_rows WHERE id = OLD.event);
    INSERT INTO recent SELECT 'blocked', happened_at, event_rows.id
    FROM event_rows JOIN verdicts ON verdicts.id = verdict
    WHERE event_rows.id = OLD.event AND class = 'block' AND action = 'failed';
END;
CREATE TRIGGER decisions_are_not_changed BEFORE UPDATE ON decisions
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decisions_are_not_deleted BEFORE DELETE ON decisions
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER undos_are_not_changed BEFORE UPDATE ON undos
WHEN OLD.redone_at IS NOT NULL
    OR (NEW.id, NEW.decided_at, NEW.filter, NEW.why) IS NOT (OLD.id, OLD.decided_at, OLD.filter, OLD.why)
BEGIN SELECT RAISE(ABORT, 'undos are append-only'); END;
CREATE TRIGGER undos_are_not_deleted BEFORE DELETE ON undos
BEGIN SELECT RAISE(ABORT, 'undos are append-only'); END;
CREATE TRIGGER recent_events_move AFTER UPDATE OF happened_at ON event_rows WHEN NEW.happened_at <> OLD.happened_at
BEGIN
    UPDATE recent SET happened_at = NEW.happened_at
    WHERE kind IN ('held', 'blocked') AND happened_at = OLD.happened_at AND event = NEW.id;
    INSERT INTO stale VALUES (NEW.id, 1) ON CONFLICT DO UPDATE SET removed = 1;
END;
CREATE TRIGGER sends_that_change_are_deliveries AFTER UPDATE ON sends
BEGIN
    INSERT INTO unjudged VALUES (OLD.address, 0), (NEW.address, 0) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER sends_that_go_stay_deliveries BEFORE DELETE ON sends WHEN EXISTS (
    SELECT 1 FROM texts WHERE text = OLD.address AND (
        EXISTS (SELECT 1 FROM event_rows WHERE event_rows.address = texts.id)
        OR EXISTS (SELECT 1 FROM attribution_rows WHERE attribution_rows.address = texts.id)
    )
)
BEGIN
    INSERT INTO deliveries
    SELECT id, unixepoch(OLD.sent_at), 'sent', OLD.message_id FROM texts
    WHERE text = OLD.address AND unixepoch(OLD.sent_at) IS NOT NULL ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER recipients_are_engaged AFTER INSERT ON recipients
BEGIN
    
    INSERT INTO texts (text) SELECT NEW.address WHERE NEW.confirmed_at IS NOT NULL ON CONFLICT DO NOTHING;
    INSERT INTO deliveries
    SELECT id, min(unixepoch(NEW.confirmed_at), unixepoch()), 'engaged', '' FROM texts
    WHERE text = NEW.address AND unixepoch(NEW.confirmed_at) IS NOT NULL ON CONFLICT DO NOTHING;

    
    INSERT INTO texts (text) SELECT NEW.address WHERE NEW.engaged_at IS NOT NULL ON CONFLICT DO NOTHING;
    INSERT INTO deliveries
    SELECT id, min(unixepoch(NEW.engaged_at), unixepoch()), 'engaged', '' FROM texts
    WHERE text = NEW.address AND unixepoch(NEW.engaged_at) IS NOT NULL ON CONFLICT DO NOTHING;

END;
CREATE TRIGGER recipients_that_change_are_engaged AFTER UPDATE OF confirmed_at, engaged_at ON recipients
BEGIN
    
    INSERT INTO texts (text) SELECT NEW.address WHERE NEW.confirmed_at IS NOT NULL ON CONFLICT DO NOTHING;
    INSERT INTO deliveries
    SELECT id, min(unixepoch(NEW.confirmed_at), unixepoch()), 'engaged', '' FROM texts
    WHERE text = NEW.address AND unixepoch(NEW.confirmed_at) IS NOT NULL ON CONFLICT DO NOTHING;

    
    INSERT INTO texts (text) SELECT NEW.address WHERE NEW.engaged_at IS NOT NULL ON CONFLICT DO NOTHING;
    INSERT INTO deliveries
    SELECT id, min(unixepoch(NEW.engaged_at), unixepoch()), 'engaged', '' FROM texts
    WHERE text = NEW.address AND unixepoch(NEW.engaged_at) IS NOT NULL ON CONFLICT DO NOTHING;

END;
CREATE TRIGGER incident_decisions_are_not_changed BEFORE UPDATE ON incident_decisions
BEGIN SELECT RAISE(ABORT, 'incident_decisions are append-only'); END;
CREATE TRIGGER incident_decisions_are_not_deleted BEFORE DELETE ON incident_decisions
BEGIN SELECT RAISE(ABORT, 'incident_decisions are append-only'); END;
CREATE TRIGGER suppressions_are_added INSTEAD OF INSERT ON suppressions
BEGIN
    INSERT INTO suppression_rows
    VALUES (NEW.address, NEW.scope, NEW.cause, NEW.reason, NEW.class, NEW.since, NEW.until, NEW.bounces,
        NEW.first_bounce_at, NEW.last_bounce_at, replace(replace(NEW.detail, char(26), ' '), NEW.address, char(26)),
        nullif(NEW.address_unicode, NEW.address));
END;
CREATE TRIGGER suppressions_are_removed INSTEAD OF DELETE ON suppressions
BEGIN
    DELETE FROM suppression_rows WHERE address = OLD.address AND scope = OLD.scope AND cause = OLD.cause;
END;
CREATE TRIGGER suppressions_are_counted AFTER INSERT ON suppression_rows
BEGIN
    UPDATE totals SET number = number + 1 WHERE name = 'suppressions';
    UPDATE totals SET number = number + 1 WHERE name = 'suppressed' AND NOT EXISTS (
        SELECT 1 FROM suppression_rows WHERE address = NEW.address AND (scope, cause) IS NOT (NEW.scope, NEW.cause)
    );
END;
CREATE TRIGGER suppressions_that_go_are_counted AFTER DELETE ON suppression_rows
BEGIN
    UPDATE totals SET number = number - 1 WHERE name = 'suppressions';
    UPDATE totals SET number = number - 1 WHERE name = 'suppressed'
        AND NOT EXISTS (SELECT 1 FROM suppression_rows WHERE address = OLD.address);
END;
CREATE TRIGGER sends_are_volume BEFORE INSERT ON sends  -- BEFORE: a row that is replaced or ignored is none more
WHEN NOT EXISTS (SELECT 1 FROM sends WHERE message_id = NEW.message_id AND address = NEW.address)
BEGIN
    INSERT INTO volume
    SELECT 'campaign', iif(iif(substr(NEW.address, 1, 1) = '(', substr(NEW.address, 1, instr(NEW.address, ')')), '') = '' AND substr(NEW.campaign, 1, 1) = '(', '()', iif(substr(NEW.address, 1, 1) = '(', substr(NEW.address, 1, instr(NEW.address, ')')), '')) || NEW.campaign, substr(NEW.sent_at, 1, 10), 'sends', 1 WHERE NEW.campaign <> ''
    ON CONFLICT DO UPDATE SET sent = sent + 1;
    INSERT INTO volume
    SELECT 'sending_domain', iif(iif(substr(NEW.address, 1, 1) = '(', substr(NEW.address, 1, instr(NEW.address, ')')), '') = '' AND substr(lower(NEW.sending_domain), 1, 1) = '(', '()', iif(substr(NEW.address, 1, 1) = '(', substr(NEW.address, 1, instr(NEW.address, ')')), '')) || lower(NEW.sending_domain), substr(NEW.sent_at, 1, 10), 'sends', 1
    WHERE NEW.sending_domain <> ''
    ON CONFLICT DO UPDATE SET sent = sent + 1;
    INSERT INTO volume VALUES (
        'provider', iif(substr(NEW.address, 1, 1) = '(', substr(NEW.address, 1, instr(NEW.address, ')')), '') || substr(NEW.address, instr(NEW.address, '@') + 1),
        substr(NEW.sent_at, 1, 10), 'sends', 1
    )
    ON CONFLICT DO UPDATE SET sent = sent + 1;
END;
CREATE TRIGGER reviewed_are_counted AFTER INSERT ON reviewed
BEGIN
    UPDATE totals SET number = number - 1 WHERE name = 'unrecognized';
END;
CREATE TRIGGER events_stay INSTEAD OF UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_end INSTEAD OF DELETE ON events BEGIN DELETE FROM event_rows WHERE id = OLD.id; END;
CREATE TRIGGER attributions_stay INSTEAD OF UPDATE ON attributions BEGIN SELECT RAISE(ABORT, 'attributions are append-only'); END;
CREATE TRIGGER attributions_end INSTEAD OF DELETE ON attributions BEGIN DELETE FROM attribution_rows WHERE event = OLD.event; END;
CREATE TRIGGER messages_stay INSTEAD OF UPDATE ON messages
BEGIN
    SELECT RAISE(ABORT, 'messages are append-only')
    WHERE (NEW.id, NEW.fingerprint, NEW.arrived_at, NEW.recorded_at, NEW.source, NEW.size, NEW.kind, NEW.decoder,
        NEW.subject, NEW.recognized, NEW.problem, NEW.events_dropped)
        IS NOT (OLD.id, OLD.fingerprint, OLD.arrived_at, OLD.recorded_at, OLD.source, OLD.size, OLD.kind, OLD.decoder,
        OLD.subject, OLD.recognized, OLD.problem, OLD.events_dropped);
    UPDATE message_rows SET events_expired = NEW.events_expired WHERE id = OLD.id;
END;
CREATE TRIGGER messages_end INSTEAD OF DELETE ON messages BEGIN DELETE FROM message_rows WHERE id = OLD.id; END;
CREATE TRIGGER routes_have_providers AFTER INSERT ON routes WHEN NEW.remote_mta <> ''
BEGIN
    INSERT INTO route_providers (route, provider) 
SELECT routes.id, (
    SELECT provider FROM provider_servers
    WHERE lower(trim(routes.remote_mta, ' .')) = server OR substr(lower(trim(routes.remote_mta, ' .')), -length(server) - 1) = '.' || server ORDER BY length(server) DESC LIMIT 1
) AS found
FROM routes WHERE remote_mta <> '' AND routes.id = NEW.id AND length(lower(trim(routes.remote_mta, ' .'))) <= 253 AND lower(trim(routes.remote_mta, ' .')) NOT GLOB '*[^a-z0-9_.-]*' AND instr(lower(trim(routes.remote_mta, ' .')), '..') = 0
    AND length(lower(trim(routes.remote_mta, ' .'))) - length(replace(lower(trim(routes.remote_mta, ' .')), '.', '')) BETWEEN 1 AND 10 AND lower(trim(routes.remote_mta, ' .')) NOT GLOB '*[^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.][^.]*' AND found IS NOT NULL
;
END;
CREATE TRIGGER routes_had_providers BEFORE DELETE ON routes
BEGIN
    DELETE FROM route_providers WHERE route = OLD.id;
END;
CREATE TRIGGER sends_name_somebody AFTER INSERT ON sends
WHEN NOT EXISTS (
    SELECT 1 FROM sends WHERE message_id = NEW.message_id AND address >= iif(substr(NEW.address, 1, 1) = '(', iif(substr(NEW.address, 1, 1) = '(', substr(NEW.address, 1, instr(NEW.address, ')')), ''), '') AND address < iif(substr(NEW.address, 1, 1) = '(', rtrim(iif(substr(NEW.address, 1, 1) = '(', substr(NEW.address, 1, instr(NEW.address, ')')), ''), ')') || '*', '(')
        AND address <> NEW.address
) AND (substr(NEW.address, 1, 1) = '(' OR NOT EXISTS (
    SELECT 1 FROM sends WHERE message_id = NEW.message_id AND address >= ')' AND address <> NEW.address
))
BEGIN
    INSERT INTO attributable
    SELECT event FROM texts JOIN unnamed ON original_message_id = texts.id AND original_message_id <> 0
    WHERE text = NEW.message_id AND NOT EXISTS (SELECT 1 FROM attributable WHERE event = unnamed.event)
        AND NOT EXISTS (SELECT 1 FROM attribution_rows WHERE event = unnamed.event);
END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON event_rows
WHEN NOT EXISTS (
    SELECT 1 FROM meta JOIN event_rows ON event_rows.id = OLD.id
    WHERE meta.name = 'events_kept_since' AND happened_at <= CAST(meta.value AS INTEGER)
) AND NOT EXISTS (
    SELECT 1 FROM doubts JOIN meta ON meta.name = 'held_kept_since'
    WHERE doubts.event = OLD.id AND since < meta.value
        AND NOT EXISTS (SELECT 1 FROM accepted WHERE accepted.event = doubts.event)
)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER attributions_are_not_deleted BEFORE DELETE ON attribution_rows
WHEN NOT EXISTS (
    SELECT 1 FROM meta JOIN event_rows ON event_rows.id = OLD.event
    WHERE meta.name = 'events_kept_since' AND happened_at <= CAST(meta.value AS INTEGER)
) AND NOT EXISTS (
    SELECT 1 FROM doubts JOIN meta ON meta.name = 'held_kept_since'
    WHERE doubts.event = OLD.event AND since < meta.value
        AND NOT EXISTS (SELECT 1 FROM accepted WHERE accepted.event = doubts.event)
)
BEGIN SELECT RAISE(ABORT, 'attributions are append-only'); END;
CREATE TRIGGER crowded_are_not_deleted BEFORE DELETE ON crowd_rows
WHEN NOT EXISTS (
    SELECT 1 FROM meta JOIN event_rows ON event_rows.id = OLD.event
    WHERE meta.name = 'events_kept_since' AND happened_at <= CAST(meta.value AS INTEGER)
) AND NOT EXISTS (
    SELECT 1 FROM doubts JOIN meta ON meta.name = 'held_kept_since'
    WHERE doubts.event = OLD.event AND since < meta.value
        AND NOT EXISTS (SELECT 1 FROM accepted WHERE accepted.event = doubts.event)
)
BEGIN SELECT RAISE(ABORT, 'crowded are append-only'); END;
CREATE TRIGGER accepted_are_not_deleted BEFORE DELETE ON accepted
WHEN NOT EXISTS (
    SELECT 1 FROM meta JOIN event_rows ON event_rows.id = OLD.event
    WHERE meta.name = 'events_kept_since' AND happened_at <= CAST(meta.value AS INTEGER)
)
BEGIN SELECT RAISE(ABORT, 'accepted are append-only'); END;
CREATE TRIGGER latest_outcomes_are_removed AFTER DELETE ON latest_outcome_rows
WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'events_kept_since')
BEGIN
    UPDATE outcomes SET bounces = bounces - NOT OLD.complaint, complaints = complaints - OLD.complaint
    WHERE dimension = (SELECT text FROM texts WHERE id = OLD.dimension)
        AND name = (SELECT text FROM texts WHERE id = OLD.name) AND day = date(OLD.day * 86400, 'unixepoch');
END;
CREATE TRIGGER messages_are_not_changed BEFORE UPDATE ON message_rows
WHEN (NEW.id, NEW.fingerprint, NEW.recorded_at, NEW.name, NEW.size, NEW.recognized, NEW.events_dropped)
    IS NOT (OLD.id, OLD.fingerprint, OLD.recorded_at, OLD.name, OLD.size, OLD.recognized, OLD.events_dropped)
    OR NOT iif(
        NEW.message_kind <> OLD.message_kind,
        (NEW.arrived_at, NEW.events_expired) IS (OLD.arrived_at, OLD.events_expired)
            AND EXISTS (SELECT 1 FROM meta WHERE name = 'events_kept_since' AND NOT EXISTS (
                SELECT 1 FROM event_rows WHERE message = OLD.id AND happened_at > CAST(meta.value AS INTEGER)
            )),
        iif(
            NEW.arrived_at = OLD.arrived_at,
            NEW.events_expired > OLD.events_expired,
            NEW.arrived_at < OLD.arrived_at AND NEW.events_expired = OLD.events_expired
                AND EXISTS (SELECT 1 FROM meta WHERE name = 'copy')
        )
    )
BEGIN SELECT RAISE(ABORT, 'messages are append-only'); END;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON event_rows
WHEN NOT (NEW.diagnostic_code = 0 AND (NEW.id, NEW.message, NEW.happened_at, NEW.stored_at, NEW.address, NEW.campaign, NEW.final_recipient, NEW.original_recipient, NEW.sent, NEW.verdict, NEW.route, NEW.original) IS (OLD.id, OLD.message, OLD.happened_at, OLD.stored_at, OLD.address, OLD.campaign, OLD.final_recipient, OLD.original_recipient, OLD.sent, OLD.verdict, OLD.route, OLD.original) AND EXISTS (
    SELECT 1 FROM meta JOIN event_rows ON event_rows.id = OLD.id
    WHERE meta.name = 'events_kept_since' AND happened_at <= CAST(meta.value AS INTEGER)
)) AND ((NEW.id, NEW.message, NEW.address, NEW.campaign, NEW.diagnostic_code, NEW.final_recipient, NEW.original_recipient, NEW.sent, NEW.route, NEW.original) IS NOT (OLD.id, OLD.message, OLD.address, OLD.campaign, OLD.diagnostic_code, OLD.final_recipient, OLD.original_recipient, OLD.sent, OLD.route, OLD.original) OR NOT iif(
    NEW.verdict = OLD.verdict,
    EXISTS (SELECT 1 FROM meta WHERE name = 'copy') AND (iif(NEW.stored_at IS NULL OR NEW.stored_at - NEW.happened_at <= 86400, NEW.happened_at, NEW.stored_at), NEW.happened_at) < (iif(OLD.stored_at IS NULL OR OLD.stored_at - OLD.happened_at <= 86400, OLD.happened_at, OLD.stored_at), OLD.happened_at),
    (NEW.happened_at, NEW.stored_at) IS (OLD.happened_at, OLD.stored_at)
        AND EXISTS (SELECT 1 FROM meta WHERE name = 'judging') AND
        (SELECT kind, action, feedback_type, trust, evidence, charged_by, held, campaign_by, stream_by, sending_domain_by, words, stated_status, own_names, tenant_by FROM verdicts WHERE id = NEW.verdict) IS (SELECT kind, action, feedback_type, trust, evidence, charged_by, held, campaign_by, stream_by, sending_domain_by, words, stated_status, own_names, tenant_by FROM verdicts WHERE id = OLD.verdict)
)
)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER sends_change_days AFTER INSERT ON sends WHEN unixepoch(substr(NEW.sent_at, 1, 10)) / 86400 < (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'answered')
BEGIN
    INSERT INTO changed_days (day, written) VALUES (unixepoch(substr(NEW.sent_at, 1, 10)) / 86400, 1)
    ON CONFLICT DO UPDATE SET written = 1 WHERE NOT written;
END;
CREATE TRIGGER sends_that_change_change_days AFTER UPDATE OF sent_at ON sends WHEN unixepoch(substr(NEW.sent_at, 1, 10)) / 86400 < (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'answered')
BEGIN
    INSERT INTO changed_days (day, written) VALUES (unixepoch(substr(NEW.sent_at, 1, 10)) / 86400, 1)
    ON CONFLICT DO UPDATE SET written = 1 WHERE NOT written;
END;
CREATE TRIGGER sends_that_changed_leave_days AFTER UPDATE OF sent_at ON sends WHEN unixepoch(substr(OLD.sent_at, 1, 10)) / 86400 < (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'answered')
BEGIN
    INSERT INTO changed_days (day, deleted) VALUES (unixepoch(substr(OLD.sent_at, 1, 10)) / 86400, 1)
    ON CONFLICT DO UPDATE SET deleted = 1 WHERE NOT deleted;
END;
CREATE TRIGGER sends_that_go_leave_days BEFORE DELETE ON sends WHEN unixepoch(substr(OLD.sent_at, 1, 10)) / 86400 < (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'answered')
BEGIN
    INSERT INTO changed_days (day, deleted) VALUES (unixepoch(substr(OLD.sent_at, 1, 10)) / 86400, 1)
    ON CONFLICT DO UPDATE SET deleted = 1 WHERE NOT deleted;
END;
CREATE TRIGGER deliveries_change_days AFTER INSERT ON deliveries WHEN NEW.at / 86400 < (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'answered')
BEGIN
    INSERT INTO changed_days (day, written) VALUES (NEW.at / 86400, 1)
    ON CONFLICT DO UPDATE SET written = 1 WHERE NOT written;
END;
CREATE TRIGGER deliveries_that_go_leave_days BEFORE DELETE ON deliveries WHEN OLD.at / 86400 < (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'answered')
BEGIN
    INSERT INTO changed_days (day, deleted) VALUES (OLD.at / 86400, 1)
    ON CONFLICT DO UPDATE SET deleted = 1 WHERE NOT deleted;
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
CREATE TRIGGER sends_are_deliveries AFTER INSERT ON sends
BEGIN
    INSERT INTO unjudged SELECT NEW.address, -max(2, coalesce(unixepoch(NEW.sent_at), 2)) WHERE EXISTS (
    SELECT 1 FROM texts WHERE text = NEW.address AND (
        EXISTS (SELECT 1 FROM event_rows WHERE event_rows.address = texts.id)
        OR EXISTS (SELECT 1 FROM attribution_rows WHERE attribution_rows.address = texts.id)
    )
) AND NOT EXISTS (
    SELECT 1 FROM closed_addresses WHERE closed_addresses.address = NEW.address AND closed_at < unixepoch(NEW.sent_at)
) ON CONFLICT DO NOTHING;
    INSERT INTO unjudged SELECT NEW.address, 0 WHERE EXISTS (
    SELECT 1 FROM texts JOIN event_rows ON event_rows.address = texts.id
    JOIN original_messages ON original_messages.id = original WHERE text = NEW.address AND (original_message_id = NEW.message_id OR original_message_id = '' AND original_messages.proved <> '')
) OR EXISTS (
    SELECT 1 FROM texts JOIN attribution_rows ON attribution_rows.address = texts.id
    JOIN event_rows ON event_rows.id = attribution_rows.event
    JOIN original_messages ON original_messages.id = original WHERE text = NEW.address AND (original_message_id = NEW.message_id OR original_message_id = '' AND original_messages.proved <> '')
) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER deliveries_change_histories AFTER INSERT ON deliveries
WHEN EXISTS (SELECT 1 FROM event_rows WHERE event_rows.address = NEW.address)
    OR EXISTS (SELECT 1 FROM attribution_rows WHERE attribution_rows.address = NEW.address)
BEGIN
    INSERT INTO unjudged SELECT (SELECT text FROM texts WHERE id = NEW.address), -max(2, NEW.at) WHERE iif(NEW.kind = 'sent', EXISTS (
    SELECT 1 FROM texts WHERE text = (SELECT text FROM texts WHERE id = NEW.address) AND (
        EXISTS (SELECT 1 FROM event_rows WHERE event_rows.address = texts.id)
        OR EXISTS (SELECT 1 FROM attribution_rows WHERE attribution_rows.address = texts.id)
    )
) AND NOT EXISTS (
    SELECT 1 FROM closed_addresses WHERE closed_addresses.address = (SELECT text FROM texts WHERE id = NEW.address) AND closed_at < NEW.at
), EXISTS (
    SELECT 1 FROM texts WHERE text = (SELECT text FROM texts WHERE id = NEW.address) AND (
        EXISTS (SELECT 1 FROM event_rows WHERE event_rows.address = texts.id)
        OR EXISTS (SELECT 1 FROM attribution_rows WHERE attribution_rows.address = texts.id)
    )
)) ON CONFLICT DO NOTHING;
    INSERT INTO unjudged SELECT (SELECT text FROM texts WHERE id = NEW.address), 0 WHERE NEW.kind <> 'engaged' AND (EXISTS (
    SELECT 1 FROM texts JOIN event_rows ON event_rows.address = texts.id
    JOIN original_messages ON original_messages.id = original WHERE text = (SELECT text FROM texts WHERE id = NEW.address) AND (original_message_id = NEW.message_id OR original_message_id = '' AND original_messages.proved <> '')
) OR EXISTS (
    SELECT 1 FROM texts JOIN attribution_rows ON attribution_rows.address = texts.id
    JOIN event_rows ON event_rows.id = attribution_rows.event
    JOIN original_messages ON original_messages.id = original WHERE text = (SELECT text FROM texts WHERE id = NEW.address) AND (original_message_id = NEW.message_id OR original_message_id = '' AND original_messages.proved <> '')
)) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER events_that_go_are_counted AFTER DELETE ON event_rows
BEGIN
    UPDATE totals SET number = number + 1 WHERE name = 'events_gone';
    UPDATE totals SET number = max(number, OLD.id) WHERE name = 'last_gone_of_event_rows';
    UPDATE totals SET number = number - 1 WHERE name = 'unnamed' AND OLD.address = 0;
    DELETE FROM recent WHERE kind IN ('held', 'blocked') AND happened_at = OLD.happened_at AND event = OLD.id;
END;
