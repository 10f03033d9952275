BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'bounced','m001_first_tables','2026-11-29 07:35:06.729531+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'bounced','m002_trust_and_faults','2026-11-29 07:35:06.803239+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'bounced','m003_unrecognized','2026-11-29 07:35:06.933287+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'bounced','m005_guards','2026-11-29 07:35:06.977098+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'bounced','m006_keys_of_idna_2008','2026-11-29 07:35:06.979810+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'bounced','m007_fingerprints','2026-11-29 07:35:06.980014+00:00');
INSERT INTO "_sqlite_migrations" VALUES(7,'bounced','m008_proved','2026-11-29 07:35:07.021529+00:00');
INSERT INTO "_sqlite_migrations" VALUES(8,'bounced','m004_storage','2026-11-29 07:35:07.022914+00:00');
INSERT INTO "_sqlite_migrations" VALUES(9,'bounced','m009_numbers','2026-11-29 07:35:07.023197+00:00');
INSERT INTO "_sqlite_migrations" VALUES(10,'bounced','m010_named_by','2026-11-29 07:35:07.113763+00:00');
INSERT INTO "_sqlite_migrations" VALUES(11,'bounced','m011_attributed','2026-11-29 07:35:07.115348+00:00');
INSERT INTO "_sqlite_migrations" VALUES(12,'bounced','m012_bounded','2026-11-29 07:35:07.151611+00:00');
INSERT INTO "_sqlite_migrations" VALUES(13,'bounced','m013_copied','2026-11-29 07:35:07.151955+00:00');
INSERT INTO "_sqlite_migrations" VALUES(14,'bounced','m014_states','2026-11-29 07:35:07.152248+00:00');
INSERT INTO "_sqlite_migrations" VALUES(15,'bounced','m015_shared_rows','2026-11-29 07:35:07.271153+00:00');
INSERT INTO "_sqlite_migrations" VALUES(16,'bounced','m016_deferred','2026-11-29 07:35:07.271614+00:00');
INSERT INTO "_sqlite_migrations" VALUES(17,'bounced','m017_sends','2026-11-29 07:35:07.272044+00:00');
INSERT INTO "_sqlite_migrations" VALUES(18,'bounced','m018_copying','2026-11-29 07:35:07.368389+00:00');
INSERT INTO "_sqlite_migrations" VALUES(19,'bounced','m019_judged','2026-11-29 07:35:07.471041+00:00');
INSERT INTO "_sqlite_migrations" VALUES(20,'bounced','m020_causes','2026-11-29 07:35:07.514396+00:00');
INSERT INTO "_sqlite_migrations" VALUES(21,'bounced','m021_compact_rows','2026-11-29 07:35:07.690684+00:00');
INSERT INTO "_sqlite_migrations" VALUES(22,'bounced','m022_outbox','2026-11-29 07:35:07.691292+00:00');
INSERT INTO "_sqlite_migrations" VALUES(23,'bounced','m023_sinks','2026-11-29 07:35:07.691648+00:00');
CREATE TABLE accepted (                  -- events that count because a person looked
    event INTEGER PRIMARY KEY REFERENCES event_rows (id),
    decided_at TEXT NOT NULL,
    why TEXT NOT NULL
) STRICT;
CREATE TABLE attributable (              -- events that named nobody, and of which sends or recipients has heard since
    event INTEGER PRIMARY KEY REFERENCES event_rows (id)
) STRICT;
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
CREATE TABLE complaint_sources (         -- how many complaints without proof a source brought in a day
    source TEXT NOT NULL,
    day TEXT NOT NULL,
    complaints INTEGER NOT NULL,
    allowed INTEGER NOT NULL,
    PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;
INSERT INTO "complaint_sources" VALUES('192.0.2.13','2026-06-14',1,20);
INSERT INTO "complaint_sources" VALUES('192.0.2.16','2026-06-17',1,20);
CREATE TABLE copied (
    mailbox TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL, folder TEXT, folder_uidvalidity INTEGER, next_uid INTEGER,
    PRIMARY KEY (mailbox, uidvalidity, uid)
) STRICT, WITHOUT ROWID;
CREATE TABLE crowd_rows (                -- events held once and for all: too many of their kind
    event INTEGER PRIMARY KEY REFERENCES event_rows (id),
    why INTEGER NOT NULL
) STRICT;
CREATE TABLE crowds (                    -- how many addresses failures about a message name that count unverified
    message_id TEXT NOT NULL,
    source TEXT NOT NULL,
    crowd INTEGER NOT NULL,
    addresses INTEGER NOT NULL,
    day TEXT NOT NULL,                   -- when the last one was added
    PRIMARY KEY (message_id, source)
) STRICT, WITHOUT ROWID;
INSERT INTO "crowds" VALUES('address-moved.2026-autumn-1@sender.test','',8,1,'2026-11-22');
INSERT INTO "crowds" VALUES('autumn-1.ben@sender.test','198.51.100.22',1,1,'2026-09-07');
INSERT INTO "crowds" VALUES('autumn-1.cara@sender.test','203.0.113.3',2,1,'2026-09-07');
INSERT INTO "crowds" VALUES('autumn-1.hana@sender.test','',5,1,'2026-09-12');
INSERT INTO "crowds" VALUES('autumn-1b.cara@sender.test','203.0.113.3',3,1,'2026-09-07');
INSERT INTO "crowds" VALUES('autumn-1c.cara@sender.test','203.0.113.3',4,1,'2026-09-07');
INSERT INTO "crowds" VALUES('autumn-2.ben@sender.test','198.51.100.22',6,1,'2026-09-14');
INSERT INTO "crowds" VALUES('autumn-3.ben@sender.test','198.51.100.22',7,1,'2026-09-22');
INSERT INTO "crowds" VALUES('block-list.2026-autumn-1@sender.test','',9,1,'2026-11-22');
INSERT INTO "crowds" VALUES('dmarc.2026-autumn-1@sender.test','',10,1,'2026-11-22');
INSERT INTO "crowds" VALUES('domain-unknown.2026-autumn-1@sender.test','',11,1,'2026-11-22');
CREATE TABLE cursors (
    mailbox TEXT PRIMARY KEY,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL
) STRICT;
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
CREATE TABLE "decisions" (    -- what people decided
    id INTEGER PRIMARY KEY,
    decided_at TEXT NOT NULL,
    address TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('suppress', 'release')),
    scope TEXT NOT NULL,                 -- '' releases every scope
    why TEXT NOT NULL
, cause TEXT NOT NULL DEFAULT '' CHECK (cause IN ('', 'bounce', 'complaint', 'manual'))) STRICT;
INSERT INTO "decisions" VALUES(1,'2026-11-29T07:35:51Z','carl@example.net','suppress','all','by phone','');
INSERT INTO "decisions" VALUES(2,'2026-11-29T07:36:05Z','fay@xn--fa-hia.example','suppress','all','','');
INSERT INTO "decisions" VALUES(3,'2026-11-29T07:36:16Z','carl@example.net','release','','','bounce');
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
CREATE TABLE doubt_rows (                -- which events do not count, and why; as suppressions are
    address INTEGER NOT NULL,
    event INTEGER NOT NULL REFERENCES event_rows (id),
    why INTEGER NOT NULL,
    since TEXT,                          -- the day on which housekeeping found it held; NULL: not yet
    PRIMARY KEY (address, event)
) STRICT, WITHOUT ROWID;
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
INSERT INTO "event_rows" VALUES(1,1,1788761645,NULL,0,0,1,'anna@example.org','anna@example.org',0,1,1,1);
INSERT INTO "event_rows" VALUES(2,2,1788762104,NULL,0,0,2,'gus@example.org','gus@example.org',0,2,1,2);
INSERT INTO "event_rows" VALUES(3,3,1788763211,NULL,0,0,3,'dora@example.org',NULL,0,3,2,3);
INSERT INTO "event_rows" VALUES(4,4,1788766200,NULL,5,0,4,NULL,'',0,4,3,4);
INSERT INTO "event_rows" VALUES(5,5,1788768139,NULL,6,0,5,NULL,'',0,5,4,5);
INSERT INTO "event_rows" VALUES(6,6,1788769540,NULL,6,0,5,NULL,'',0,5,4,6);
INSERT INTO "event_rows" VALUES(7,7,1788771063,NULL,6,0,5,NULL,'',0,5,4,7);
INSERT INTO "event_rows" VALUES(8,8,1788777062,NULL,7,0,6,NULL,NULL,0,6,5,8);
INSERT INTO "event_rows" VALUES(9,9,1789194830,NULL,7,0,6,NULL,NULL,0,7,5,8);
INSERT INTO "event_rows" VALUES(10,10,1789371000,NULL,5,0,4,NULL,'',0,4,3,9);
INSERT INTO "event_rows" VALUES(11,11,1789452927,NULL,0,0,7,'anna@example.org',NULL,0,8,6,10);
INSERT INTO "event_rows" VALUES(12,12,1789453336,NULL,0,0,2,'gus@example.org','gus@example.org',0,2,1,11);
INSERT INTO "event_rows" VALUES(13,13,1789454411,NULL,0,0,3,'dora@example.org',NULL,0,3,2,12);
INSERT INTO "event_rows" VALUES(14,14,1789798800,NULL,0,0,0,'dora@example.org',NULL,0,9,7,13);
INSERT INTO "event_rows" VALUES(15,15,1790062200,NULL,5,0,4,NULL,'',0,4,3,14);
INSERT INTO "event_rows" VALUES(16,16,1790144208,NULL,0,0,1,'anna@example.org','anna@example.org',0,1,1,15);
INSERT INTO "event_rows" VALUES(17,17,1790144582,NULL,0,0,2,'gus@example.org','gus@example.org',0,2,1,16);
INSERT INTO "event_rows" VALUES(18,18,1790145611,NULL,0,0,3,'dora@example.org',NULL,0,3,2,17);
INSERT INTO "event_rows" VALUES(19,21,1781431987,NULL,0,0,0,NULL,NULL,0,10,8,18);
INSERT INTO "event_rows" VALUES(20,22,1781431987,NULL,20,0,0,NULL,'',0,11,8,19);
INSERT INTO "event_rows" VALUES(21,23,1781691367,NULL,21,0,0,NULL,'',0,12,9,20);
INSERT INTO "event_rows" VALUES(22,24,1781431987,NULL,20,0,0,NULL,'',0,13,8,21);
INSERT INTO "event_rows" VALUES(23,25,1795311745,NULL,22,0,8,NULL,NULL,0,14,10,22);
INSERT INTO "event_rows" VALUES(24,26,1795311745,NULL,23,0,9,NULL,NULL,0,15,10,23);
INSERT INTO "event_rows" VALUES(25,27,1795311746,NULL,0,0,10,'later@example.org','later@example.org',0,16,1,24);
INSERT INTO "event_rows" VALUES(26,28,1795311749,NULL,0,0,11,'later@example.org','later@example.org',0,17,1,25);
INSERT INTO "event_rows" VALUES(27,29,1795311745,NULL,25,0,12,NULL,NULL,0,18,11,26);
INSERT INTO "event_rows" VALUES(28,30,1795311746,NULL,26,0,13,NULL,NULL,0,19,5,27);
CREATE TABLE expired (                   -- held events that housekeeping has deleted on a day, by address
    day TEXT NOT NULL,
    address TEXT NOT NULL,
    events INTEGER NOT NULL,
    PRIMARY KEY (day, address)
) STRICT, WITHOUT ROWID;
CREATE TABLE health_limits (             -- the configuration's, for the view campaign_health
    name TEXT PRIMARY KEY,
    value REAL NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "health_limits" VALUES('bounce_critical',10.0);
INSERT INTO "health_limits" VALUES('bounce_warning',5.0);
INSERT INTO "health_limits" VALUES('complaint_critical',0.5);
INSERT INTO "health_limits" VALUES('complaint_notice',0.1);
INSERT INTO "health_limits" VALUES('complaint_warning',0.3);
INSERT INTO "health_limits" VALUES('minimum_events',3.0);
INSERT INTO "health_limits" VALUES('minimum_sent',100.0);
INSERT INTO "health_limits" VALUES('window_days',30.0);
CREATE TABLE jobs (                      -- the last word on every job but the polls, for `bounced status`
    name TEXT PRIMARY KEY,
    ran_at TEXT NOT NULL,
    problem TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "jobs" VALUES('checkpoint','2026-11-29T07:36:31Z','');
CREATE TABLE latest_outcome_rows (       -- the latest day on which somebody bounced or complained
    identity INTEGER NOT NULL,           -- the text of an address or id, or -(the event)
    dimension INTEGER NOT NULL,
    name INTEGER NOT NULL,
    complaint INTEGER NOT NULL CHECK (complaint IN (0, 1)),
    day INTEGER NOT NULL,                -- since 1970
    PRIMARY KEY (identity, dimension, name, complaint)
) STRICT, WITHOUT ROWID;
INSERT INTO "latest_outcome_rows" VALUES(-19,17,28,1,20618);
INSERT INTO "latest_outcome_rows" VALUES(-18,17,18,0,20719);
INSERT INTO "latest_outcome_rows" VALUES(-17,17,18,0,20719);
INSERT INTO "latest_outcome_rows" VALUES(-16,17,18,0,20719);
INSERT INTO "latest_outcome_rows" VALUES(-13,17,18,0,20711);
INSERT INTO "latest_outcome_rows" VALUES(-12,17,18,0,20711);
INSERT INTO "latest_outcome_rows" VALUES(-11,17,18,0,20711);
INSERT INTO "latest_outcome_rows" VALUES(-3,17,18,0,20703);
INSERT INTO "latest_outcome_rows" VALUES(-2,17,18,0,20703);
INSERT INTO "latest_outcome_rows" VALUES(-1,17,18,0,20703);
INSERT INTO "latest_outcome_rows" VALUES(5,14,16,0,20718);
INSERT INTO "latest_outcome_rows" VALUES(5,17,18,0,20718);
INSERT INTO "latest_outcome_rows" VALUES(6,14,15,0,20703);
INSERT INTO "latest_outcome_rows" VALUES(6,17,18,0,20703);
INSERT INTO "latest_outcome_rows" VALUES(7,14,16,0,20708);
INSERT INTO "latest_outcome_rows" VALUES(7,17,18,0,20708);
INSERT INTO "latest_outcome_rows" VALUES(21,14,15,1,20621);
INSERT INTO "latest_outcome_rows" VALUES(21,17,28,1,20621);
INSERT INTO "latest_outcome_rows" VALUES(22,14,16,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(22,17,18,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(23,14,16,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(23,17,18,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(25,14,15,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(25,17,18,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(26,14,27,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(26,17,18,0,20779);
CREATE TABLE message_kinds (             -- what many messages have in common
    id INTEGER PRIMARY KEY,
    mailbox TEXT NOT NULL,               -- where it was seen first
    kind TEXT NOT NULL CHECK (kind IN ('bounce', 'complaint', 'auto-reply', 'delivered', 'other', 'unreadable')),
    decoder TEXT NOT NULL,
    subject TEXT NOT NULL,
    problem TEXT NOT NULL
) STRICT;
INSERT INTO "message_kinds" VALUES(1,'file:/mails/story/bounces','bounce','dsn','Undelivered Mail Returned to Sender','');
INSERT INTO "message_kinds" VALUES(2,'file:/mails/story/bounces','bounce','qmail','failure notice','');
INSERT INTO "message_kinds" VALUES(3,'file:/mails/story/bounces','bounce','dsn','Undeliverable: Autumn letter 1: apples','');
INSERT INTO "message_kinds" VALUES(4,'file:/mails/story/bounces','bounce','failed-recipients','Mail delivery failed: returning message to sender','');
INSERT INTO "message_kinds" VALUES(5,'file:/mails/story/bounces','bounce','dsn','Delayed Mail (still being retried)','');
INSERT INTO "message_kinds" VALUES(6,'file:/mails/story/bounces','bounce','dsn','Undeliverable: Autumn letter 2: pears','');
INSERT INTO "message_kinds" VALUES(7,'file:/mails/story/bounces','auto-reply','auto-reply','Automatic reply: Autumn letter 2: pears (second try)','');
INSERT INTO "message_kinds" VALUES(8,'file:/mails/story/bounces','bounce','dsn','Undeliverable: Autumn letter 3: quinces','');
INSERT INTO "message_kinds" VALUES(9,'file:/mails/story/bounces','other','','Free delivery for every rose: our returns policy got better','');
INSERT INTO "message_kinds" VALUES(10,'file:/mails/story/bounces','bounce','unnamed','Undelivered Mail Returned to Sender','');
INSERT INTO "message_kinds" VALUES(11,'file:/mails/arf/aol-redacted.eml','complaint','arf','Email Feedback Report for IP 192.0.2.200','');
INSERT INTO "message_kinds" VALUES(12,'file:/mails/arf/auth-failure.eml','complaint','arf','Report domain: example.org; failure','');
INSERT INTO "message_kinds" VALUES(13,'file:/mails/arf/complaint-about-message.eml','complaint','arf','complaint about message from 192.0.2.200','');
INSERT INTO "message_kinds" VALUES(14,'file:/mails/arf/dkim.eml','complaint','arf','FW: Summer catalogue','');
INSERT INTO "message_kinds" VALUES(15,'file:/mails/postfix/address-moved.eml','bounce','dsn','Undelivered Mail Returned to Sender','');
INSERT INTO "message_kinds" VALUES(16,'file:/mails/postfix/block-list.eml','bounce','dsn','Undelivered Mail Returned to Sender','');
INSERT INTO "message_kinds" VALUES(17,'file:/mails/postfix/delay-cleared-delayed.eml','bounce','dsn','Delayed Mail (still being retried)','');
INSERT INTO "message_kinds" VALUES(18,'file:/mails/postfix/delay-cleared.eml','delivered','dsn','Successful Mail Delivery Report','');
INSERT INTO "message_kinds" VALUES(19,'file:/mails/postfix/dmarc.eml','bounce','dsn','Undelivered Mail Returned to Sender','');
INSERT INTO "message_kinds" VALUES(20,'file:/mails/postfix/domain-unknown.eml','bounce','dsn','Undelivered Mail Returned to Sender','');
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
INSERT INTO "message_rows" VALUES(1,X'E3FF4EC9A82B17E8624E0524461E5166',1788761645,1795937713,1,'01-anna-unknown.eml',2915,0,0,0);
INSERT INTO "message_rows" VALUES(2,X'B6DA3E6A9AD1260628F747B394CE6945',1788762104,1795937713,1,'02-gus-blocked.eml',3019,0,0,0);
INSERT INTO "message_rows" VALUES(3,X'F7B02DBBDEB69ABCD7B96ACCAE133493',1788763211,1795937713,2,'03-dora-unknown.eml',1655,0,0,0);
INSERT INTO "message_rows" VALUES(4,X'4764C451569EECF35622807BFC9F9362',1788766200,1795937713,3,'04-ben-mailbox-full.eml',3621,1,0,0);
INSERT INTO "message_rows" VALUES(5,X'CF263117A07E572B34E59EA4F50D4DAC',1788768139,1795937713,4,'05-cara-unknown.eml',1847,1,0,0);
INSERT INTO "message_rows" VALUES(6,X'6A659DDFD4FDED315EF6C08905D80896',1788769540,1795937713,4,'06-cara-unknown.eml',1857,1,0,0);
INSERT INTO "message_rows" VALUES(7,X'97B37016B29F0C715C893B105562F60E',1788771063,1795937713,4,'07-cara-unknown.eml',1869,1,0,0);
INSERT INTO "message_rows" VALUES(8,X'E32D37DC313CAA95D8A70EFCCE2CED45',1788777062,1795937713,5,'08-hana-delayed.eml',2921,1,0,0);
INSERT INTO "message_rows" VALUES(9,X'11D6F2D901A97DA3059402FDA734FCF7',1789194830,1795937713,1,'09-hana-expired.eml',2752,1,0,0);
INSERT INTO "message_rows" VALUES(10,X'811069050428506DAB36EC5ED465B627',1789371000,1795937713,6,'10-ben-mailbox-full.eml',3606,1,0,0);
INSERT INTO "message_rows" VALUES(11,X'93F485631BF8A3D090DC8C00900D8286',1789452927,1795937713,4,'11-anna-unknown.eml',1984,0,0,0);
INSERT INTO "message_rows" VALUES(12,X'E3FB8C2AD9E122E562A5C4966472D727',1789453336,1795937713,1,'12-gus-blocked.eml',3005,0,0,0);
INSERT INTO "message_rows" VALUES(13,X'06B0CAB27FA104DE5F567ABEE4A277AB',1789454411,1795937713,2,'13-dora-unknown.eml',1641,0,0,0);
INSERT INTO "message_rows" VALUES(14,X'B3898B6B37A47F9187D9E01452F82A12',1789798800,1795937713,7,'16-dora-vacation.eml',949,0,0,0);
INSERT INTO "message_rows" VALUES(15,X'0E9411566A67888EECC8E40324CB4328',1790062200,1795937713,8,'17-ben-mailbox-full.eml',3613,1,0,0);
INSERT INTO "message_rows" VALUES(16,X'44F21E456573BA1405A8067D44400CE3',1790144208,1795937713,1,'18-anna-unknown.eml',2906,0,0,0);
INSERT INTO "message_rows" VALUES(17,X'1A96D9C8DF7A79B30BA1C26A7435BD7D',1790144582,1795937713,1,'19-gus-blocked.eml',3010,0,0,0);
INSERT INTO "message_rows" VALUES(18,X'ADE83762C101D20E9DA3DA2074048CE0',1790145611,1795937713,2,'20-dora-unknown.eml',1646,0,0,0);
INSERT INTO "message_rows" VALUES(19,X'6F7F889D0637CDD7E9B44D920F74057A',1790261109,1795937713,9,'21-garden-newsletter.eml',1493,0,0,0);
INSERT INTO "message_rows" VALUES(20,X'BE3AF7C0AD2167D4A5F3B4324A423A58',1790298775,1795937713,10,'22-garbled.eml',1180,0,0,0);
INSERT INTO "message_rows" VALUES(21,X'0F249323A686F6BAD7F43521CAE30293',1781431987,1795937735,11,'aol-redacted.eml',1342,0,0,0);
INSERT INTO "message_rows" VALUES(22,X'77EC3EDBCB2E3D638B3F7CCF2D40AEA1',1781431987,1795937736,12,'auth-failure.eml',1478,1,0,0);
INSERT INTO "message_rows" VALUES(23,X'34BB5E3D0D3B2622118794FD85F459C1',1781691367,1795937736,13,'complaint-about-message.eml',923,1,0,0);
INSERT INTO "message_rows" VALUES(24,X'D79E008E7BA4B7F5C98F5322D6DAC3C9',1781431987,1795937736,14,'dkim.eml',1291,1,0,0);
INSERT INTO "message_rows" VALUES(25,X'9DD93E3DA1AF3310420B834D5B81468F',1795311745,1795937736,15,'address-moved.eml',2806,1,0,0);
INSERT INTO "message_rows" VALUES(26,X'1F0DBAD6FDA12841688ACFC72B92D748',1795311745,1795937736,16,'block-list.eml',2938,1,0,0);
INSERT INTO "message_rows" VALUES(27,X'5C0B07EAC499762FBE65558C333ECA5A',1795311746,1795937736,17,'delay-cleared-delayed.eml',3021,0,0,0);
INSERT INTO "message_rows" VALUES(28,X'879A00BA004F9CBFB7E4508FAB453791',1795311749,1795937737,18,'delay-cleared.eml',2938,0,0,0);
INSERT INTO "message_rows" VALUES(29,X'198DE7E89C1C1205CA947B8F89C5D008',1795311745,1795937737,19,'dmarc.eml',2872,1,0,0);
INSERT INTO "message_rows" VALUES(30,X'F87B0D560B8ABFBB9650B09A8F75B340',1795311746,1795937737,20,'domain-unknown.eml',2795,1,0,0);
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
INSERT INTO "meta" VALUES('rekeyed','');
INSERT INTO "meta" VALUES('policy','d01d46443176568e802df1595af8fdd43ff2eb5554c57e44528d3344c242870c');
INSERT INTO "meta" VALUES('tables','{"digest": "1 7ca3ea223c84635460d7bebea12e30c9848abccca7648adfee42cc1785633e7a", "tables": "2026-11-29, version 7", "after": 0, "judged": 0, "changed": 0, "kept": 0, "suppressed": 0, "released": 0, "finished_at": "2026-11-29T07:35:07Z"}');
INSERT INTO "meta" VALUES('expiry_told_until','2026-11-29T07:36:16Z');
CREATE TABLE named_rows (                -- which addresses these are
    crowd INTEGER NOT NULL,
    address INTEGER NOT NULL,
    PRIMARY KEY (crowd, address)
) STRICT, WITHOUT ROWID;
INSERT INTO "named_rows" VALUES(1,5);
INSERT INTO "named_rows" VALUES(2,6);
INSERT INTO "named_rows" VALUES(3,6);
INSERT INTO "named_rows" VALUES(4,6);
INSERT INTO "named_rows" VALUES(5,7);
INSERT INTO "named_rows" VALUES(6,5);
INSERT INTO "named_rows" VALUES(7,5);
INSERT INTO "named_rows" VALUES(8,22);
INSERT INTO "named_rows" VALUES(9,23);
INSERT INTO "named_rows" VALUES(10,25);
INSERT INTO "named_rows" VALUES(11,26);
CREATE TABLE numbers (
    number TEXT PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES message_rows (id)
) WITHOUT ROWID;
CREATE TABLE original_messages (         -- what an event is about, each once for a transaction
    id INTEGER PRIMARY KEY,
    original_message_id TEXT NOT NULL,
    proved TEXT NOT NULL,
    recipient_id TEXT NOT NULL,
    headers INTEGER NOT NULL             -- a passage: JSON
) STRICT;
INSERT INTO "original_messages" VALUES(1,'autumn-1.anna@sender.test','','',0);
INSERT INTO "original_messages" VALUES(2,'autumn-1.gus@sender.test','','',0);
INSERT INTO "original_messages" VALUES(3,'autumn-1.dora@sender.test','','',0);
INSERT INTO "original_messages" VALUES(4,'autumn-1.ben@sender.test','','',0);
INSERT INTO "original_messages" VALUES(5,'autumn-1.cara@sender.test','','',0);
INSERT INTO "original_messages" VALUES(6,'autumn-1b.cara@sender.test','','',0);
INSERT INTO "original_messages" VALUES(7,'autumn-1c.cara@sender.test','','',0);
INSERT INTO "original_messages" VALUES(8,'autumn-1.hana@sender.test','','',0);
INSERT INTO "original_messages" VALUES(9,'autumn-2.ben@sender.test','','',0);
INSERT INTO "original_messages" VALUES(10,'autumn-2.anna@sender.test','','',0);
INSERT INTO "original_messages" VALUES(11,'autumn-2.gus@sender.test','','',0);
INSERT INTO "original_messages" VALUES(12,'autumn-2.dora@sender.test','','',0);
INSERT INTO "original_messages" VALUES(13,'','','',0);
INSERT INTO "original_messages" VALUES(14,'autumn-3.ben@sender.test','','',0);
INSERT INTO "original_messages" VALUES(15,'autumn-3.anna@sender.test','','',0);
INSERT INTO "original_messages" VALUES(16,'autumn-3.gus@sender.test','','',0);
INSERT INTO "original_messages" VALUES(17,'autumn-3.dora@sender.test','','',0);
INSERT INTO "original_messages" VALUES(18,'catalogue-132@example.org','','',0);
INSERT INTO "original_messages" VALUES(19,'catalogue-130@example.org','','',0);
INSERT INTO "original_messages" VALUES(20,'catalogue-24@example.org','','',0);
INSERT INTO "original_messages" VALUES(21,'catalogue-124@example.org','','',0);
INSERT INTO "original_messages" VALUES(22,'address-moved.2026-autumn-1@sender.test','','',0);
INSERT INTO "original_messages" VALUES(23,'block-list.2026-autumn-1@sender.test','','',0);
INSERT INTO "original_messages" VALUES(24,'delay-cleared.2026-autumn-1@sender.test','','',0);
INSERT INTO "original_messages" VALUES(25,'delay-cleared.2026-autumn-1@sender.test','','',0);
INSERT INTO "original_messages" VALUES(26,'dmarc.2026-autumn-1@sender.test','','',0);
INSERT INTO "original_messages" VALUES(27,'domain-unknown.2026-autumn-1@sender.test','','',0);
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- in the order of the commits, and never given again
    written_at TEXT NOT NULL,
    type TEXT NOT NULL,                    -- as bounced.ledger.outbox.ChangeType
    address TEXT NOT NULL,
    data TEXT NOT NULL                     -- JSON: the other columns of the view, but those that are empty
) STRICT;
INSERT INTO "outbox" VALUES(1,'2026-11-29T07:35:36Z','suppression.added','member@example.com','{"scope":"marketing","cause":"complaint","reason":"abuse","since":"2026-06-17T10:16:07Z"}');
INSERT INTO "outbox" VALUES(2,'2026-11-29T07:35:36Z','complaint.received','member@example.com','{"reason":"abuse","happened_at":"2026-06-17T10:16:07Z"}');
INSERT INTO "outbox" VALUES(3,'2026-11-29T07:35:51Z','suppression.added','carl@example.net','{"scope":"all","cause":"manual","reason":"manual","since":"2026-11-29T07:35:51Z","detail":"by phone"}');
INSERT INTO "outbox" VALUES(4,'2026-11-29T07:36:05Z','suppression.added','fay@xn--fa-hia.example','{"scope":"all","cause":"manual","reason":"manual","since":"2026-11-29T07:36:05Z"}');
CREATE TABLE outcomes (                  -- bounces and complaints of each day; derived from events by bounced.rates
    dimension TEXT NOT NULL,
    name TEXT NOT NULL,
    day TEXT NOT NULL,
    bounces INTEGER NOT NULL,
    complaints INTEGER NOT NULL,
    PRIMARY KEY (dimension, name, day)
) STRICT, WITHOUT ROWID;
INSERT INTO "outcomes" VALUES('provider','example.com','2026-06-17',0,1);
INSERT INTO "outcomes" VALUES('provider','example.com','2026-09-07',1,0);
INSERT INTO "outcomes" VALUES('provider','example.com','2026-11-22',1,0);
INSERT INTO "outcomes" VALUES('provider','example.net','2026-09-12',1,0);
INSERT INTO "outcomes" VALUES('provider','example.net','2026-09-22',1,0);
INSERT INTO "outcomes" VALUES('provider','example.net','2026-11-22',2,0);
INSERT INTO "outcomes" VALUES('provider','nodomain.test','2026-11-22',1,0);
INSERT INTO "outcomes" VALUES('sending_domain','example.org','2026-06-14',0,1);
INSERT INTO "outcomes" VALUES('sending_domain','example.org','2026-06-17',0,1);
INSERT INTO "outcomes" VALUES('sending_domain','sender.test','2026-09-07',4,0);
INSERT INTO "outcomes" VALUES('sending_domain','sender.test','2026-09-12',1,0);
INSERT INTO "outcomes" VALUES('sending_domain','sender.test','2026-09-15',3,0);
INSERT INTO "outcomes" VALUES('sending_domain','sender.test','2026-09-22',1,0);
INSERT INTO "outcomes" VALUES('sending_domain','sender.test','2026-09-23',3,0);
INSERT INTO "outcomes" VALUES('sending_domain','sender.test','2026-11-22',4,0);
CREATE TABLE passages (                  -- that do not, each once for a transaction; 0 is ''
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL
, digest INTEGER) STRICT;
INSERT INTO "passages" VALUES(0,'',NULL);
INSERT INTO "passages" VALUES(1,'550 5.1.1 <anna@example.org>: Recipient address rejected: User unknown in virtual mailbox table',216694195891561);
INSERT INTO "passages" VALUES(2,'554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using dnsbl.example; Listed since today, see https://dnsbl.example/query/192.0.2.10',261879286056812);
INSERT INTO "passages" VALUES(3,'Sorry, no mailbox here by that name. (#5.1.1)',230568639431630);
INSERT INTO "passages" VALUES(4,'554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded; Failed to process message due to a permanent exception with message Cannot open mailbox.',14440509915577);
INSERT INTO "passages" VALUES(5,'Unknown user',43928527943392);
INSERT INTO "passages" VALUES(6,'connect to mx.example.net[198.51.100.2]:25: Connection timed out',85465756316343);
INSERT INTO "passages" VALUES(7,'SMTP error from remote mail server after RCPT TO:<anna@example.org>: host mailstore.example.org [198.51.100.12]: 550 5.1.1 <anna@example.org> User unknown',35204305404937);
INSERT INTO "passages" VALUES(8,'551 5.1.6 User not local; please try <new.address@example.com>',267735847110022);
INSERT INTO "passages" VALUES(9,'554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using dnsbl.example; https://dnsbl.example/query/ip/192.0.2.10',260066276808724);
INSERT INTO "passages" VALUES(10,'450 4.3.2 System not accepting network messages right now',149889898721813);
INSERT INTO "passages" VALUES(11,'250 2.0.0 Ok: queued as 4F2A9C',33145950892265);
INSERT INTO "passages" VALUES(12,'550 5.7.26 Unauthenticated email from sender.test is not accepted due to the domain''s DMARC policy.',157381826567796);
INSERT INTO "passages" VALUES(13,'Host or domain name not found. Name service error for name=nodomain.test type=A: Host not found',211965718526714);
CREATE TABLE place_rows (                -- every UID that was examined, and what became of it
    mailbox INTEGER NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    message INTEGER REFERENCES message_rows (id),  -- NULL when it vanished before it could be read
    outcome INTEGER NOT NULL,
    settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
    PRIMARY KEY (mailbox, uidvalidity, uid)
) STRICT, WITHOUT ROWID;
CREATE TABLE polls (                     -- the last word on every mailbox, for `bounced status`
    mailbox TEXT PRIMARY KEY,
    polled_at TEXT,                      -- the last poll that went through
    failing_since TEXT,                  -- NULL while polls go through
    last_uid INTEGER NOT NULL,           -- the highest UID that the server has given out
    problem TEXT NOT NULL
, next_try TEXT) STRICT;
CREATE TABLE proved_kinds (              -- kinds that count only for campaigns that the sender's own marks name
    kind TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE recent (                    -- events that `bounced status` may count, until housekeeping
    kind TEXT NOT NULL CHECK (kind IN ('blocked', 'held')),
    happened_at INTEGER NOT NULL,
    event INTEGER NOT NULL,
    PRIMARY KEY (kind, happened_at, event)
) STRICT, WITHOUT ROWID;
INSERT INTO "recent" VALUES('blocked',1788762104,2);
INSERT INTO "recent" VALUES('blocked',1789453336,12);
INSERT INTO "recent" VALUES('blocked',1790144582,17);
INSERT INTO "recent" VALUES('blocked',1795311745,24);
INSERT INTO "recent" VALUES('blocked',1795311745,27);
CREATE TABLE recipients (                -- written by the sender: who is behind an id
    id TEXT PRIMARY KEY CHECK (id <> ''),
    address TEXT NOT NULL CHECK (
        address = lower(address) AND address LIKE '_%@_%' AND address NOT GLOB '* *'
        AND substr(address, instr(address, '@')) NOT GLOB '*[^!-~]*'  -- A-labels
    )
) STRICT, WITHOUT ROWID;
CREATE TABLE reclassified (              -- events that were judged differently since, and how they were recorded
    event INTEGER PRIMARY KEY REFERENCES event_rows (id),
    verdict INTEGER NOT NULL,            -- the recorded one
    judged_at TEXT NOT NULL
) STRICT;
CREATE TABLE routes (                    -- how a report came, and from where
    id INTEGER PRIMARY KEY,
    reporting_mta TEXT NOT NULL,
    remote_mta TEXT NOT NULL,
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    sending_domain TEXT NOT NULL
) STRICT;
INSERT INTO "routes" VALUES(1,'mx.sender.test','mx.example.org','','','sender.test');
INSERT INTO "routes" VALUES(2,'','','198.51.100.9','','sender.test');
INSERT INTO "routes" VALUES(3,'EX01.example.net','','198.51.100.22','','sender.test');
INSERT INTO "routes" VALUES(4,'','','203.0.113.3','','sender.test');
INSERT INTO "routes" VALUES(5,'mx.sender.test','','','','sender.test');
INSERT INTO "routes" VALUES(6,'','','198.51.100.1','','sender.test');
INSERT INTO "routes" VALUES(7,'','','198.51.100.9','','');
INSERT INTO "routes" VALUES(8,'','','192.0.2.13','','example.org');
INSERT INTO "routes" VALUES(9,'','','192.0.2.16','','example.org');
INSERT INTO "routes" VALUES(10,'mx.sender.test','mx.example.net','','','sender.test');
INSERT INTO "routes" VALUES(11,'mx.sender.test','mx.example.com','','','sender.test');
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
INSERT INTO "sends" VALUES('1@sender.test','anna@example.org','autumn','news','','2026-09-01T12:00:00Z');
INSERT INTO "sends" VALUES('2@sender.test','ben@example.net','autumn','news','','2026-09-02T12:00:00Z');
CREATE TABLE sinks (
    name TEXT PRIMARY KEY,
    configured INTEGER NOT NULL,         -- 0: it is not in the configuration, and nothing waits for it
    position INTEGER NOT NULL,           -- it has every change up to this one
    delivered_at TEXT,                   -- when it last took one
    failing_since TEXT,                  -- NULL: it does not
    problem TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE TABLE source_days (               -- events without proof that a source brought in a day
    source TEXT NOT NULL,
    day TEXT NOT NULL,
    trust TEXT NOT NULL,
    stored INTEGER NOT NULL,             -- of unverified ones only
    not_stored INTEGER NOT NULL,
    PRIMARY KEY (source, day, trust)
) STRICT, WITHOUT ROWID;
CREATE TABLE stale (                     -- events to be counted in the rates; removed: perhaps no longer
    event INTEGER PRIMARY KEY,
    removed INTEGER NOT NULL CHECK (removed IN (0, 1))
) STRICT;
CREATE TABLE states (                    -- what the history of an address comes to, so that nobody reads all of it
    address TEXT PRIMARY KEY,
    kept BLOB NOT NULL                   -- see bounced.ledger.states
) STRICT, WITHOUT ROWID;
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
    detail TEXT NOT NULL, address_unicode TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (address, scope, cause)
) STRICT, WITHOUT ROWID;
INSERT INTO "suppressions" VALUES('carl@example.net','all','manual','manual','','2026-11-29T07:35:51Z',NULL,0,NULL,NULL,'by phone','carl@example.net');
INSERT INTO "suppressions" VALUES('fay@xn--fa-hia.example','all','manual','manual','','2026-11-29T07:36:05Z',NULL,0,NULL,NULL,'','fay@faß.example');
INSERT INTO "suppressions" VALUES('member@example.com','marketing','complaint','abuse','','2026-06-17T10:16:07Z',NULL,0,NULL,NULL,'','member@example.com');
CREATE TABLE texts (                     -- that repeat from message to message; 0 is ''
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO "texts" VALUES(0,'');
INSERT INTO "texts" VALUES(1,'autumn-1.anna@sender.test');
INSERT INTO "texts" VALUES(2,'vanished');
INSERT INTO "texts" VALUES(3,'autumn-1.gus@sender.test');
INSERT INTO "texts" VALUES(4,'autumn-1.dora@sender.test');
INSERT INTO "texts" VALUES(5,'ben@example.net');
INSERT INTO "texts" VALUES(6,'cara@example.com');
INSERT INTO "texts" VALUES(7,'hana@example.net');
INSERT INTO "texts" VALUES(8,'autumn-2.anna@sender.test');
INSERT INTO "texts" VALUES(9,'autumn-2.gus@sender.test');
INSERT INTO "texts" VALUES(10,'autumn-2.dora@sender.test');
INSERT INTO "texts" VALUES(11,'autumn-3.anna@sender.test');
INSERT INTO "texts" VALUES(12,'autumn-3.gus@sender.test');
INSERT INTO "texts" VALUES(13,'autumn-3.dora@sender.test');
INSERT INTO "texts" VALUES(14,'provider');
INSERT INTO "texts" VALUES(15,'example.com');
INSERT INTO "texts" VALUES(16,'example.net');
INSERT INTO "texts" VALUES(17,'sending_domain');
INSERT INTO "texts" VALUES(18,'sender.test');
INSERT INTO "texts" VALUES(19,'catalogue-132@example.org');
INSERT INTO "texts" VALUES(20,'user@example.com');
INSERT INTO "texts" VALUES(21,'member@example.com');
INSERT INTO "texts" VALUES(22,'moved@example.net');
INSERT INTO "texts" VALUES(23,'listed@example.net');
INSERT INTO "texts" VALUES(24,'delay-cleared.2026-autumn-1@sender.test');
INSERT INTO "texts" VALUES(25,'dmarc@example.com');
INSERT INTO "texts" VALUES(26,'reader@nodomain.test');
INSERT INTO "texts" VALUES(27,'nodomain.test');
INSERT INTO "texts" VALUES(28,'example.org');
CREATE TABLE totals (                    -- how many rows there are: what would take long to count
    name TEXT PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "totals" VALUES('attributed',0);
INSERT INTO "totals" VALUES('events_gone',0);
INSERT INTO "totals" VALUES('held',0);
INSERT INTO "totals" VALUES('messages_gone',0);
INSERT INTO "totals" VALUES('suppressed',3);
INSERT INTO "totals" VALUES('suppressions',3);
INSERT INTO "totals" VALUES('unnamed',13);
INSERT INTO "totals" VALUES('unrecognized',15);
CREATE TABLE trials (                    -- what is tried and might take a process down: a mail, a UID
    what TEXT PRIMARY KEY,
    tries INTEGER NOT NULL,
    noted_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE unicode_addresses (         -- addresses of events that have U-labels
    address TEXT PRIMARY KEY,
    address_unicode TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE unjudged (                  -- new events that are not in the suppressions yet
    address TEXT NOT NULL,
    event INTEGER NOT NULL,              -- 0: judge the whole history; -1: the rest of it
    PRIMARY KEY (address, event)
) STRICT, WITHOUT ROWID;
CREATE TABLE unnamed (                   -- events that name nobody, and what sends or recipients may name them by
    event INTEGER PRIMARY KEY REFERENCES event_rows (id),
    original_message_id INTEGER NOT NULL,
    recipient_id INTEGER NOT NULL
) STRICT;
INSERT INTO "unnamed" VALUES(1,1,0);
INSERT INTO "unnamed" VALUES(2,3,0);
INSERT INTO "unnamed" VALUES(3,4,0);
INSERT INTO "unnamed" VALUES(11,8,0);
INSERT INTO "unnamed" VALUES(12,9,0);
INSERT INTO "unnamed" VALUES(13,10,0);
INSERT INTO "unnamed" VALUES(16,11,0);
INSERT INTO "unnamed" VALUES(17,12,0);
INSERT INTO "unnamed" VALUES(18,13,0);
INSERT INTO "unnamed" VALUES(19,19,0);
INSERT INTO "unnamed" VALUES(25,24,0);
INSERT INTO "unnamed" VALUES(26,24,0);
CREATE TABLE "unrecognized" (                    -- what was not understood, kept for a person until housekeeping takes it
    message INTEGER PRIMARY KEY REFERENCES message_rows (id),
    content BLOB NOT NULL                -- zlib
) STRICT;
INSERT INTO "unrecognized" VALUES(1,X'789CA5566D4FE33810FE8C7FC568BF2CE8489A04DA86B4204A5F4E4874E1DA72BAD3693FB889DBFA36B123DB01FAEF6F9C94BEC2826E11525B7B3C7EE69967663C62A650C279A0661141FB8AFCE5DC2B3EE782A6CE44463095858899BED64C244CB98669437A2CE54F4CB1E45D8B118B199A24B8BB84ECC5DDDA83E307A9CD8CBF9C90239EC0A03BB8083BFD1B3FF05B3094E214A009639643E0050DF0C2C83F8FBC3AFCE6059E07C7DDFE7872427AD4B0E8B3C603253334A63C8515EE258C97DAB00CDAC3CEED5D7FE4F43AFDE1FDB7EB5D9C57645C4CFF65B189E011175711578E462567F8CB48BCDE1E21EF31D1298C74D053C68DB17C50FB5BB13CE52C21C3DB61DFF99329CDA588C0773DD295C230619CC932C710B322353CA7CAD4F08454A605D5A76370FB72056AE968434DA15BE4C80248A85A5E7EB96934CE9A8DA03B689EBB7E330C9B0DBF715EAFED86F865739DA242CF9872FA22960917F308C2293764C8B4A673E6DC22F2B625D9BBF09A5EC33FF7EAEE56E60EA8239305D780FF14CA18998869AE8B1413974056397509719C4FE15CC3EC311D2B9E9B92AE6FD2F0198FA9FDB5C79B612FA696A7948B16C40BAA343397859939E18701AF819B0583CCE65A575AA10616A8DB3D31630CB75F33D052A1AA500C0BFAC4EC271733A93258CA021DE151FCA25EE38658166902421A3265B051161E9382814443A918663AE63947ACDA855BF315A93486C60B349CB2543EE3CD03349D150A912AA05A739401CAEF14F29451CDC0C2AC4240CF3962CF2846A22CE459892C91087C6DCE459C1609A2B704E44A4E538CBA929B0B7FA3794C0541B4CCB02A1CF92C4AA261861556F2B546A85EEB63936A38FC9BEC524C489B0A41AFD90BCD10932BD5FC2A5A93BEB5FA8F7F11BA75DFF53DCFF5BF83A61CD559AF7B507771B1BCE92D4FA35742812689426008D3D6B7ADCA478D1C16E287B04171014F5C9982A6A52F0B712A5FC050A4048E71D7966F99EE51F76102937BCC689651919CFCA2A2D7FDA9A27DBF19545CD6F6CA9E60B3B5D6A8616738E9449008DDDA932936F555D375FE285881F5DC8B0041F6C2CE59FDA2E76DED57ED2C02358BC32068BDDDD394E24F381F7ED287CFA2B3BD3E4C06E54C59676173C57EAEC87A001D1A1FD876E28ABB1966093BEAB8E4245A4961C43269D82E2DDB877B9CCE0506CE63A72B138C4567266F6DB4F4391D952AF9504BBB3AFA45A5EC4CA44A17EFA8A5E2EDE3BE37DA7906BC91F5ABADA15E56BC60CF7A77B01FAC60A506AEE7066EE07DC771FF93B7003C73B380FE78387918033E0B3A417016F6C2F3C6C50D39C25EFA4626DE792E1C2AAF7A01E0202E3201770CE7B0D2D0B66077E3B323FCF09ACD3360E5212D3D808FB33C4723BDFD1CF1DE05B319A53D7B4BE9CAF1DDF2BA1D1477D8C7CB79BB0FB83AE31E1A3F0A5D4CAD38A608A3BD3026D751ADB66557C30EFFC46A71DDF3C299E7D59BCDAB53685B3D1A19957B6F40D8F25A368708F6972FEF0573BA298F7F60FFE8226394CF45199F8DDF798D1137B7EAF8A0803F7A03FDAF59DE2C35FDBB94891DA602D7A083179F1252CEA9326F40ED94E53973A12B335CC571996330769465388A618CAD442574E9DA5701DBCBC7A70BD871C87F49D8C0F3');
INSERT INTO "unrecognized" VALUES(2,X'789CA5565B6FE238147E6E7EC5D1BC4CAB6D4292424903ADCA7019552AD32E30AB5DADFA601203DE49ECACEDD0F2EFF73829B7D04ED10E4282C4C7C7DFF9FC9DCB88EA5C72FB91E84508ED1BEB4FFB41B239E324B1272284A9C87944D5ADA23CA6D2D15469AB4713B6A492C6EF5A8C6844D124C6D515A42FCECE1A9C3E0AA567ECE5CC3A6131F8F546AFD9E8D5FBAEDB82A1E0E7004D18D30C7CD7BF0437087D2FACD7E137D7775D38EDF6C79333AB47340D8F351E4891A2316109BCE25EC178A5344DA13DECDCDDF74776AFD31F3E7CBBDDC779638DF3E93F34D2217CC797AF11978E460567F8A4051E6FB658EF31D1C9B5B0D153CAB4367C10F32C6996301A5BC3BB61DFFE834AC5040FC1735CAB2BB8A65CDB93558621A679A25946A4AEE10E21750BCA5F5BE3F2F52BA895AD34D1B96A592706404CE4EAFAD395EB057DBFD1EDFAAEE33583A079E97B6EBDB61FE2A7ED71927035A3D2EEF348C48CCF4308A64C5B43AA149953FB0E91B70DC9EE95DB74D157BDEEECDCDC0175D664C114E097401123E511C9549EE0C5C590964E1DCBB2EDA3706E60F6A88A24CB7441D737A1D98C45C43C5578D3F445D7B28430DE826841A4A2FA3AD7333BF830E00D70BDA0909ABB56A556888605EAB622668CE1EE730A4A4854158A614196D4FC323E13328595C8D1116EC53F721D3744224F62E0425B530A5B65E136C12908341492E24D472C6388553970A73F23955A93688186539A88673C7980A6B35C2252094429863240F99D439650A22818986508E83943EC29C148A4813C2B90C502816FCC198F923C46F486804C8A698251977273E02F348F08B7102DD5B40C473CF38268986186157C6D10CA757E6CAF1A0E3F937D8A2DAB3DCFD52D7D21294272849CDF841BCE77DEFEED5D054EC3733C1725F3048A301467A3518786D3743CCC47B964112D0ECC3959E2010463694137316C961ED187EFB88E8F4E9E609A88E80782CD15EA0062AEA6C9FABC16DC23AD98A9C61B2E47E67663B23A4776292CB4CE5458ABED6DA9FD9B634ED6B607C029E386C8A450C8A8FB3829BC4D1E5008694A787CF68B89B0296BE56D556B487905B54AB5B0B0461B6B0CD91E4E3AA189BB555137F682D75A6DFF9ED31CCB400FABD4C00D2E075FFA5FAE2E76D6CB2A18829C4581EFB7DE2E8552B225B6959F966FAF52BEAD41D18A46EB6CD81E51118BB5695B87B655D34E5432374371E0E58E0B46C25240C84B2A34DD276577738F9139C7B0596477458C91A85467AD43051EA7BE420B4728F0407DC5C6E314F88BFADA6B7FA59ADED15849F7C74576B43773BCA1959B9D09A2282F9C3EABFD29E2E0CD8655DF7DC2D9E22783073C33BD80FE7838791C03CE20DDE0A237E80797DD8E6B9D60E1868342F4EE6852956B396D60D3CF530EF7147BBE54D03658F7C333E3C2C129DB89E3D5415238000FC7860C8DD4EEE4E3BE8B65DBB5315DDBA470657B8E396D0F831156D1D9AB70CB2DCEA1F177AEF2A951C61451B4D7E2DBB1AB612F59D29A8B25FA22B89A055E7C730E6D53E4B5088BB53720EC782DEA4908D5D7D70F9CDA9841D10F2C395D248CB0392FC233E1DBEB10717127F7AB49FFD1B0F5BF868666A1E7AF42C4A66B7393BE5F73756E59453F2C2E0D88E9E62CA30E74458A6FB12D67188A699929B67C1863F59198D68E993E68E5368ECE5DDBB6FE03675FDCF2');
INSERT INTO "unrecognized" VALUES(3,X'789C95545D6FE336107C3EFE8A05FA101B17D292F2215BF105496DA767206E82D8571428FA40496B9B8D44AA1415DBFFBE2BD987F34782E20C3F91CBD999DD19BDA0ABACE6CFD22D23E8DFB23FF993550BA565C6672682D8543AC1F2AE449DA2150E4BC78698A937B4987E58F1820952491AC1DC9A1CF27520702DF3224361EC025AC7077FF9BDAEB8F285EF79A2F7779B7D8A37F448EC4142EBD9946EAED66D5829B784D174327B9E824A21ECF62E46FE831F5E7AECD3DC58E8BFC3E8F60626469F038430C502022FB806AF1B5D7A91EFC3672FF03C680D46D3597B8F7AEBDF5CAA0C02DF0B4350FACDBC620A75832D7E7B07E9ED435EEF20B9473F36940EA3FFAD7AA01151D5FDF871F4C287F7A3C9D3EF774703621F0D7A5AC5FF60E268CE44B5B208DA3895209B6059CA05F2F19096EA87DD6E787D11F8BEA8C58846D7718B5BC6BE2A01B3A52A81FE6E89D0D4F1BA1D14D62CACCC41BAE3650A363EA3F3B995B48B31AC64A9CF1CC838437006D2AD5560632A0BF996547D5EC3CF4D969995D20B90696AE90E4BC1BEF79750A0CDA546ED00AD35F606C6676F080B82D3501502A6C6DA0D2807A94AEB962B635FC1544E30D64F8D9577FBE222D6949FD37CA056159B352CC9C24046734B52A5658E025ABF5C0972619B31CE39FC8AC48FAE894EA6346E6925A6D88099370A7682A8E3CB418ADE33E0712634AECA43839F9C502A02E1894004DE4F66C2BBBABA7F185D8EAEBB835D264E26F27E202E7A2781D8DAF3BE7255AEE1119D435B42BF267BA8AFB6E8699B1F0EDD21640D02F811C8828ACA0F437240E6D0D0B281E2BE68DA1DB07854A5E3E3F494F0F68D382DFEA6CB2A2E13AB62A2D15F3A579451A7B357D7C950BE6127F16410F49238B8086FCFA15FBBC899A8B97B87C21E2AAFB714C1F1F197278D7C90A9E495BEB9039A98540BDDE8ABF5F3EF1AE9929CA30A454988E078BE6C329E8CF81FA450191D812F3C3630DA512D9F6D0A12E470ED3A452695BE8164296D89EE4BE5E6BCFBA3CE4A5DCED1F2914E4C4A718C208C9563EC376352C88DD5754487D4F89CB1DAF5DBBD81A4F45855506A0626A7D3FA2B4162EA60E460344C254522951B4AC78C5E1DEE83FD073A401B54');
INSERT INTO "unrecognized" VALUES(11,X'789C95545D6FE238147D1EFF8AFB48B54D48422934C3A07681AE461AD4AA30AB9556F360921BF04E6223DB19E0DFEFB5A1944FAD364244B1AF8FCFB91FE70D6DAD65F0CAED22855E9FFD15BC6831179297C154A53053B5CCD03C1A9439EAD0A2B16C88A5F8851AF3AB116F982185E429145A5550AD435CF36A5962A8F41C1A27DF7FC70FDDB01D87711485F18F1BF669B671470E00A1F1AA8C2DC4FA0656C22E6034194F5F272072F8FDAEFB7CF7FCD07A6A0DD8A74269E85DE0D3FF0CD31A6F216EC304979044C93D44DD346EA749077E8B922882C6603499DE9C121FE24C7019E05A54B02575C8DB532955C64B688C5CC85DD88D883ED18A5777712B091E5A593B2E82E47ECBED02B54BCCEEF7CCE8A1823C735152B2899B580A94D6A4C0A5E48F075CD8536D5530A96795B0D6D1E7EE5BE3B21498B367D292C298606057BB0D4C36C662053DB78A3A1872AC947C3C56D867D70A4C37FD8399DD81E6EFA085679A82F64D25E41C2A3486CF11AC82ED7936DEAE045F29AE373A4DD4198321B798FE6792D87421CCFEB215379069A493B94F44C5ADA02A951B5FC423C6461576C535868C3D7D905D700B1B553BCA163255973948656186EF0709981429894065AD94A67701C21AA6F7450AC173A21F8725EA8A4B07865A2BEDB6100A55966AE592C4F35CD3D50D3437EF29640CCE8B0CF4B8CEDFA26C5B5453DD2C6E5519D4C40D7861E9FF6DF03A85E94BDA3B85E9A71E684113E58F194BFCAF0F64F22385763B8276480B708EE6C1BED3D550CB9F52AD2463817F0EF4676AB97119B2247B97E45B10322BEBDCEB2F4BBFB5404E1D4299DB02301AC74373BA34D9A7132B71658E9DE36C85D4256114266112FD4FB3895B83567BD819759268673667D9B8E23477674EB39D491ADBBA92F00D696AB5819E237BACCF4DE085A4EF077087507A044852EA35AECDD5B139E2F2318B437789470A92D0DF7644E29B30D60FEC29DFED99F03CF8BB34F5CC645ACC88466F61EDD2A4CDE6415CB344FE0B9BF12C6AC75927B98FE3FE2DF45C3F5A95FABD0B140E500357A4144E97BFBC480C06A5C87E92710E28615CCCA5D7E7F407EF1A69736FA717DC74FC753C0AFE248542C914E2306203252DC506D3CD9204595CDBE6B2E4427E866C41F946FBA5B645D0FD88D35C9A828C752433E59A3C85CE4C58C6FE502A778EE1DDF1892EBE65CCF5BE2F1B901381164BF40EB1A1FEA3C970CEB3E2C286CEE5F0A404EC5F42998C82');
INSERT INTO "unrecognized" VALUES(12,X'789CA5565B6FE238147E6E7EC5D1BC4CAB6D4292726BA055698051A532ED02B3DAD5AA0F2631E09DC4CEDA0E2DFF7E8F9372EF05ED2024487C7CFC9DCFDFB90CA9CE25B71F899E07D0BEB6FEB41F249B314E127B2C0298889C4754DD28CA632A1D4D95B6BA34610B2A69FCAEC59046144D625C5D42FAE26CADC1E9A3507ACA5ECEAC131643D80FEB5EFFA25FF53A2D18E7F41CBC1A8C6806BEEBD7C16D06BE1F7875F8CDF55D174EC3DE687C667589A6C1B1C67D29D200068425F08A7B09A3A5D23485F6A07377DF1BDADD4E6FF0F0FD6617E7B535CA27FFD04807F0035FBE465C3A1A169CE1931678BCD962BDC74427D7C2464F29D3DAF041CCB3A459C2686C0DEE063DFB0F2A15133C00CF71AD50704DB9B6C7CB0C434CF344B38C485DC11D42EA1694BFB6C6E5AB57504B5B69A273D5B24E0C8098C8E5D5975AEF36BCF46BDDFA6DE8788DE665B576717151AFEC86F865739C245C4DA9B47B3C1231E3B3009A13A6AD01558ACCA87D87C8DB8664F7D2ABB975DFF7EACED6CD1D50678DE74C017E091431521E914CE5095E5C0C69E9D4B12CDB3E0AE71A6697AA48B24C17747D179A4D5944CCD31E6F9ABEE84A9610C65B10CD8954545FE57A6A373F0D780D5CCF29A4E6AE55A915A2618EBADD1333C670F735052524AA0AC530270B6A7E199F0A99C252E4E808B7E21FB98A1B2291273170A1AD09858DB2709BE014041A0A49F1A6239631C4AA1CB8D35F914AAD493447C3094DC4339EDC47D3692E11A904A2144319A0FCCE214B2851140CCC3204F49C21F6946024D2409E16C86281C0D7E68C47491E237A434026C524C1A84BB939F0179A47845B88966A5A86239E7941344C31C30ABED608E52A3F36570D879FF12EC596D59EE5EA86BE9014213942CEAE8335E75B6FFFF62E9B4ECD733CD775BC275084A1386BB52AD49C86E3613ECA058B687160CEC9020F20184B0BC2C4B0597A441FBEE33A3E3A79824922A29F083657A80388B99A24ABF35A708FB462A61A6FB81C99DB8DC9F21CD9A530D73A5341A5B2B3A5F26F8E3959D91C00A78C1B22934221C3F0715C781B3FA010D294F0F8EC1713615DD6CADBDAAF21E51554F6AA858535DA5863C8F660DC094CDCAD3D75632F78ADD5F6EF39CDB10C7403A856DDFE6D33ECDE868DADF5B20A0620A751D3F75B6F974229D902DBCA07E5DB0BAA7BE5DBEA17AD68B8CA86CD117B62B1D66DEBD076DFB41395CC4D511C78B9A38291A01410F2920A4D7749D9DEDC6564C6316C16D9A188311295EAAC75A8C0E3D45768E108051EA8AFD8789C027F515F3BEDAF54D33B1A2BE9FEBCC80E77668E37B472BD354114E585D367B53B451CBC59B3EABB4F385B7C3078C033D373E88D06E3C711E00C526B34DD6EB5EE762E3DEB040B371C14A277469343B996D30636FD3CE5704FB1E74B056D8375373C332E1C9CB299385E1D248503F003C82876B18F069F0D944DD3C66C6D93C293ED3BE6B01D0846574563DF475B6E710E8D7F70954F8C302688A2BDD2DE965D055BC982567CAF1135A70DBF41ABD7E7D036355E8BA0587B03C296D7A29C04B0FFFAEA81531B1328FA89152744BE089BF1223C13BEBD0A1117B7527F3FE73F9BB5FED7CCD028E4FC4D88D8346D6EB2F75BAECE2DCBB4C3E2CE80985ECE32EA987EB744E92589E9FDF04C98191F4C13DCBD80A3B3D5B6ADFF001C9FD9E5');
INSERT INTO "unrecognized" VALUES(13,X'789C9554DB6EE336107D5E7EC500FB101B0D6949B16347F106B9D8DB1A883741EC16058A3E50D2C86623915A8A8AEDBFEF48CE627D0B8A0A7A1A0E67CE9939872FE82AABF9B374CB108637EC4FFE64D5426999F1B9092132958EB1BC2D51276885C3D2B11166EA0D2D261F66BC608C949284905A9343BE0E04AE655E64288C5D40EB30F0977F35103D5FF89E27AEFE6EB34FD1862E899D92D07A36A54BD5BA0D2BE596309E4DE7CF3350090CFADD7BFFEBB8EBF91EFB941A0BC313886EAE615EE139F83D98610181175C823708BB5EE8FBF08B17781EB41EC6B3797B077AEB7B2E550681EFF7FAA0F49B79C504EA06DBFAED53252FDF4B728F3E36920EC3FFCCFA4A230A617A37791CBFF0D1DD78FAF4EDF66040ECA341CFAAE81F8C1DCD99A05616411BA76264532C4BB9403E19D152FDFEE0AADBEB767D5F04BED7170DAFC316378CFDA604CC97AA04FADD12A1C9E3753B28AC595899837487CB146C7246F1D44ADAC50456B2D4670E6494213803C9562AB03195857C0BAA8ED7E553936566A5F4026492583AC352B01FFD25146873A9513B406B8DBD86C9D91BC282CA69A80A013363ED069483442575CB95B1AF602A27181B26C6CADB5D72216BD2CF693E50B38ACC1A96246120A1B925B1D2324701ADCF3D412A6C33C639877B247C744C7032A5710B2B36C5064CDA307827441D5FF65C744A80879ED0B82AF7057E14215704C2138108BCFFE989E0E2EED2BB1FFBBD8BFB774F1C4DE4B4212EAE8E0CB195E75DE5AA5CC3233A87B684610D769F5F2DD1E3363F15FA5E216B2A4010D282A52D3FF4C81E967D3DCBA6120F44D36D0FC4A32A1D9F24C778B777C471F2EFBAACA232B62A2218C3A5734519763A3B799D0CE51B767010258197F4BD28BD3987612D2267C2E6EC04849DAABC5E520887E12F4F1AF943A6E2577A721F6860522D74C3AFE6CF7F70A443128E2A14192184C3F1B2E9643AE67F1043657408BEF0D883D18E72F97C531021876BD72932A9F435C44B9A37BA2F954BF9E0679E95BA4CD1F2B18E4D426E0CA11F29C7D8AFC624901BAB6B878EA8F13963B5E89BB58124EF585560FD62E086F49765F5DB43FE57B5032978B002F62FA3E816DA');
INSERT INTO "unrecognized" VALUES(14,X'789C85524D6FDA40103D677FC51CB18A5DDB4DF870284A1488C2011501AA2A553DACED016FB177E97A8CE1D6FFD07FD85FD2B1695514258A0F2B7BF679E6BD376F895459ED2E2465118CC6E28BFBC9AAADD23277D72682D8543AC1F2AE449DA2F5084B1213CCD5012DA6AF2296982043D20836D614501C430F8FB2D8E7E819BB85CEF3C2D76038F06E022FF07D6FF8CD1157F1897FF22E5A4267614ADAA8A303B5A20CA6ABF97AB10295C2879BFBFEE37DBFDFEB4DC4D5C65818BDC0687C0B2B495D0886B0C23D847ED8037F10857EE4FBF0CE0FF9EC3C4C576BE7827AE74721550ED7D741004A1FCC0E53605E15CF649E7DE7A596BDBF2D5D9F1FF1C8E22398182B6194F27977A1792C5E336F55C5DF31A108EE2B3285249580C57D7E6A0B55A1214722B41046B047694BE89498189D02D993232692307A4BAC986359CA2DBAB3092FFD20139E62B4D720FD6130F45AB2CF96341633ED2E1B22EDDA47B225E386F1197D69369BB8E17C34CADE0036125D165C2896C49ECBE6BB51ABD8ECCE3F628E58585E4BDA7464CFAA7C27E6B3F9D4FD8CB6E4EB0802CF170F46136A72D7A73D83088FF47E9F4BA56F21C9D825A48F156DDCC17F9C95BA649AEE542726557A1BC1205624C413E6B9E90A31834C1E102468ACA18D42899673DF05C966CF4016206BC981D0C4779421B032309BF6B5E02919FCFEF98BA323CE05C6319DB2DB06D854D476A6DAD89DC7DD6A95E7BC6799C2C954168AF382A0CE509F67C532D979423469127F00C1BE36A6');
INSERT INTO "unrecognized" VALUES(16,X'789CA5565B4FEB38107EC6BF62745E0E68499AA657D282286D5921D103DB96BD68751EDCC46DBC27B1B3B603F4DFEF3829BD72D31E84D4D61E8FBFF9E69B198F99C99570EEA98903E85E903F9D3BC5175CD0C499CA0066321721D3979A898829D7306DC88025FC912916BD693166214393087797903EBB5B7B707C2FB599F3E71372C423A87B8DABB3EBB356BBD7EFC01F2C3A05BF06139681EFF94DF0DA41B519D4DBF08BE77B1E1CF78793E9091950C382CF1A5F2B990630A23C8115EE254C96DAB014BAA3DECDED70EC0C7AC3D1DDB7CB5D9C176492CFFE61A109E001175711978EC60567F8CB48BCDE1E216F31D1CB8D74D053CA8DB17C50FB5BB12CE12C22A39BD1D0F99D29CDA508A0EA7AA42F8561C238D3658621A67962784695A9E009A94C07CA4FC7E0F6F90AD4D2D1869A5C77C891051051B53CFFD268B69A57835ABFE10DDC6AEBCCABD6EBBED7AEEC86F865739DA242CF997286229411178B00DA336EC888694D17CCB941E45D4BB277E6D7BC66B5596FBB5B993BA08E4C63AE01FF2914313211D24CE709262E82B474EA12E2389FC2B98639603A543C33055DDFA4E1731E52FB6B8F37C39E4D254B28171D0863AA3433E7B9993BED0F035E03373183D4E65A975AA10662D4ED9E9831869BAF2968A950552886983E32FBC9C55CAA14963247477814BFA897B821947912819086CC186C9485C7A46020D1502A86990E79C611AB76E1C67C452A8DA1618C863396C827BCF91A4DE7B942A40AA8D61C6580F23B852C615433B030CB10D07386D8538A91280B795E208B24025F9B7311267984E82D019992B304A32EE5E6C25F681E5241102D33AC0C473E898268986385157CAD11AA97FAD8A41A0EFFA6BB1413D2A542D04BF64C53C4E44AB5B808D6A46FADFE5D3D6BBB8DAA5BF53CB7FA1D34E5A8CE46C383868B8BC54DAF791ABF100A348A14024398B6BE6D553E68E430173F840D8A0B78E4CAE434297C598833F90C862225708CBBB67C8B748FFBF75398DE6146D3948AE8E42715BDEE4F25EDFBCDA0E4B2B257F6049BADB5460D3BA3692F8048E8CE9E4CB1A9AF9AAEF35BCE72ACE74100AD7ABB566D36BC5AD3DFDA2FDB59006A1EB67DBFF37A4F538A3FE27C78B70F57F7FA30B92E66CA3A0B9B2BF67345D603E8D0F8C0B61796DCCD314BD851270527C14A0A63964AC37669D93E3CE0742130701E3A7D19612C3A355967A3A5CFE9A850C9875ADAD5D14F2A65672295BA78432D256F1FF7BDF1CE33E095AC5F6C0DF5A2E2057BD2BB83FD60052BD5773DD7777DEF3B8EFB77DE02F0C44D0CC3C9687A3F017C16F4AF5BCD66BF797575DD2047D84B5FC9C49BCF857DE5952F001CC4792AE096E11C561ABA16EC6E7C76841F5EB37906AC3C248507A805F06FCE2D4BEFBF475ED06C66E9C05E53F8726A6E71DF0E8C5B6CE4C5C0DD475C9E710F8D1F84CE67561D3384D18D8DC97450A96CD955B0C53FDACEC16AF5668DB57CEFE214BA56904606C5DE2B10B6BC16DD2180FDE5F33BC19C7EC2C31FD840FA4819E50B51C467E3775E62C4CDAD423EA8E08F1E41FF6B98B70A51FF2A6564A7A9C035E8E1C5A784D841B54A1C963B4B703CC64AE68BB818614FB1C4261FCB5CDBA16527D46E163E5DB78E43FE03E953BF0C');
INSERT INTO "unrecognized" VALUES(17,X'789CA556DB72E238107D8EBFA26B5E26531B1B6320104352A1B84CA52A4CB2C0ECA5B6F220EC06B4634B1E494EC2DF6FCB4EB8E6563B542862ABD53A7D74FA3246932BE1DE32B30CA173E1FCE5DE28BEE08225EE54863093B988505F6A14312ACFA0364E1F137E8F0AE3572DC6182199C4B4BA82F4D1DB5A83E35BA9CD9C3F7E718E780C55BF59ADF6FADD56ADD9863F313E81A00613CC20F08353F05B61500BFD007EF303DF87E3DE6032FDE2F499C1F0A3C64325D310468C27F0847B05939536984267D4BDBA1E8CDD7E7730BAF976B98BF3C299E4B37F3132217CA7974F11978EC60567F464241D6FB738AF31D1CD8D74C953CA8DB17C30FBAC304B38C6CEE86A3470FF40A5B91421543DDFE94961501877BACA28C4344F0CCF983215DA21956943F9EB1A5A3E7F02B572B56126D76DE7C80288995A9D7FAA0FEBF566A379DA6835BD6AF3CCAFD6EB8D5650D90DF1D3E638C5849EA37207229231178B105A336E9C116ACD16E85E11F28E25D93F0B6AFE297D036FEBE60EA873A64BAE81FE181431A28858A6F3842E2E86B474EA398EEB7E08E71A661F75A478660ABABE49C3E73C62F6698F37838FA692258C8B36444BA6349AF3DCCCDDD6BB01AF819B25426AEF5A975A610696A4DB3D31530C579F53D05291AA480C4B768FF6978BB95429AC644E8E682BFDA39EE38648E6490C421A6786B051166D93024192A15448371DF18C1356EDC195F94C541AC3A22519CE30910F74F2904CE7B922A40A98D69C6440F23B812C41A6112CCC3204F29C11F6945124CA429E17C86249C0D7E65C44491E137A4B40A6E42CA1A84BB979F03799474C3884160D96E1C80751100D73CAB082AF3542F59C1F9BAB86C3CF749762C7E92C727D898F2C25489E548B8B70CDF9D6DB7FAA672DAF5125FDF95EF50E34E324CE46A30E0D8F3444F9A8EE7984C581B960F77400A358DAD04B2C9BA547F21178BE67457C07B344463F086CAE4907100B3D4B9ECF6BC335D14A996ABDD172646F3766AB13621761694CA6C34A65674BE5674E3959D91C00C75C5822934221E3DEEDB4F036BD2121A42913F1975F4C8475592B6F6BBF86945750D9AB160ED5686B4D21BBA36937B471B7F7D44DBDE0A956BBBFE7985319E853956A354F07CD7ABD1EF85BEB65150C41CDA35610B45F2E854AF17B6A2B6F94EF20ACED956F6758B4A2F173366C8ED8138BB36E5B87B6FBA6DDA8646E4EE2A0CB9D148C84A5808897541ADC25657B739FB385A0B079E4F6644C91E8D464ED43057E4C7D85163EA0C003F5151B3FA6C05FD4D74EFB2BD5F48AC64ABADF2FB2E39D99E305AD5C6C4D10457911F8A077A78883376B5603FF8E668B37060F78E0660983C9687A3B019A41BAADE159AFDA1C06C3A67344851B0E0AD12BA3C9A15CCB69839A7E9E0AB846EAF94A43C762DD0DCF8E0B07A76C268E270749E1006A21FCCCEDF5EBB7469F0D984DDBA67CEDB0C2975BF3EC713B20ACB28AD6BE8FB7DCE21D1A7F173A9F5969CC0845E7597D5B76156A26F758C1336C54B1319B05F38B13E8D82A6F6458ACBD0061CB6B515042D87F7D7E23D0A5148A7E50CDE911638C2F44119E0DDF7D0E9116B7927F3FEBDF9BB6FED7D4D02C04FD55CAD8B66D61F3F76BAE4F1CC736C4A75BA30A8109B5E1A592F96259B4CA87A54CA881C85CDBE6683BE1EE1D7C38655DD7F90F09ECDB02');
INSERT INTO "unrecognized" VALUES(18,X'789C9554DB6EDB38107D2EBF62807D888D86B4243BBE286E90D4765A03F12688DDDD0516FB4049638B1B8954492AB6FF7E2939457D0B1615F4341CCE9C33730E9FD1965AD2276ED3108637E42FFAA8C54A489ED1850A2152A58CD1DC1A94096A66D15832C64CBCA2C6E4DD8C678CD1A524212CB5CA21DF040C373C2F32644AAFA0711CF8DB1FF4D995CF7CCF63837F9AE443B47597D85E49683C29639762D384B5B0294CE6B3C5D31C440277C1E7FBC9A877DFEB4CC887A5D2303C83E8E61AFEC4E4128236CCB180C00BBAE0F5C38E17FA3E7CF402CF83C668325F34F7A037BEE75C6410F841BB0742BEAA174CA06AB0ABDF3C57B2FB56927AEE23636E31FCDFAC7B37A2106677D387C9331DDF4D668FBFDF1E0D88BC37E87919FD8BB1757376504B8D2095153192191AC35748A763B754BF37F0FCCE55D7F759E07B3D56F33A6E7143C857C160910A03EEB729429D47AB765068B5D23C076E8F97C9C8F4C2C5979ABB5D4C61CD8DBCB0C0A30CC12A48765281AD2A35E43B5055BC2ABF5459A6D642AE80278976676818F9D19F43813AE712A505D45AE96B985EBC22AC5C390965C160AEB4DE82B09088A46AB956FA0554691921C344697EBB4F2E2475FAA59B0F54AC22B581D449189CD06CEA58499E2383C66F57CCA9B04908A5143EA3C3E78E1D9C4C48DCC18A55B105B5AC19BC11721D9F0F5C744E80C79E90B83687023F89385704CC63010BBC5FF544E7BEDD190413AFDB7EF3C4C944CE1BA23D3831C44E9E77A52D73090F682D6A03C30AEC21BF4AA2A76D7E2AF4AD425657807608DF4B514DE95D971CA0395434AF6BD136ABFB1DC07810C6D269728A7877879D267F93A68C4CAC45E4600C536B0B13B65A7B79AD0CF92BB678D78B82B8CFFB51FBE61286958CAC0AEBB33310F6AAD26A4D211C873F3D4AA4A34CC42FEED11DB99171B19235BF8A3FFDC1D11D3AE98842382B84703C60329BCE26F40FC750281982CF3C3252D2BA5CBAD8168E90C58D6D151917F21AE2946B83F6536997B4FF334F736996A8E944C62A717E0CA117094BC817A512C895969547C7AEF12521F5BBB05B1C981CB3CC1941AB7295D68658A7CAF93E55A5A94CB17091C32D90FF00A5CF1969');
INSERT INTO "unrecognized" VALUES(19,X'789CB593DD4EDB401085AFD9A718E50A54FC930408388E45815021356A44D21FA9AAD0DA9EC4DB3ABBD6EE98C44FD6FB3E59D78EA812084A7BD12BAF778F67CE7E677C8F546AE98C396501843912A1369773AE53942EAEF8A2C831625F9C0F5ACC85E4B9335501C4AA94099A4B833245ED121A6237988B47D498BEAAB8C704AD240D60A6D502165CE4EE762338DCB5F9B5E3775DDF6DB7BB6EAFF7ED881DC4152C56EE4669381C2B4333B13A82A5A00C8693D1743C019142AFEDFB17572767579D2E3B98290DE10E67511FA659790C9D139860011DBF7306EDB3E0E434F02FE08DDFF17D38BC1E4EA647ECD61A0FE05DE30F3E23FEC8ABD7A1BDC66152C6DF31A1006E3522A46B6E15D4EEB05969653000556AD04D3A060A958BA482B922889B6EEC8693D5ECB1CD46680C9FA3737763C315C694E874CF2DC95EEF7207E988BD17869CBBF4C51597CD73B7FCA334656C122D626B28CC880A1378DEB6D4CB913FA257378ED858DB41B08789D5E7B6021BDD8D86CE278B50281940DBF5D9B59284929C695558D1A2CC49145C93C7737B77C9C912EB376C53AEAB416BF0B06EF7D03D6F31E6381BEFCF4A11AEC82B722E641F928C6B83342869E66CE834976686DA19CA44A542CE03388F05313BE05CC3BA2EEA63C64A49228749EDA102CA36925433E0790E31D7E8686533AB0335208C1D7C4417DE827520C97EC489CD6C0EF64C82207B2EB49DE6AAEE64D51AADCEA2EAC3520B4220B5AEF46CD25CC6B6E3FAF513EEAD4E2E710EA7F55B433F80BDD9FC05BB8C16F93FA30BEBAF22FBEBA5551416D136C9D02B2266775FF00CE3E80969E8C5D17FC4CA420E99C6D9A055FF15A4825D985BD1AEDDD0E391FB7485D02CACC3684F1A7F9AEDCDA31535EBBA47E8AD6BAF5B796B944D1AD1B3D41C87FD06DCEAFDA3');
INSERT INTO "unrecognized" VALUES(20,X'789C8D935B6FDA40108579CDFE863E8CF2D2448D1DE394008644415C24A4924440ABF671B1C7612B7BD7DA1D27F0D65FDE740C09B9296A1092597676F63B678EA748A5D5DEB5A46504DD73F1D3BBB2EA466999797313C1C2943A4677E15027687D4247628099BA458BC9BB15538C914B12DE5D43BEF29FEDC1C1B57194AAD5A1D853090CFAFD5633E8B583D6490746561D41D88019161006E1290427513D8C1A0DF81284410007FDE16C7E28069230FA68F1C89A3C828954193C70AF61B67684397427BDF1B7E1D41BF48693ABCB8B979CE762562E7E634C117CE73F1F146F1B4D379EF18A0C5F5F1D11EF39D12BC978DC295744951FB25A5B2C328589988C2743EF075AA78C8EA0EE07A26F34A1266FBE2E58625E66A40A69E9984F184B1DD83E3DE2EDB307A8B5E74852E93A62AF0248A45D9FED37DBCDAFE1697D3408EB7EBDD90EC276ABD96C1CBF94B8FF749D95DAA568BDA18E4DA2F44D04AD85223141E7E40D7A6326EF562607EDB011D4EB61A3E13F9BDC1BEBC47CA91CF057C24623EA5816AECC787009E4DBA6BE109EF721CE1DE6005D6C55411BBB2E0DA954C5B25ABDF28D7045C7452695EE40BC94D6219D95947AADFF0ADE81D31221AF66EDB65991044BCEEDAB30B386F1E71C9CB19C2A0EC352DE62F5543A353687B529B9111FE51FF65137C4A6CC12D086C402E129597CCC6804C385C6224F3A56856256E7C3983EB39544325E72E1023373C7378FB8342D2D935A90CE298E01C7EF088A0CA543A830B712B873C1ECB96425B6424E37648961F05DB9D27156264C5F195058B3C858F5366E3EFCE2F2586AC1B448B89563EEF4C66848F90DDBF8B523B48FEFC7D3A8E1ED67FED262216AB5FBBF9FFE74D56DADA62F70757FFF0F532587CB');
INSERT INTO "unrecognized" VALUES(21,X'789C95535D4FDB30147DC6BFE28AA7A2CDC149BB0D0C4544A5959856AD22659A84A6C94D9CD65B63478E33CABFDF4D52421B3EB44579F1FD3CF7DC7B6EA42BADA633E1561CCE2FC88D8CA5FA23130EA935196442AD3DB91159BE969E960E7ACF2C77FE69E0312FF0FCFE8F2372B078806CD30618BB84DECC142E559B23B8576E05E3683A9F45A012184C98DF0F7D72901A0BE70B53EA5816973BA917673035FA3DF803F85C6A0858F0117CC6FD3E679FE01DC30F7AB7F3D1119920560E456CB2BCCDC707991B0E95712D94767BA549542E7EC9D871185713C144CA6421E2DF702373631D5490AE67F0385BC018B9124EF257017D680091A92C0AB194F4FA0AF9B47531EAFBA7975DDE2EC8F47A3AA6DFA42D94D11C7C8F9191D14E6A47E70F3976CACAB553B9B0EEB8297306DB720EDDC3740B986E9DC83C129808FB303C1CFEC4E569A7A43D2484D2A767A783931B775C937306F14AD842BA61E9527AF21467852E5269E958C726517AC9E164A11C21F3952A007FA141D6048A4559C82DC29A3D015943051A9B9B6A4E6A8752EF4D74DBF4E3CEA4843CEE6A1B577726B705A20C9798CE21FCFA05A211EE9DB4F432CF6F6F9BBEB24916F001E3CC07CA06B8C9C89436C645CEF8DE1934075255313838961679BE7BEF189088B80A0893C4E20C1C09682C6FB82EFF890A9BC6274140B0CEAE6A5F524E57C81D90D0EB1AEE7666FC0F1D87B590C3D0EF077882CF293DE50C29652FA8355A991CCEB5BCEF00AF34DBB2B22BE656B1519965D2422C9C589B65295F53E67EF37D65B6C91491EF03F84E47F8126AA9EBD0A2EE46AB8AFB3BA294FC0596E2ADCD');
INSERT INTO "unrecognized" VALUES(27,X'789CAD566D6FE23810FEBCFE15A3F64BAB6B0249A12F8156E580EE2215E801BDBDEAB41F4C62C0B7891DD94E29FFFEC609A5BCF545DA8D9080786C3FF3CCCC3333602653C2B9A7661640FD9AFCE3F4159F72416367240318CB4C844CDF682622A65CC3B4212D16F327A658F4A6C580850C4D225C5D40F2ECAEADC1D1BDD466C29F8FC9171E41F9E2FCB4E27B7EE3ECB206C34C9C80EF434F3E815FF6CFA0EC05153FC01F7F94F181A38751F398B4A861C1276D6F954C02E8521EC312F502860B6D5802F56EA373D71E38AD46BBDBEFDD6CA2BC26C36CFC1F0B4D60F7D1058B8A438EB4E1710C63C6C51414338AB3E898BC45432333D2C183126E8C2583DAFF8AA531EE22DD4EB7EDFCCD94E65204E0B965D294C230619CD1224507932C363CA5CA94708754A606C5B76370F92A5A7AE368434DA66BE48B051051B5B83A6857FEF41A96D36AC5F5CE2FABA79E775E392B6D7A78F07A9DA2424F9872DA2294113A16C0C5981BD2655AD329733A88BC6E29F63CDF2F7B15DF3F73D7C2B6C31C19CDB806FC50C87D6422A4A9CE620C5B044971A84B88E37C0AE70A668BE950F1D4E474F5A4E1131E52FB6F8B37C39E4D298D2917350867546966AE3233712E3E747805DCCC182436DCBA48156A608649BB95C9E8C3E16F78C8218CBE7586809F067C6F0C7A9DDE57E8F7EE1E5D80C7FE03B4FAD0EB8FA0D76EB760D487417BD8EEB5ECCA00BAEDE1B0F1B5EDC2E1EF41421E65A65E4204A1CCE208843498EE10BDD43C4C249A48C590252AA082CC64EA481FBBA463605E14C74B654026B05C801B4B6A1522BA4043907184D4DDE231934C21D50AA8D61CF318EBE704D29851CDC0F25CC4C0484891FC846228146EEC4C602133882468B932E7228CB3C862C29B5225C73186ADA81717D02B08A920E80333CCEE5620E722CF1498A042E401A7C6D07086A055AE881BB90ABBCF68334708A9DB045737EC992608CA956A7A1DACD266EDEDBFDEE5855BF55CAF5C76BD1FA029C7FAAA54CB50714F5D7FA94EF98D967A1A860C731ED546303397EAE70B2A0D28D33383467338E2C23A1B2F2C5983E6FDC8264A2893840A54A75FABB4956C166C6E8B5401A6B42547043B80B546DC4E77D4082012BAB6553ED869969DC0F92B6319EA4C2B8035A06BEBC37C57006A125EF87E6DBFD62AC59FB069BDDF1DAA1BDD81DCE67D0EBB154F393AF57AC34E2CC9AA2BEE5AEF1A37C282BCA8E81D6498B3121421466E1269D82631EBBB5B9C4E05BACE43A72923F4462726ADEDE4C8A7F263994873F21D4B13B11B8CD183ADCA006E15478ECE3FE2E897B2E741BC0AC7B29FC037467193DE27DB05A1CE6CDBE22DC11E6C0C2F7BD2E27A6D14C92B5DB0B9DE1C4776DE6081FA6ED9F55DBFFC038794772618D43B3383F6B03BBA079C65D693F78B95C93D92F0F69053DD33B8E000912502EE18CE0F4A43DD62DD74CF8E1EBBF9B71A5E9607C4F901E0E10892A28DFE60865A42799D00B032EB792E3B21EA2D06D3B5E60ECD4F77BC4D4877A8E5F9D0B08DBE3077778D1F84CEC6366BC62C20509F1993EAA0545A332CE1B54FB9CCBC62B83E81BA556023837C750F8AB58373310960FBF5555F30A719F3F027EA4D1319A47C2A7287373CC4C5B5BADF25FCE311E4209F41DE9DBACEF3A96B672CFC6C053A0EF91F0A8DBD50');
INSERT INTO "unrecognized" VALUES(28,X'789CDD56DF6FE238107EAEFF8A519F5ADD3A901C6C4BA05539A0BA4AA5ED01BBBAD3691F4CE2806F9338673B6DF9EF6F9C504880FE9056DA87434890783C9EEFF3CC3733E12657297D6066E943EF92FC49EF95588894C574267D98CB3C0DB8BED23C0DB9720CD7860C792C1EB9E2E1AB16131E703409717505C9B35359839307A94D249E4FC99108C16B9F8FCE3CD7EB7FF6BA30CDD34FE07970271FC16B7A9FA1E9FA2DCFF73AF04B133F70F2653638254366B8FF41DB6B25131FC64CC4B08E7A05D395363C81DEB87F733B9AD0617F34BEBFBBAA477949A6F9FC1F1E187B5080F07494C73B7E263C93CA90D738E8E74652F49208632C13CC3E2B9EC58287647C331ED1AF5C6921531F5CA7490632353C3574B6CA105D92C746644C99862A4EE942F94B0D2E5F84EB10A836CCE4BA4B8E6C002153AB8BE351EB37B76F096DB71CF7ACD3FED575CF5A9D461DDEF1F638C5521D714547692043912E7C389F0B43C608992D38BDC1C87B965FD7F5BCA6DBF2BC8E53B9B33DDAC86C2934E097418191A701CB741EE39D8590944E1D4228FD509C9B30875C074A64A6A0EB4E1A118980D9A71DDE0C7F368D2C6622ED42B0644A7373919B889EBF0B7813B8597248EC45EB324F98812566EC4E1A2386BF64AE5E20C113D3A0379912AF207C291230B2F019E22E2C2B1BF4893E25B1D09692398FE593033751796EC55BCD810D682E9F6125737812714C545961904A8872857B15FEDDD2A21DB8B72F9F84E6C5A684AD00CF8F6358EF243573905109FA25B5802B259586080B0864E1BFE4432372D8FFCCEAAC11D2B357AEAEF8334BB2983B522D2EFDADF747C12CA195D5BFDDCEB9D3761DB7D974DC6FBED7F6511B9AE0394D2C0E7BC2FD771FFECD798E84203BAD6BAFDF19FCB4637E285F378A51D6F06EA99777DED8296A424A7DC10CA5E3591F41A5BABB938428D66B31A57FD890E9CDD0874AA095F569B1CB071505E71E4AED41C5524A3CA2EEBF2DB0ED9AC092EBA255A0E08B4C20A8ED097B1743368D65DF7ADFB81F94E4291EB3152AE6B460C55FDFD48427D2F03A31D5DD43C116294217011DC810D1E8C464DDED55BF72CDFF2B303F94B36BFD87DF3943437D48664BB474B96BF19AC04E6A93C68104BCACCC0D85EEA4FC49D76787BD3758CF9603CFF19ADF70A27863DC40DD344B184DC7B307C0C1A35A264791547040495E9F48DA07A60C6CF87992C22DC77E8FCAD9B3B1D6E1D951613F393693C6DA415C38001747860C6DF43B03CF3A946DC7460DE88536D1681073860DC4B1E69415DEA95B0FE916DB50D1E477A32FCD9D7DE32FA9CEE73653E6DC27D05B1A9369BFD1A81836F0D8C742D0B6315C7E829EED0F46FAC5EA81282A8E0BD9F261F7F5C57DCAE92016C17754B60132C8C4222D00D710E262A528F7097F7F64382E668637A7A4B3624ADA1BE33E5A759492FF0043E3C219');
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
, words TEXT NOT NULL DEFAULT '', stated_status TEXT NOT NULL DEFAULT '', own_names TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO "verdicts" VALUES(1,'bounce','failed','hard','user_unknown','5.1.1','550','','text: user unknown','plausible','Message-ID of the original, From of the original, Return-Path of the original','','','','','header','whole','5.1.1','');
INSERT INTO "verdicts" VALUES(2,'bounce','failed','block','reputation','5.7.1','554','','text: dnsbl','plausible','Message-ID of the original, From of the original, Return-Path of the original','','','','','header','whole','5.7.1','');
INSERT INTO "verdicts" VALUES(3,'bounce','failed','hard','user_unknown','5.1.1','','','text: no mailbox','plausible','Message-ID of the original, From of the original, Return-Path of the original','','','','','header','whole','','');
INSERT INTO "verdicts" VALUES(4,'bounce','failed','soft','mailbox_full','5.2.2','554','','text: storedrv.deliver.exception quotaexceeded','plausible','Message-ID of the original, From of the original, Return-Path of the original','to','','','','header','whole','5.2.2','');
INSERT INTO "verdicts" VALUES(5,'bounce','failed','hard','user_unknown','','','','text: unknown user','plausible','Message-ID of the original, From of the original, Return-Path of the original','to','','','','header','whole','','');
INSERT INTO "verdicts" VALUES(6,'bounce','delayed','soft','unreachable','4.4.1','','','text: connect to','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','','header','whole','4.4.1','');
INSERT INTO "verdicts" VALUES(7,'bounce','failed','soft','unreachable','4.4.1','','','text: connect to','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','','header','whole','4.4.1','');
INSERT INTO "verdicts" VALUES(8,'bounce','failed','hard','user_unknown','5.1.1','550','','text: user unknown','plausible','Message-ID of the original, From of the original, Return-Path of the original','','','','','header','whole','','');
INSERT INTO "verdicts" VALUES(9,'auto-reply','','','','','','','','plausible','In-Reply-To, References','','','','','','','','');
INSERT INTO "verdicts" VALUES(10,'complaint','','','','','','abuse','','plausible','Message-ID of the original, From of the original, Return-Path of the original','','','','','header','','','');
INSERT INTO "verdicts" VALUES(11,'complaint','','','','','','auth-failure','','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','','header','','','');
INSERT INTO "verdicts" VALUES(12,'complaint','','','','','','abuse','','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','','header','','','');
INSERT INTO "verdicts" VALUES(13,'complaint','','','','','','dkim','','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','','header','','','');
INSERT INTO "verdicts" VALUES(14,'bounce','failed','hard','address_moved','5.1.6','551','','text: user not local; please try','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','','header','whole','5.1.6','');
INSERT INTO "verdicts" VALUES(15,'bounce','failed','block','reputation','5.7.1','554','','text: dnsbl','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','','header','whole','5.7.1','');
INSERT INTO "verdicts" VALUES(16,'bounce','delayed','soft','remote_error','4.3.2','450','','status: 4.3.2','plausible','Message-ID of the original, From of the original, Return-Path of the original','','','','','header','whole','4.3.2','');
INSERT INTO "verdicts" VALUES(17,'delivered','relayed','','','2.0.0','','','','plausible','Message-ID of the original, From of the original, Return-Path of the original','','','','','header','','','');
INSERT INTO "verdicts" VALUES(18,'bounce','failed','block','authentication','5.7.26','550','','text: dmarc','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','','header','whole','5.7.26','sender.test');
INSERT INTO "verdicts" VALUES(19,'bounce','failed','hard','domain_unknown','5.4.4','','','text: host not found','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','','header','whole','5.4.4','');
CREATE TABLE volume (                    -- how much was sent; counts from several origins are of the same mails
    dimension TEXT NOT NULL CHECK (dimension IN ('campaign', 'sending_domain', 'provider')),
    name TEXT NOT NULL CHECK (name <> ''),
    day TEXT NOT NULL CHECK (day GLOB '????-??-??'),
    origin TEXT NOT NULL CHECK (origin IN ('sends', 'log', 'hand')),
    sent INTEGER NOT NULL,
    PRIMARY KEY (dimension, name, day, origin)
) STRICT, WITHOUT ROWID;
INSERT INTO "volume" VALUES('campaign','autumn','2026-09-01','sends',1);
INSERT INTO "volume" VALUES('campaign','autumn','2026-09-02','sends',1);
INSERT INTO "volume" VALUES('provider','example.net','2026-09-02','sends',1);
INSERT INTO "volume" VALUES('provider','example.org','2026-09-01','sends',1);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX decisions_by_address ON decisions (address, id);
CREATE INDEX sends_by_address ON sends (address, sent_at);
CREATE INDEX sends_by_date ON sends (sent_at);
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
CREATE INDEX outcomes_by_day ON outcomes (day);
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
CREATE TRIGGER decisions_are_not_deleted BEFORE DELETE ON decisions
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE INDEX volume_by_day ON volume (day);
CREATE TRIGGER decisions_are_not_changed BEFORE UPDATE ON decisions
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE INDEX suppressions_by_unicode ON suppressions (address_unicode);
CREATE VIEW suppressed AS
SELECT address, scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at, detail,
    address_unicode
FROM suppressions
WHERE until IS NULL OR until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now');
CREATE INDEX source_days_by_day ON source_days (day);
CREATE INDEX expired_by_address ON expired (address);
CREATE UNIQUE INDEX message_kinds_once ON message_kinds (subject, mailbox, kind, decoder, problem);
CREATE UNIQUE INDEX routes_once ON routes (remote_mta, reporting_mta, source, stream, sending_domain);
CREATE TRIGGER accepted_are_not_changed BEFORE UPDATE ON accepted
BEGIN SELECT RAISE(ABORT, 'accepted are append-only'); END;
CREATE TRIGGER accepted_are_not_deleted BEFORE DELETE ON accepted
BEGIN SELECT RAISE(ABORT, 'accepted are append-only'); END;
CREATE INDEX attributions_by_address ON attribution_rows (address);
CREATE INDEX unnamed_by_original ON unnamed (original_message_id) WHERE original_message_id <> 0;
CREATE INDEX unnamed_by_recipient_id ON unnamed (recipient_id) WHERE recipient_id <> 0;
CREATE INDEX places_unsettled ON place_rows (mailbox) WHERE settled = 0;
CREATE INDEX doubts_by_event ON doubt_rows (event);
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
CREATE TRIGGER latest_outcomes_are_added AFTER INSERT ON latest_outcome_rows
BEGIN
    INSERT INTO outcomes
    SELECT dimensions.text, names.text, date(NEW.day * 86400, 'unixepoch'), NOT NEW.complaint, NEW.complaint
    FROM texts AS dimensions, texts AS names WHERE dimensions.id = NEW.dimension AND names.id = NEW.name
    ON CONFLICT DO UPDATE SET bounces = bounces + excluded.bounces, complaints = complaints + excluded.complaints;
END;
CREATE TRIGGER latest_outcomes_are_removed AFTER DELETE ON latest_outcome_rows
BEGIN
    UPDATE outcomes SET bounces = bounces - NOT OLD.complaint, complaints = complaints - OLD.complaint
    WHERE dimension = (SELECT text FROM texts WHERE id = OLD.dimension)
        AND name = (SELECT text FROM texts WHERE id = OLD.name) AND day = date(OLD.day * 86400, 'unixepoch');
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
CREATE TRIGGER crowded_are_not_deleted BEFORE DELETE ON crowd_rows
WHEN NOT EXISTS (
    SELECT 1 FROM doubts JOIN meta ON meta.name = 'held_kept_since'
    WHERE doubts.event = OLD.event AND since < meta.value
        AND NOT EXISTS (SELECT 1 FROM accepted WHERE accepted.event = doubts.event)
)
BEGIN SELECT RAISE(ABORT, 'crowded are append-only'); END;
CREATE TRIGGER attributions_are_not_deleted BEFORE DELETE ON attribution_rows
WHEN NOT EXISTS (
    SELECT 1 FROM doubts JOIN meta ON meta.name = 'held_kept_since'
    WHERE doubts.event = OLD.event AND since < meta.value
        AND NOT EXISTS (SELECT 1 FROM accepted WHERE accepted.event = doubts.event)
)
BEGIN SELECT RAISE(ABORT, 'attributions are append-only'); END;
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
CREATE UNIQUE INDEX verdicts_once ON verdicts (kind, action, class, reason, status, reply_code, feedback_type, rule, trust, evidence, charged_by, held, campaign_by, stream_by, sending_domain_by, words, stated_status, own_names);
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
    (SELECT text FROM passages WHERE passages.id = diagnostic_code), char(26), addresses.text
) AS diagnostic_code,
    coalesce(final_recipient, addresses.text) AS final_recipient,
    coalesce(original_recipient, addresses.text) AS original_recipient,
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
    routes.reporting_mta AS reporting_mta,
    routes.remote_mta AS remote_mta,
    routes.source AS source,
    routes.stream AS stream,
    routes.sending_domain AS sending_domain,
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
    (SELECT text FROM passages WHERE passages.id = diagnostic_code), char(26), addresses.text
) AS diagnostic_code,
    coalesce(final_recipient, addresses.text) AS final_recipient,
    coalesce(original_recipient, addresses.text) AS original_recipient,
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
    verdicts.sending_domain_by AS sending_domain_by
FROM event_rows CROSS JOIN verdicts ON verdicts.id = verdict CROSS JOIN routes ON routes.id = route CROSS JOIN original_messages ON original_messages.id = original LEFT JOIN texts AS addresses ON addresses.id = event_rows.address LEFT JOIN texts AS campaigns ON campaigns.id = event_rows.campaign 
CROSS JOIN message_rows ON message_rows.id = message CROSS JOIN message_kinds ON message_kinds.id = message_kind

WHERE event_rows.address <> 0 OR NOT EXISTS (SELECT 1 FROM attribution_rows WHERE event = event_rows.id)
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
    (SELECT text FROM passages WHERE passages.id = diagnostic_code), char(26), addresses.text
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
    (SELECT text FROM texts WHERE id = attribution_rows.sending_domain_by) AS sending_domain_by
FROM attribution_rows CROSS JOIN event_rows CROSS JOIN verdicts ON verdicts.id = verdict CROSS JOIN routes ON routes.id = route CROSS JOIN original_messages ON original_messages.id = original LEFT JOIN texts AS addresses ON addresses.id = attribution_rows.address LEFT JOIN texts AS campaigns ON campaigns.id = attribution_rows.campaign 
CROSS JOIN message_rows ON message_rows.id = message CROSS JOIN message_kinds ON message_kinds.id = message_kind

WHERE event_rows.id = event;
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
CREATE INDEX events_by_message ON event_rows (message);
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON event_rows
WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'judging') OR (NEW.id, NEW.message, NEW.happened_at, NEW.stored_at, NEW.address, NEW.campaign, NEW.diagnostic_code, NEW.final_recipient, NEW.original_recipient, NEW.sent, NEW.route, NEW.original) IS NOT (OLD.id, OLD.message, OLD.happened_at, OLD.stored_at, OLD.address, OLD.campaign, OLD.diagnostic_code, OLD.final_recipient, OLD.original_recipient, OLD.sent, OLD.route, OLD.original)
    OR (SELECT kind, action, feedback_type, trust, evidence, charged_by, held, campaign_by, stream_by, sending_domain_by, words, stated_status, own_names FROM verdicts WHERE id = NEW.verdict) IS NOT (SELECT kind, action, feedback_type, trust, evidence, charged_by, held, campaign_by, stream_by, sending_domain_by, words, stated_status, own_names FROM verdicts WHERE id = OLD.verdict)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON event_rows
WHEN NOT EXISTS (
    SELECT 1 FROM doubts JOIN meta ON meta.name = 'held_kept_since'
    WHERE doubts.event = OLD.id AND since < meta.value
        AND NOT EXISTS (SELECT 1 FROM accepted WHERE accepted.event = doubts.event)
)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER messages_are_not_changed BEFORE UPDATE ON message_rows
WHEN NEW.events_expired <= OLD.events_expired
    OR (NEW.id, NEW.fingerprint, NEW.arrived_at, NEW.recorded_at, NEW.message_kind, NEW.name, NEW.size, NEW.recognized,
        NEW.events_dropped)
    IS NOT (OLD.id, OLD.fingerprint, OLD.arrived_at, OLD.recorded_at, OLD.message_kind, OLD.name, OLD.size,
        OLD.recognized, OLD.events_dropped)
BEGIN SELECT RAISE(ABORT, 'messages are append-only'); END;
CREATE TRIGGER messages_are_not_deleted BEFORE DELETE ON message_rows
BEGIN SELECT RAISE(ABORT, 'messages are append-only'); END;
CREATE TRIGGER unnamed_end_with_events AFTER DELETE ON event_rows WHEN OLD.address = 0
BEGIN
    DELETE FROM unnamed WHERE event = OLD.id;
END;
CREATE INDEX events_by_address ON event_rows (address, happened_at);
CREATE INDEX events_by_campaign ON event_rows (campaign);
CREATE INDEX messages_unrecognized ON message_rows (arrived_at) WHERE recognized = 0;
CREATE INDEX suppressions_by_date ON suppressions (since DESC);
CREATE INDEX suppressions_that_end ON suppressions (until) WHERE until IS NOT NULL;
CREATE INDEX passages_by_digest ON passages (digest) WHERE digest IS NOT NULL;
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
CREATE TRIGGER events_that_go_are_counted AFTER DELETE ON event_rows
BEGIN
    UPDATE totals SET number = number + 1 WHERE name = 'events_gone';
    UPDATE totals SET number = number - 1 WHERE name = 'unnamed' AND OLD.address = 0;
    DELETE FROM recent WHERE kind IN ('held', 'blocked') AND happened_at = OLD.happened_at AND event = OLD.id;
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
CREATE TRIGGER suppressions_are_counted AFTER INSERT ON suppressions
BEGIN
    UPDATE totals SET number = number + 1 WHERE name = 'suppressions';
    UPDATE totals SET number = number + 1 WHERE name = 'suppressed' AND NOT EXISTS (
        SELECT 1 FROM suppressions WHERE address = NEW.address AND (scope, cause) IS NOT (NEW.scope, NEW.cause)
    );
END;
CREATE TRIGGER suppressions_that_go_are_counted AFTER DELETE ON suppressions
BEGIN
    UPDATE totals SET number = number - 1 WHERE name = 'suppressions';
    UPDATE totals SET number = number - 1 WHERE name = 'suppressed'
        AND NOT EXISTS (SELECT 1 FROM suppressions WHERE address = OLD.address);
END;
CREATE VIEW outbox_view AS
SELECT id, written_at, type, address,
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
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('outbox',4);
COMMIT;
