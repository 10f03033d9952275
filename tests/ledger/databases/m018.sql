BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'bounced','m001_first_tables','2026-11-28 16:58:38.762217+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'bounced','m002_trust_and_faults','2026-11-28 16:58:38.771702+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'bounced','m003_unrecognized','2026-11-29 00:17:53.468996+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'bounced','m005_guards','2026-11-29 00:17:53.478594+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'bounced','m006_keys_of_idna_2008','2026-11-29 00:17:53.499670+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'bounced','m007_fingerprints','2026-11-29 00:17:53.500082+00:00');
INSERT INTO "_sqlite_migrations" VALUES(7,'bounced','m008_proved','2026-11-29 00:17:53.501751+00:00');
INSERT INTO "_sqlite_migrations" VALUES(8,'bounced','m004_storage','2026-11-29 00:17:53.503475+00:00');
INSERT INTO "_sqlite_migrations" VALUES(9,'bounced','m009_numbers','2026-11-29 00:17:53.503871+00:00');
INSERT INTO "_sqlite_migrations" VALUES(10,'bounced','m010_named_by','2026-11-29 00:17:53.539484+00:00');
INSERT INTO "_sqlite_migrations" VALUES(11,'bounced','m011_attributed','2026-11-29 00:17:53.555944+00:00');
INSERT INTO "_sqlite_migrations" VALUES(12,'bounced','m012_bounded','2026-11-29 00:17:53.573605+00:00');
INSERT INTO "_sqlite_migrations" VALUES(13,'bounced','m013_copied','2026-11-29 00:17:53.573915+00:00');
INSERT INTO "_sqlite_migrations" VALUES(14,'bounced','m014_states','2026-11-29 00:17:53.574189+00:00');
INSERT INTO "_sqlite_migrations" VALUES(15,'bounced','m015_shared_rows','2026-11-29 00:17:53.615346+00:00');
INSERT INTO "_sqlite_migrations" VALUES(16,'bounced','m016_deferred','2026-11-29 00:17:53.615764+00:00');
INSERT INTO "_sqlite_migrations" VALUES(17,'bounced','m017_sends','2026-11-29 00:17:53.616166+00:00');
INSERT INTO "_sqlite_migrations" VALUES(18,'bounced','m018_copying','2026-11-29 00:17:53.628236+00:00');
CREATE TABLE accepted (                  -- events that count because a person looked
    event INTEGER PRIMARY KEY REFERENCES event_rows (id),
    decided_at TEXT NOT NULL,
    why TEXT NOT NULL
) STRICT;
INSERT INTO "accepted" VALUES(21,'2026-11-28T16:58:45Z','looked at it');
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
INSERT INTO "attribution_rows" VALUES(26,'2026-11-28T16:58:43Z',22,13,0,23,24,25,0,0,0,0,0);
CREATE TABLE complaint_sources (         -- how many complaints without proof a source brought in a day
    source TEXT NOT NULL,
    day TEXT NOT NULL,
    complaints INTEGER NOT NULL,
    allowed INTEGER NOT NULL,
    PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;
INSERT INTO "complaint_sources" VALUES('192.0.2.13','2026-11-03',1,20);
INSERT INTO "complaint_sources" VALUES('192.0.2.13','2026-11-26',1,20);
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
INSERT INTO "crowds" VALUES('address-moved.2026-autumn-1@sender.test','',1,1,'2026-11-29');
INSERT INTO "crowds" VALUES('autumn-1.anna@sender.test','',2,1,'2026-11-29');
INSERT INTO "crowds" VALUES('autumn-1.ben@sender.test','198.51.100.22',3,1,'2026-11-29');
INSERT INTO "crowds" VALUES('autumn-1.cara@sender.test','203.0.113.3',4,1,'2026-11-29');
INSERT INTO "crowds" VALUES('autumn-1.dora@sender.test','198.51.100.9',5,1,'2026-11-29');
INSERT INTO "crowds" VALUES('autumn-1.gus@sender.test','',6,1,'2026-11-29');
INSERT INTO "crowds" VALUES('autumn-1.hana@sender.test','',7,1,'2026-11-29');
INSERT INTO "crowds" VALUES('autumn-1b.cara@sender.test','203.0.113.3',8,1,'2026-11-29');
INSERT INTO "crowds" VALUES('autumn-1c.cara@sender.test','203.0.113.3',9,1,'2026-11-29');
INSERT INTO "crowds" VALUES('autumn-2.anna@sender.test','198.51.100.1',10,1,'2026-11-29');
INSERT INTO "crowds" VALUES('autumn-2.ben@sender.test','198.51.100.22',11,1,'2026-11-29');
INSERT INTO "crowds" VALUES('autumn-2.dora@sender.test','198.51.100.9',12,1,'2026-11-29');
INSERT INTO "crowds" VALUES('autumn-2.gus@sender.test','',13,1,'2026-11-29');
INSERT INTO "crowds" VALUES('autumn-3.anna@sender.test','',14,1,'2026-11-29');
INSERT INTO "crowds" VALUES('autumn-3.ben@sender.test','198.51.100.22',15,1,'2026-11-29');
INSERT INTO "crowds" VALUES('autumn-3.dora@sender.test','198.51.100.9',16,1,'2026-11-29');
INSERT INTO "crowds" VALUES('autumn-3.gus@sender.test','',17,1,'2026-11-29');
INSERT INTO "crowds" VALUES('block-list.2026-autumn-1@sender.test','',18,1,'2026-11-29');
INSERT INTO "crowds" VALUES('block-list.2026-autumn-1@sender.test','debian-exim',23,1,'2026-11-10');
INSERT INTO "crowds" VALUES('block-list.2026-autumn-1@sender.test','localhost',29,1,'2026-11-22');
INSERT INTO "crowds" VALUES('block-list.2026-autumn-1@sender.test','mailer-daemon',21,1,'2026-11-07');
INSERT INTO "crowds" VALUES('block-list.2026-autumn-1@sender.test','mx.sender.test',27,1,'2026-11-18');
INSERT INTO "crowds" VALUES('catalogue-101@example.org','192.0.2.13',30,1,'2026-11-23');
INSERT INTO "crowds" VALUES('catalogue.communigate-local@example.org','192.0.2.124',32,1,'2026-11-25');
INSERT INTO "crowds" VALUES('catalogue.exchange2003-chinese-traditional@example.org','192.0.2.41',22,1,'2026-11-09');
INSERT INTO "crowds" VALUES('catalogue.intermail-expired@example.org','192.0.2.109',26,1,'2026-11-14');
INSERT INTO "crowds" VALUES('catalogue.interscan-two@example.org','192.0.2.115',31,2,'2026-11-24');
INSERT INTO "crowds" VALUES('dmarc.2026-autumn-1@sender.test','',19,1,'2026-11-29');
INSERT INTO "crowds" VALUES('domain-unknown.2026-autumn-1@sender.test','',20,1,'2026-11-29');
INSERT INTO "crowds" VALUES('on 2026-11-12','192.0.2.13',24,1,'2026-11-12');
INSERT INTO "crowds" VALUES('on 2026-11-13','192.0.2.13',25,1,'2026-11-13');
INSERT INTO "crowds" VALUES('on 2026-11-21','192.0.2.30',28,1,'2026-11-21');
CREATE TABLE cursors (
    mailbox TEXT PRIMARY KEY,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL
) STRICT;
INSERT INTO "cursors" VALUES('imap:bounces/INBOX',1795885118,2);
CREATE TABLE "decisions" (    -- what people decided
    id INTEGER PRIMARY KEY,
    decided_at TEXT NOT NULL,
    address TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('suppress', 'release')),
    scope TEXT NOT NULL,                 -- '' releases every scope
    why TEXT NOT NULL
) STRICT;
INSERT INTO "decisions" VALUES(1,'2026-11-28T16:58:44Z','eva@example.net','suppress','all','asked by letter');
INSERT INTO "decisions" VALUES(2,'2026-11-28T16:58:44Z','finn@example.net','suppress','news','only the newsletter');
INSERT INTO "decisions" VALUES(3,'2026-11-28T16:58:44Z','gone@example.net','suppress','all','');
INSERT INTO "decisions" VALUES(4,'2026-11-28T16:58:45Z','gone@example.net','release','','was a mistake');
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
INSERT INTO "doubt_rows" VALUES(11,22,31,NULL);
INSERT INTO "doubt_rows" VALUES(11,23,31,NULL);
INSERT INTO "doubt_rows" VALUES(12,24,30,NULL);
INSERT INTO "doubt_rows" VALUES(14,25,31,NULL);
INSERT INTO "doubt_rows" VALUES(14,27,31,NULL);
CREATE TABLE event_rows (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES message_rows (id),
    happened_at TEXT NOT NULL,
    stored_at INTEGER,
    address INTEGER NOT NULL,
    campaign INTEGER NOT NULL,
    diagnostic_code INTEGER NOT NULL,
    final_recipient TEXT,
    original_recipient TEXT,
    sent INTEGER NOT NULL DEFAULT 0,
    verdict INTEGER NOT NULL,
    route INTEGER NOT NULL,
    original INTEGER NOT NULL
) STRICT;
INSERT INTO "event_rows" VALUES(1,1,'2026-09-07T06:14:05Z',NULL,1,2,2,NULL,NULL,0,1,1,1);
INSERT INTO "event_rows" VALUES(2,2,'2026-09-07T06:21:44Z',NULL,3,2,3,NULL,NULL,0,2,1,2);
INSERT INTO "event_rows" VALUES(3,3,'2026-09-07T06:40:11Z',NULL,4,2,4,NULL,'',0,3,2,3);
INSERT INTO "event_rows" VALUES(4,4,'2026-09-07T07:30:00Z',NULL,5,2,5,NULL,'',0,4,3,4);
INSERT INTO "event_rows" VALUES(5,5,'2026-09-07T08:02:19Z',NULL,6,2,6,NULL,'',0,5,4,5);
INSERT INTO "event_rows" VALUES(6,6,'2026-09-07T08:25:40Z',NULL,6,2,6,NULL,'',0,5,4,6);
INSERT INTO "event_rows" VALUES(7,7,'2026-09-07T08:51:03Z',NULL,6,2,6,NULL,'',0,5,4,7);
INSERT INTO "event_rows" VALUES(8,8,'2026-09-07T10:31:02Z',NULL,7,2,7,NULL,NULL,0,6,5,8);
INSERT INTO "event_rows" VALUES(9,9,'2026-09-12T06:33:50Z',NULL,7,2,7,NULL,NULL,0,7,5,8);
INSERT INTO "event_rows" VALUES(10,10,'2026-09-14T07:30:00Z',NULL,5,8,5,NULL,'',0,4,3,9);
INSERT INTO "event_rows" VALUES(11,11,'2026-09-15T06:15:27Z',NULL,1,8,9,NULL,'',0,8,6,10);
INSERT INTO "event_rows" VALUES(12,12,'2026-09-15T06:22:16Z',NULL,3,8,3,NULL,NULL,0,2,1,11);
INSERT INTO "event_rows" VALUES(13,13,'2026-09-15T06:40:11Z',NULL,4,8,4,NULL,'',0,3,2,12);
INSERT INTO "event_rows" VALUES(14,14,'2026-09-19T06:20:00Z',NULL,4,0,0,NULL,'',0,9,7,13);
INSERT INTO "event_rows" VALUES(15,15,'2026-09-22T07:30:00Z',NULL,5,9,5,NULL,'',0,4,3,14);
INSERT INTO "event_rows" VALUES(16,16,'2026-09-23T06:16:48Z',NULL,1,9,2,NULL,NULL,0,1,1,15);
INSERT INTO "event_rows" VALUES(17,17,'2026-09-23T06:23:02Z',NULL,3,9,3,NULL,NULL,0,2,1,16);
INSERT INTO "event_rows" VALUES(18,18,'2026-09-23T06:40:11Z',NULL,4,9,4,NULL,'',0,3,2,17);
INSERT INTO "event_rows" VALUES(19,21,'2026-09-16T19:07:33Z',NULL,0,8,0,NULL,NULL,0,10,8,18);
INSERT INTO "event_rows" VALUES(20,22,'2026-09-17T05:55:10Z',NULL,10,8,0,NULL,'',0,11,9,19);
INSERT INTO "event_rows" VALUES(21,27,'2026-06-25T10:24:07Z',NULL,11,0,0,NULL,'',0,12,10,13);
INSERT INTO "event_rows" VALUES(22,28,'2026-06-23T10:22:07Z',NULL,11,0,0,NULL,'',0,12,11,13);
INSERT INTO "event_rows" VALUES(23,29,'2026-06-14T10:13:07Z',NULL,11,0,0,NULL,'',0,12,12,13);
INSERT INTO "event_rows" VALUES(24,30,'2026-06-16T10:15:07Z',NULL,12,13,0,NULL,'',0,13,13,20);
INSERT INTO "event_rows" VALUES(25,31,'2026-06-14T10:13:07Z',NULL,14,13,0,NULL,'',0,14,14,21);
INSERT INTO "event_rows" VALUES(26,32,'2026-06-14T10:13:07Z',NULL,0,13,0,NULL,NULL,0,15,14,22);
INSERT INTO "event_rows" VALUES(27,33,'2026-06-14T10:13:07Z',NULL,14,13,0,NULL,'',0,16,14,23);
INSERT INTO "event_rows" VALUES(28,34,'2026-11-22T01:42:25Z',NULL,15,2,12,NULL,NULL,0,17,15,24);
INSERT INTO "event_rows" VALUES(29,35,'2026-11-22T01:42:25Z',NULL,16,2,13,NULL,NULL,0,2,15,25);
INSERT INTO "event_rows" VALUES(30,36,'2026-11-22T01:42:26Z',NULL,17,2,14,NULL,NULL,0,18,1,26);
INSERT INTO "event_rows" VALUES(31,37,'2026-11-22T01:42:29Z',NULL,17,2,15,NULL,NULL,0,19,1,26);
INSERT INTO "event_rows" VALUES(32,38,'2026-11-22T01:42:25Z',NULL,18,2,16,NULL,NULL,0,20,16,27);
INSERT INTO "event_rows" VALUES(33,39,'2026-11-22T01:42:26Z',NULL,19,2,17,NULL,NULL,0,21,5,28);
INSERT INTO "event_rows" VALUES(34,42,'2026-11-02T00:00:00Z',NULL,32,0,0,NULL,'',0,22,17,29);
INSERT INTO "event_rows" VALUES(35,43,'2026-11-03T00:00:00Z',NULL,0,0,0,NULL,NULL,0,23,14,30);
INSERT INTO "event_rows" VALUES(36,44,'2026-11-04T00:00:00Z',NULL,11,0,0,NULL,'',0,22,18,31);
INSERT INTO "event_rows" VALUES(37,45,'2026-11-05T00:00:00Z',NULL,11,0,0,NULL,'',0,22,10,32);
INSERT INTO "event_rows" VALUES(38,46,'2026-11-06T00:00:00Z',NULL,16,0,18,NULL,'',0,24,19,33);
INSERT INTO "event_rows" VALUES(39,47,'2026-11-07T00:00:00Z',NULL,16,0,19,NULL,'',0,24,20,34);
INSERT INTO "event_rows" VALUES(40,48,'2026-11-08T00:00:00Z',NULL,36,0,20,NULL,'',0,25,21,35);
INSERT INTO "event_rows" VALUES(41,49,'2026-11-09T00:00:00Z',NULL,37,0,21,NULL,'',0,26,22,36);
INSERT INTO "event_rows" VALUES(42,50,'2026-11-10T00:00:00Z',NULL,16,0,22,NULL,'',0,24,23,37);
INSERT INTO "event_rows" VALUES(43,51,'2026-11-11T00:00:00Z',NULL,36,0,23,NULL,'',0,27,12,38);
INSERT INTO "event_rows" VALUES(44,52,'2026-11-12T00:00:00Z',NULL,38,0,24,NULL,'',0,28,12,39);
INSERT INTO "event_rows" VALUES(45,53,'2026-11-13T00:00:00Z',NULL,37,0,25,NULL,'',0,29,12,40);
INSERT INTO "event_rows" VALUES(46,54,'2026-11-14T00:00:00Z',NULL,36,0,26,NULL,'',0,30,24,41);
INSERT INTO "event_rows" VALUES(47,56,'2026-11-16T00:00:00Z',NULL,36,0,27,NULL,'',0,31,25,42);
INSERT INTO "event_rows" VALUES(48,58,'2026-11-18T00:00:00Z',NULL,16,0,28,NULL,'',0,24,26,43);
INSERT INTO "event_rows" VALUES(49,60,'2026-11-20T00:00:00Z',NULL,15,0,29,NULL,NULL,0,32,15,44);
INSERT INTO "event_rows" VALUES(50,61,'2026-11-21T00:00:00Z',NULL,37,0,30,NULL,'',0,33,27,45);
INSERT INTO "event_rows" VALUES(51,62,'2026-11-22T00:00:00Z',NULL,16,0,31,NULL,'',0,24,28,46);
INSERT INTO "event_rows" VALUES(52,63,'2026-11-23T00:00:00Z',NULL,37,0,32,NULL,'',0,34,14,47);
INSERT INTO "event_rows" VALUES(53,64,'2026-11-24T00:00:00Z',NULL,39,0,33,NULL,'',0,35,29,48);
INSERT INTO "event_rows" VALUES(54,64,'2026-11-24T00:00:00Z',NULL,37,0,34,NULL,'',0,36,29,48);
INSERT INTO "event_rows" VALUES(55,65,'2026-11-25T00:00:00Z',NULL,39,0,35,NULL,'',0,37,30,49);
INSERT INTO "event_rows" VALUES(56,66,'2026-11-26T00:00:00Z',NULL,14,0,0,NULL,'',0,38,14,50);
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
INSERT INTO "jobs" VALUES('backup','2026-11-28T16:58:41Z','');
INSERT INTO "jobs" VALUES('checkpoint','2026-11-29T00:17:53Z','');
INSERT INTO "jobs" VALUES('housekeeping','2026-11-28T16:58:41Z','');
INSERT INTO "jobs" VALUES('optimize','2026-11-28T16:58:41Z','');
INSERT INTO "jobs" VALUES('rates','2026-11-28T16:58:41Z','');
INSERT INTO "jobs" VALUES('reconcile','2026-11-28T16:58:41Z','');
INSERT INTO "jobs" VALUES('retention','2026-11-28T16:58:41Z','');
CREATE TABLE latest_outcome_rows (       -- the latest day on which somebody bounced or complained
    identity INTEGER NOT NULL,           -- the text of an address or id, or -(the event)
    dimension INTEGER NOT NULL,
    name INTEGER NOT NULL,
    complaint INTEGER NOT NULL CHECK (complaint IN (0, 1)),
    day INTEGER NOT NULL,                -- since 1970
    PRIMARY KEY (identity, dimension, name, complaint)
) STRICT, WITHOUT ROWID;
INSERT INTO "latest_outcome_rows" VALUES(-35,46,23,1,20760);
INSERT INTO "latest_outcome_rows" VALUES(-19,40,8,1,20712);
INSERT INTO "latest_outcome_rows" VALUES(-19,46,47,1,20712);
INSERT INTO "latest_outcome_rows" VALUES(1,40,2,0,20703);
INSERT INTO "latest_outcome_rows" VALUES(1,40,8,0,20711);
INSERT INTO "latest_outcome_rows" VALUES(1,40,9,0,20719);
INSERT INTO "latest_outcome_rows" VALUES(1,41,23,0,20719);
INSERT INTO "latest_outcome_rows" VALUES(1,46,47,0,20719);
INSERT INTO "latest_outcome_rows" VALUES(3,40,2,0,20703);
INSERT INTO "latest_outcome_rows" VALUES(3,40,8,0,20711);
INSERT INTO "latest_outcome_rows" VALUES(3,40,9,0,20719);
INSERT INTO "latest_outcome_rows" VALUES(3,41,23,0,20719);
INSERT INTO "latest_outcome_rows" VALUES(3,46,47,0,20719);
INSERT INTO "latest_outcome_rows" VALUES(4,40,2,0,20703);
INSERT INTO "latest_outcome_rows" VALUES(4,40,8,0,20711);
INSERT INTO "latest_outcome_rows" VALUES(4,40,9,0,20719);
INSERT INTO "latest_outcome_rows" VALUES(4,41,23,0,20719);
INSERT INTO "latest_outcome_rows" VALUES(4,46,47,0,20719);
INSERT INTO "latest_outcome_rows" VALUES(5,40,2,0,20703);
INSERT INTO "latest_outcome_rows" VALUES(5,40,8,0,20710);
INSERT INTO "latest_outcome_rows" VALUES(5,40,9,0,20718);
INSERT INTO "latest_outcome_rows" VALUES(5,41,44,0,20718);
INSERT INTO "latest_outcome_rows" VALUES(5,46,47,0,20718);
INSERT INTO "latest_outcome_rows" VALUES(6,40,2,0,20703);
INSERT INTO "latest_outcome_rows" VALUES(6,41,43,0,20703);
INSERT INTO "latest_outcome_rows" VALUES(6,46,47,0,20703);
INSERT INTO "latest_outcome_rows" VALUES(7,40,2,0,20708);
INSERT INTO "latest_outcome_rows" VALUES(7,41,44,0,20708);
INSERT INTO "latest_outcome_rows" VALUES(7,46,47,0,20708);
INSERT INTO "latest_outcome_rows" VALUES(10,40,8,1,20713);
INSERT INTO "latest_outcome_rows" VALUES(10,41,43,1,20713);
INSERT INTO "latest_outcome_rows" VALUES(10,46,47,1,20713);
INSERT INTO "latest_outcome_rows" VALUES(14,41,43,1,20783);
INSERT INTO "latest_outcome_rows" VALUES(14,46,23,1,20783);
INSERT INTO "latest_outcome_rows" VALUES(15,40,2,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(15,41,44,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(15,46,47,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(16,40,2,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(16,41,44,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(16,46,47,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(18,40,2,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(18,41,43,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(18,46,47,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(19,40,2,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(19,41,45,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(19,46,47,0,20779);
INSERT INTO "latest_outcome_rows" VALUES(22,40,13,1,20618);
INSERT INTO "latest_outcome_rows" VALUES(22,41,44,1,20618);
INSERT INTO "latest_outcome_rows" VALUES(22,46,23,1,20618);
INSERT INTO "latest_outcome_rows" VALUES(36,41,44,0,20771);
INSERT INTO "latest_outcome_rows" VALUES(36,46,23,0,20771);
INSERT INTO "latest_outcome_rows" VALUES(37,41,44,0,20781);
INSERT INTO "latest_outcome_rows" VALUES(37,46,23,0,20781);
INSERT INTO "latest_outcome_rows" VALUES(38,41,42,0,20769);
INSERT INTO "latest_outcome_rows" VALUES(39,41,44,0,20782);
INSERT INTO "latest_outcome_rows" VALUES(39,46,23,0,20782);
CREATE TABLE message_kinds (             -- what many messages have in common
    id INTEGER PRIMARY KEY,
    mailbox TEXT NOT NULL,               -- where it was seen first
    kind TEXT NOT NULL CHECK (kind IN ('bounce', 'complaint', 'auto-reply', 'delivered', 'other', 'unreadable')),
    decoder TEXT NOT NULL,
    subject TEXT NOT NULL,
    problem TEXT NOT NULL
) STRICT;
INSERT INTO "message_kinds" VALUES(1,'file:/srv/samples/story','bounce','dsn','Undelivered Mail Returned to Sender','');
INSERT INTO "message_kinds" VALUES(2,'file:/srv/samples/story','bounce','qmail','failure notice','');
INSERT INTO "message_kinds" VALUES(3,'file:/srv/samples/story','bounce','dsn','Undeliverable: Autumn letter 1: apples','');
INSERT INTO "message_kinds" VALUES(4,'file:/srv/samples/story','bounce','failed-recipients','Mail delivery failed: returning message to sender','');
INSERT INTO "message_kinds" VALUES(5,'file:/srv/samples/story','bounce','dsn','Delayed Mail (still being retried)','');
INSERT INTO "message_kinds" VALUES(6,'file:/srv/samples/story','bounce','dsn','Undeliverable: Autumn letter 2: pears','');
INSERT INTO "message_kinds" VALUES(7,'file:/srv/samples/story','auto-reply','auto-reply','Automatic reply: Autumn letter 2: pears (second try)','');
INSERT INTO "message_kinds" VALUES(8,'file:/srv/samples/story','bounce','dsn','Undeliverable: Autumn letter 3: quinces','');
INSERT INTO "message_kinds" VALUES(9,'file:/srv/samples/story','other','','Free delivery for every rose: our returns policy got better','');
INSERT INTO "message_kinds" VALUES(10,'file:/srv/samples/story','bounce','unnamed','Undelivered Mail Returned to Sender','');
INSERT INTO "message_kinds" VALUES(11,'file:/srv/samples/story','complaint','arf','FW: Autumn letter 2: pears','');
INSERT INTO "message_kinds" VALUES(12,'file:/srv/samples/not-a-report/read-receipt.eml','other','not-a-report','Read: Summer catalogue','');
INSERT INTO "message_kinds" VALUES(13,'file:/srv/samples/not-a-report/dmarc-aggregate.eml','other','not-a-report','Report Domain: example.org Submitter: example.com Report-ID: <2026.06.01@example.com>','');
INSERT INTO "message_kinds" VALUES(14,'file:/srv/samples/other/majordomo-not-member.eml','other','','Majordomo results','');
INSERT INTO "message_kinds" VALUES(15,'file:/srv/samples/other/forwarded-bounce.eml','other','','Fwd: Undeliverable: Summer catalogue','');
INSERT INTO "message_kinds" VALUES(16,'file:/srv/samples/challenge/confirm.eml','auto-reply','challenge','Please confirm your message','');
INSERT INTO "message_kinds" VALUES(17,'file:/srv/samples/auto-reply/german-subject.eml','auto-reply','auto-reply','Abwesenheitsnotiz: Bin im Büro nicht erreichbar','');
INSERT INTO "message_kinds" VALUES(18,'file:/srv/samples/auto-reply/left-the-company.eml','auto-reply','auto-reply','Automatic reply: Summer catalogue','');
INSERT INTO "message_kinds" VALUES(19,'file:/srv/samples/arf/not-spam.eml','complaint','arf','FW: Summer catalogue','');
INSERT INTO "message_kinds" VALUES(20,'file:/srv/samples/arf/auth-failure.eml','complaint','arf','Report domain: example.org; failure','');
INSERT INTO "message_kinds" VALUES(21,'file:/srv/samples/arf/redacted.eml','complaint','arf','FW: Summer catalogue','');
INSERT INTO "message_kinds" VALUES(22,'file:/srv/samples/arf/virus.eml','complaint','arf','FW: Summer catalogue','');
INSERT INTO "message_kinds" VALUES(23,'file:/srv/samples/postfix/address-moved.eml','bounce','dsn','Undelivered Mail Returned to Sender','');
INSERT INTO "message_kinds" VALUES(24,'file:/srv/samples/postfix/block-list.eml','bounce','dsn','Undelivered Mail Returned to Sender','');
INSERT INTO "message_kinds" VALUES(25,'file:/srv/samples/postfix/delay-cleared-delayed.eml','bounce','dsn','Delayed Mail (still being retried)','');
INSERT INTO "message_kinds" VALUES(26,'file:/srv/samples/postfix/delay-cleared.eml','delivered','dsn','Successful Mail Delivery Report','');
INSERT INTO "message_kinds" VALUES(27,'file:/srv/samples/postfix/dmarc.eml','bounce','dsn','Undelivered Mail Returned to Sender','');
INSERT INTO "message_kinds" VALUES(28,'file:/srv/samples/postfix/domain-unknown.eml','bounce','dsn','Undelivered Mail Returned to Sender','');
INSERT INTO "message_kinds" VALUES(29,'file:/srv/samples/broken.eml','other','','','');
INSERT INTO "message_kinds" VALUES(30,'imap:bounces/INBOX','other','','Re: Undeliverable: your order','');
INSERT INTO "message_kinds" VALUES(31,'imap:bounces/INBOX','auto-reply','answer','Eemal kontorist: Our autumn letter','');
INSERT INTO "message_kinds" VALUES(32,'imap:bounces/INBOX','complaint','arf','Email Feedback Report for IP 192.0.2.200','');
INSERT INTO "message_kinds" VALUES(33,'imap:bounces/INBOX','auto-reply','auto-reply','Thank you for your mail','');
INSERT INTO "message_kinds" VALUES(34,'imap:bounces/INBOX','auto-reply','challenge','Please confirm your message','');
INSERT INTO "message_kinds" VALUES(35,'imap:bounces/INBOX','bounce','dsn','NOTICE: mail delivery status.','');
INSERT INTO "message_kinds" VALUES(36,'imap:bounces/INBOX','bounce','dma','Mail delivery failed','');
INSERT INTO "message_kinds" VALUES(37,'imap:bounces/INBOX','bounce','dsn','Delayed Mail (still being retried)','');
INSERT INTO "message_kinds" VALUES(38,'imap:bounces/INBOX','bounce','exchange','=?big5_tw?b?tUyqa7bHu7w6IKXYv/0=?=','');
INSERT INTO "message_kinds" VALUES(39,'imap:bounces/INBOX','bounce','dsn','Mail delivery failed: returning message to sender','');
INSERT INTO "message_kinds" VALUES(40,'imap:bounces/INBOX','bounce','failed-recipients','Warning: message 1abCDE-0000-xx delayed 24 hours','');
INSERT INTO "message_kinds" VALUES(41,'imap:bounces/INBOX','bounce','fallback','Undeliverable: Summer catalogue','');
INSERT INTO "message_kinds" VALUES(42,'imap:bounces/INBOX','bounce','free-text','退信通知','');
INSERT INTO "message_kinds" VALUES(43,'imap:bounces/INBOX','bounce','intermail','Mail System Error - Returned Mail','');
INSERT INTO "message_kinds" VALUES(44,'imap:bounces/INBOX','other','list-manager','Returned post for readers@example.net','');
INSERT INTO "message_kinds" VALUES(45,'imap:bounces/INBOX','bounce','messaging-server','Delivery Notification: Delivery has been delayed','');
INSERT INTO "message_kinds" VALUES(46,'imap:bounces/INBOX','other','not-a-report','Report Domain: example.org Submitter: example.com Report-ID: <2026.06.01@example.com>','');
INSERT INTO "message_kinds" VALUES(47,'imap:bounces/INBOX','bounce','dsn','Delivery status notification: failed','');
INSERT INTO "message_kinds" VALUES(48,'imap:bounces/INBOX','other','','Your mailbox is nearly full','');
INSERT INTO "message_kinds" VALUES(49,'imap:bounces/INBOX','bounce','dsn','Undelivered Mail Returned to Sender','');
INSERT INTO "message_kinds" VALUES(50,'imap:bounces/INBOX','bounce','qmail','failure notice','');
INSERT INTO "message_kinds" VALUES(51,'imap:bounces/INBOX','bounce','dsn','Returned mail: see transcript for details','');
INSERT INTO "message_kinds" VALUES(52,'imap:bounces/INBOX','bounce','sns','AWS Notification Message','');
INSERT INTO "message_kinds" VALUES(53,'imap:bounces/INBOX','bounce','transcript','Mail could not be delivered','');
INSERT INTO "message_kinds" VALUES(54,'imap:bounces/INBOX','bounce','unnamed','Undeliverable mail: Summer catalogue','');
INSERT INTO "message_kinds" VALUES(55,'imap:bounces/INBOX','complaint','x-arf','abuse report about 192.0.2.200','');
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
INSERT INTO "message_rows" VALUES(1,X'C44AD9D028B1A90214D781883B35EADF9534D1FEC778420BA35B1E08EF5E7572',1788761645,1795885119,1,'bounces/01-anna-unknown.eml',2915,1,0,0);
INSERT INTO "message_rows" VALUES(2,X'AA968D9473B253F50B5A106176D19872B84D8C88F97B7802527151249D1F03A9',1788762104,1795885119,1,'bounces/02-gus-blocked.eml',3019,1,0,0);
INSERT INTO "message_rows" VALUES(3,X'074D5EBFDE1C6DCB330995B439D9CDEB376E0BD1E7D9E2796DF57F7B576DD1D4',1788763211,1795885119,2,'bounces/03-dora-unknown.eml',1655,1,0,0);
INSERT INTO "message_rows" VALUES(4,X'E1EC17331D54B157C871A8E0817121E34AE29B93365ABB2B351E8E7D03D6E292',1788766200,1795885119,3,'bounces/04-ben-mailbox-full.eml',3621,1,0,0);
INSERT INTO "message_rows" VALUES(5,X'6F1324A60B5A660489EB37D5E82A3883AF9906929FB78D2EB126A1BDDB37734E',1788768139,1795885119,4,'bounces/05-cara-unknown.eml',1847,1,0,0);
INSERT INTO "message_rows" VALUES(6,X'EADDA224087022809C1E9873A59C299D8796309B040F880AA14E961C7EEAFDD5',1788769540,1795885119,4,'bounces/06-cara-unknown.eml',1857,1,0,0);
INSERT INTO "message_rows" VALUES(7,X'0E5E539E9CA1A9CA04A9FBDC7C79197FC1CBE06D9DB451113020300F69574F4A',1788771063,1795885119,4,'bounces/07-cara-unknown.eml',1869,1,0,0);
INSERT INTO "message_rows" VALUES(8,X'8F32D881259F94C345E8FF54329846262D8D5CDE1907E6F092D41DC67A6AAFB5',1788777062,1795885119,5,'bounces/08-hana-delayed.eml',2921,1,0,0);
INSERT INTO "message_rows" VALUES(9,X'BD91832C3845E1DAAC36AD42A75D1885C20D73A89D8148616CC5395FF80D724D',1789194830,1795885119,1,'bounces/09-hana-expired.eml',2752,1,0,0);
INSERT INTO "message_rows" VALUES(10,X'8B71312D6AEC8ADB758516F4F57C4A0A3627BCB18B61610394DE832E293B36CA',1789371000,1795885119,6,'bounces/10-ben-mailbox-full.eml',3606,1,0,0);
INSERT INTO "message_rows" VALUES(11,X'30B2519ED0D66264A9725500ECDE2CEF4496A8056EFBD1894AFAF63D28B466F4',1789452927,1795885119,4,'bounces/11-anna-unknown.eml',1984,1,0,0);
INSERT INTO "message_rows" VALUES(12,X'E900724FF03E871A580133FCCAAC274CF2F303E931AE0B9D5680628BD555E59C',1789453336,1795885119,1,'bounces/12-gus-blocked.eml',3005,1,0,0);
INSERT INTO "message_rows" VALUES(13,X'11CEAC8632FCC6D1A5725BECDEEED9D99EBCB4EA49FB74063A3ED84C7CFF233D',1789454411,1795885119,2,'bounces/13-dora-unknown.eml',1641,1,0,0);
INSERT INTO "message_rows" VALUES(14,X'5C4FB808CEF5AA419F522811C8D694E44526A99275CF46B9D3F7CC3CA3DD5760',1789798800,1795885119,7,'bounces/16-dora-vacation.eml',949,1,0,0);
INSERT INTO "message_rows" VALUES(15,X'3E18C23E8E05B304E700F6163769A06CC54094CD106A700089B2B3D043E0F57B',1790062200,1795885119,8,'bounces/17-ben-mailbox-full.eml',3613,1,0,0);
INSERT INTO "message_rows" VALUES(16,X'1D2945CF59B3102ED69DA1690BE8C578F7A2DEA8643FD97842CDF3B4C56F0688',1790144208,1795885119,1,'bounces/18-anna-unknown.eml',2906,1,0,0);
INSERT INTO "message_rows" VALUES(17,X'46E8F85D0457FBD712487346D4E1D85DC0178414F12EE3AB83F63DDEABBC7371',1790144582,1795885119,1,'bounces/19-gus-blocked.eml',3010,1,0,0);
INSERT INTO "message_rows" VALUES(18,X'2B7E47FB76E69F7F86565C1FB962B0F8E0B49DF464FBE03BDFE98219CFEB52FD',1790145611,1795885119,2,'bounces/20-dora-unknown.eml',1646,1,0,0);
INSERT INTO "message_rows" VALUES(19,X'5BC24116E63ADDE9E073DEAF097869C7AE1B36F42EE1126611FEA4F78A831EC6',1790261109,1795885119,9,'bounces/21-garden-newsletter.eml',1493,0,0,0);
INSERT INTO "message_rows" VALUES(20,X'1F15DD404A41FD8E12DC8490BF025DCE8477FE4336B38F3267E22568FFB39EE2',1790298775,1795885119,10,'bounces/22-garbled.eml',1180,0,0,0);
INSERT INTO "message_rows" VALUES(21,X'828943ED33DD60D0C8751A4034F3B6AED77711AD9488FAC29D3880C4B9C3E3B0',1789585653,1795885119,11,'complaints/14-erik-abuse.eml',1996,0,0,0);
INSERT INTO "message_rows" VALUES(22,X'2F85D7C33AD45B589DC7A5F45C3E94FD9CDCAE1A3DECB7C1C5797076CEB345D1',1789624510,1795885119,11,'complaints/15-fay-abuse.eml',2244,1,0,0);
INSERT INTO "message_rows" VALUES(23,X'4CA09BAC55D6CCC7552390182B6865F08E03E045D96B9887FCE0070CBBB766CA',1781864287,1795885119,12,'read-receipt.eml',1267,0,0,0);
INSERT INTO "message_rows" VALUES(24,X'724C1734BE9C65F92F95614C489CA5E90B26BD7CD32C561A1645A98217CA8C88',1781950747,1795885119,13,'dmarc-aggregate.eml',577,0,0,0);
INSERT INTO "message_rows" VALUES(25,X'F0BEAC1BCCC7C2A86B85B1B79946C34AA0C96980AEEF28455FBFE8152AB8BCAE',1780311427,1795885119,14,'majordomo-not-member.eml',1034,0,0,0);
INSERT INTO "message_rows" VALUES(26,X'0FF1F182E4307334EBF75CA912AD26F3C9E56C4901A14B421FC4EFF349E6C5D2',1780309687,1795885119,15,'forwarded-bounce.eml',497,0,0,0);
INSERT INTO "message_rows" VALUES(27,X'190806DC45ACE6BE60D0D6AD65F9C6F752DBEA51A7C0BB6257791C0EFD4AB0D9',1782383047,1795885119,16,'confirm.eml',471,1,0,0);
INSERT INTO "message_rows" VALUES(28,X'B68B5433D2AD8360CF8F2625D43FB73733F56C3947CDA3A9184D635C3700B833',1782210127,1795885119,17,'german-subject.eml',443,1,0,0);
INSERT INTO "message_rows" VALUES(29,X'EBEC71C90A4F3B26A32ADE50082B81CF5223A0588BFEE1F145A154837566DB56',1781431987,1795885119,18,'left-the-company.eml',677,1,0,0);
INSERT INTO "message_rows" VALUES(30,X'B5298A03C6F6A9B1EF016C44A6AF974E17CA36D8082F130DD06F08A458838491',1781604907,1795885119,19,'not-spam.eml',1205,1,0,0);
INSERT INTO "message_rows" VALUES(31,X'155CEB80FBFE12D83125F48CBEB8A78D098CD95D97E09700E03F3BBA770D8010',1781431987,1795885119,20,'auth-failure.eml',1478,1,0,0);
INSERT INTO "message_rows" VALUES(32,X'59FEE8BCC79B6A8CF79187E9E932DB1E35993F75ABC67A3DD66A98097DA8C11B',1781431987,1795885119,21,'redacted.eml',1239,0,0,0);
INSERT INTO "message_rows" VALUES(33,X'F40C022EEBA2A3BBADCB76800D1E126C4F982C1980FEE80C36F5CD57295F3E1F',1781431987,1795885119,22,'virus.eml',1292,1,0,0);
INSERT INTO "message_rows" VALUES(34,X'158384DCD085E9942222AA7063DE18842D1AA29656635C9223F467593B128E70',1795311745,1795885119,23,'address-moved.eml',2806,1,0,0);
INSERT INTO "message_rows" VALUES(35,X'C732030131C22AF437142E21DE7938CE10303AD44BAD081E950A11B8A4D265FF',1795311745,1795885119,24,'block-list.eml',2938,1,0,0);
INSERT INTO "message_rows" VALUES(36,X'1E34689098432E7328F143EB18297EC29864E273C0E01442C5447FAAEE6B11EE',1795311746,1795885119,25,'delay-cleared-delayed.eml',3021,1,0,0);
INSERT INTO "message_rows" VALUES(37,X'61FECDFC9C8153B1EA9F34C0F90CA5B1421914328D70EA2768A995A32394AA9F',1795311749,1795885119,26,'delay-cleared.eml',2938,1,0,0);
INSERT INTO "message_rows" VALUES(38,X'FE19778804205B8A5AFA6993966A3D3859C165983EF74A10F732073CDA535EDD',1795311745,1795885119,27,'dmarc.eml',2872,1,0,0);
INSERT INTO "message_rows" VALUES(39,X'4BADD0B90EE4E989B22F812E47AA2925C782835557180C88B2D2393B1B069C9B',1795311746,1795885119,28,'domain-unknown.eml',2795,1,0,0);
INSERT INTO "message_rows" VALUES(40,X'BCACEC316C00F3C008FF2AC25D2D2182BD56EDE084B4C3E99682B91F1497C909',1795885118,1795885119,29,'broken.eml',102,0,0,0);
INSERT INTO "message_rows" VALUES(41,X'87C8C3B93085CBFA3D81F6C23D232E81BA2F7E4FF7C9D9C8B3AE3AF316904B00',1781779447,1795885121,30,'1',544,0,0,0);
INSERT INTO "message_rows" VALUES(42,X'F7972DBDCB9AFAF612FECAA4701CBFB3AC9B30E20FA6815B98DBE58FA015BB4C',1793577600,1795911473,31,'901',370,1,0,0);
INSERT INTO "message_rows" VALUES(43,X'295C7DE26F7F84204DA135D28ADBEB420F249323A686F6BAD7F43521CAE30293',1793664000,1795911473,32,'902',1342,0,0,0);
INSERT INTO "message_rows" VALUES(44,X'2A38766C4559CDFCE90AABD1457CF293A612B123742B7028E7D9E515D63D4DE2',1793750400,1795911473,33,'903',396,1,0,0);
INSERT INTO "message_rows" VALUES(45,X'983E73CEEFB6F3B568EA509A6F1F5E42BAE0E03F9687F560BAA56BC4D6CD3BB6',1793836800,1795911473,34,'904',471,1,0,0);
INSERT INTO "message_rows" VALUES(46,X'C2C57E560F53F980738DD466A8A66891F8E402FD0A4BA0EBC16D6BE72D3E1BD9',1793923200,1795911473,35,'905',3078,1,0,0);
INSERT INTO "message_rows" VALUES(47,X'C4F90942E61B417A9BA8C9800A613EAAD6C1127046CF7D3501DEAA92A1BD10B4',1794009600,1795911473,36,'906',1337,1,0,0);
INSERT INTO "message_rows" VALUES(48,X'AD96436C238CAA65257A9DEC9299BBF43F35C88780BD8FEDF23826DDD83E069E',1794096000,1795911473,37,'907',1239,1,0,0);
INSERT INTO "message_rows" VALUES(49,X'F52E37A5D9A909E17D5FC3758308AF4198AC44688C04B2A59B5DBB2BF1987B36',1794182400,1795911473,38,'908',1406,1,0,0);
INSERT INTO "message_rows" VALUES(50,X'66A51AFAD2004EC5598E04E79C8283840F95D02A6F41B650E124BF6E0B8ED09B',1794268800,1795911473,39,'909',2444,1,0,0);
INSERT INTO "message_rows" VALUES(51,X'E4BB6BC602CC917C088FC46C1B6A12549EA95927D9BFB66DBAA73F95F3BCC6D2',1794355200,1795911473,40,'910',987,1,0,0);
INSERT INTO "message_rows" VALUES(52,X'623E6E6832EB82F4980AC78CDF6646C6B9D4DBDD15410FDBEB5C1E7F5B1CA70E',1794441600,1795911473,41,'911',594,1,0,0);
INSERT INTO "message_rows" VALUES(53,X'229FEE8100D8A8D182851D6F68412E42D6D65E37A4441BB877136C23BCF7F20C',1794528000,1795911473,42,'912',707,1,0,0);
INSERT INTO "message_rows" VALUES(54,X'B0FFAC42C1FD41D98FB20C287DCA8C0B3C23D9C940B8D15F0588A6654EED0C57',1794614400,1795911473,43,'913',1441,1,0,0);
INSERT INTO "message_rows" VALUES(55,X'CF583B8242DF2B1CA7088E9D1C5261F614B5AE755353756521362152D98AADA3',1794700800,1795911473,44,'914',1257,0,0,0);
INSERT INTO "message_rows" VALUES(56,X'90D29F27936C29EFD7B173767DE43076881D66FB820890601569016326FF4E27',1794787200,1795911473,45,'915',1717,1,0,0);
INSERT INTO "message_rows" VALUES(57,X'FB4A1E86D59B80CFFBEBD89012546CAF0C3DA0DEDBB73F39D2C6C7A1D3A2B932',1794873600,1795911473,46,'916',577,0,0,0);
INSERT INTO "message_rows" VALUES(58,X'62380C78B71E3B870E131E0DB486BE1D2E1CF2DEB4458CCF6774CC423862DA2A',1794960000,1795911473,47,'917',2146,1,0,0);
INSERT INTO "message_rows" VALUES(59,X'C920EEFCCBAA45E10C8C942DDD35B7BB3D55FF77516F4F4F4FF4BF43D139F623',1795046400,1795911473,48,'918',493,0,0,0);
INSERT INTO "message_rows" VALUES(60,X'A8B2A80CD0E637CF46B67B434B8A74C59DD93E3DA1AF3310420B834D5B81468F',1795132800,1795911473,49,'919',2806,1,0,0);
INSERT INTO "message_rows" VALUES(61,X'C4F909558198D0D2B72DF144026DF6A6CFC8B90552B8DA7FBB362DA9D9E99CE7',1795219200,1795911473,50,'920',579,1,0,0);
INSERT INTO "message_rows" VALUES(62,X'12F34D182E6B14B10676955775EFC22B35FBA929A3297AAED573B6D17A284CCA',1795305600,1795911474,51,'921',2588,1,0,0);
INSERT INTO "message_rows" VALUES(63,X'D75484809930E2B32FD96636F3A4114FAA5E67D22B83934146BC6F3CBCAAB477',1795392000,1795911474,52,'922',2167,1,0,0);
INSERT INTO "message_rows" VALUES(64,X'D83732677BA0EF9C5713D87F470CA0FB6443A6DF5B91513BCAD7E363A0816941',1795478400,1795911474,53,'923',1364,1,0,0);
INSERT INTO "message_rows" VALUES(65,X'1ADE4CAE7019EF05187E30E1153FE3BD687CA4E459CEDA6A2A8F7B81F2146429',1795564800,1795911474,54,'924',1114,1,0,0);
INSERT INTO "message_rows" VALUES(66,X'B734A3C62A6C2DD64D73A7D7DECDC621EC079C910718AFFAD963198ACFEF7DCE',1795651200,1795911474,55,'925',1463,1,0,0);
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
INSERT INTO "meta" VALUES('rekeyed','');
INSERT INTO "meta" VALUES('earlier_fingerprints','41');
INSERT INTO "meta" VALUES('policy','df7d9f1600ffa8737e3f5fed5b23612dc8446a22b31e413839cbbd91743ac00f');
CREATE TABLE named_rows (                -- which addresses these are
    crowd INTEGER NOT NULL,
    address INTEGER NOT NULL,
    PRIMARY KEY (crowd, address)
) STRICT, WITHOUT ROWID;
INSERT INTO "named_rows" VALUES(1,15);
INSERT INTO "named_rows" VALUES(2,1);
INSERT INTO "named_rows" VALUES(3,5);
INSERT INTO "named_rows" VALUES(4,6);
INSERT INTO "named_rows" VALUES(5,4);
INSERT INTO "named_rows" VALUES(6,3);
INSERT INTO "named_rows" VALUES(7,7);
INSERT INTO "named_rows" VALUES(8,6);
INSERT INTO "named_rows" VALUES(9,6);
INSERT INTO "named_rows" VALUES(10,1);
INSERT INTO "named_rows" VALUES(11,5);
INSERT INTO "named_rows" VALUES(12,4);
INSERT INTO "named_rows" VALUES(13,3);
INSERT INTO "named_rows" VALUES(14,1);
INSERT INTO "named_rows" VALUES(15,5);
INSERT INTO "named_rows" VALUES(16,4);
INSERT INTO "named_rows" VALUES(17,3);
INSERT INTO "named_rows" VALUES(18,16);
INSERT INTO "named_rows" VALUES(19,18);
INSERT INTO "named_rows" VALUES(20,19);
INSERT INTO "named_rows" VALUES(21,16);
INSERT INTO "named_rows" VALUES(22,37);
INSERT INTO "named_rows" VALUES(23,16);
INSERT INTO "named_rows" VALUES(24,38);
INSERT INTO "named_rows" VALUES(25,37);
INSERT INTO "named_rows" VALUES(26,36);
INSERT INTO "named_rows" VALUES(27,16);
INSERT INTO "named_rows" VALUES(28,37);
INSERT INTO "named_rows" VALUES(29,16);
INSERT INTO "named_rows" VALUES(30,37);
INSERT INTO "named_rows" VALUES(31,37);
INSERT INTO "named_rows" VALUES(31,39);
INSERT INTO "named_rows" VALUES(32,39);
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
INSERT INTO "original_messages" VALUES(1,'autumn-1.anna@sender.test','','',1);
INSERT INTO "original_messages" VALUES(2,'autumn-1.gus@sender.test','','',1);
INSERT INTO "original_messages" VALUES(3,'autumn-1.dora@sender.test','','',1);
INSERT INTO "original_messages" VALUES(4,'autumn-1.ben@sender.test','','',1);
INSERT INTO "original_messages" VALUES(5,'autumn-1.cara@sender.test','','',1);
INSERT INTO "original_messages" VALUES(6,'autumn-1b.cara@sender.test','','',1);
INSERT INTO "original_messages" VALUES(7,'autumn-1c.cara@sender.test','','',1);
INSERT INTO "original_messages" VALUES(8,'autumn-1.hana@sender.test','','',1);
INSERT INTO "original_messages" VALUES(9,'autumn-2.ben@sender.test','','',8);
INSERT INTO "original_messages" VALUES(10,'autumn-2.anna@sender.test','','',8);
INSERT INTO "original_messages" VALUES(11,'autumn-2.gus@sender.test','','',8);
INSERT INTO "original_messages" VALUES(12,'autumn-2.dora@sender.test','','',8);
INSERT INTO "original_messages" VALUES(13,'','','',0);
INSERT INTO "original_messages" VALUES(14,'autumn-3.ben@sender.test','','',10);
INSERT INTO "original_messages" VALUES(15,'autumn-3.anna@sender.test','','',10);
INSERT INTO "original_messages" VALUES(16,'autumn-3.gus@sender.test','','',10);
INSERT INTO "original_messages" VALUES(17,'autumn-3.dora@sender.test','','',10);
INSERT INTO "original_messages" VALUES(18,'autumn-2.erik@sender.test','','',8);
INSERT INTO "original_messages" VALUES(19,'autumn-2.fay@sender.test','','',8);
INSERT INTO "original_messages" VALUES(20,'catalogue-23@example.org','','',11);
INSERT INTO "original_messages" VALUES(21,'catalogue-130@example.org','','',11);
INSERT INTO "original_messages" VALUES(22,'catalogue-21@example.org','','',11);
INSERT INTO "original_messages" VALUES(23,'catalogue-121@example.org','','',11);
INSERT INTO "original_messages" VALUES(24,'address-moved.2026-autumn-1@sender.test','','',1);
INSERT INTO "original_messages" VALUES(25,'block-list.2026-autumn-1@sender.test','','',1);
INSERT INTO "original_messages" VALUES(26,'delay-cleared.2026-autumn-1@sender.test','','',1);
INSERT INTO "original_messages" VALUES(27,'dmarc.2026-autumn-1@sender.test','','',1);
INSERT INTO "original_messages" VALUES(28,'domain-unknown.2026-autumn-1@sender.test','','',1);
INSERT INTO "original_messages" VALUES(29,'','','',0);
INSERT INTO "original_messages" VALUES(30,'catalogue-132@example.org','','',0);
INSERT INTO "original_messages" VALUES(31,'','','',0);
INSERT INTO "original_messages" VALUES(32,'','','',0);
INSERT INTO "original_messages" VALUES(33,'block-list.2026-autumn-1@sender.test','','',0);
INSERT INTO "original_messages" VALUES(34,'block-list.2026-autumn-1@sender.test','','',0);
INSERT INTO "original_messages" VALUES(35,'catalogue-4@example.org','','',0);
INSERT INTO "original_messages" VALUES(36,'catalogue.exchange2003-chinese-traditional@example.org','','',0);
INSERT INTO "original_messages" VALUES(37,'block-list.2026-autumn-1@sender.test','','',0);
INSERT INTO "original_messages" VALUES(38,'','','',0);
INSERT INTO "original_messages" VALUES(39,'','','',0);
INSERT INTO "original_messages" VALUES(40,'','','',0);
INSERT INTO "original_messages" VALUES(41,'catalogue.intermail-expired@example.org','','',0);
INSERT INTO "original_messages" VALUES(42,'catalogue.messaging-server-delay@example.org','','',0);
INSERT INTO "original_messages" VALUES(43,'block-list.2026-autumn-1@sender.test','','',0);
INSERT INTO "original_messages" VALUES(44,'address-moved.2026-autumn-1@sender.test','','',0);
INSERT INTO "original_messages" VALUES(45,'','','',0);
INSERT INTO "original_messages" VALUES(46,'block-list.2026-autumn-1@sender.test','','',0);
INSERT INTO "original_messages" VALUES(47,'catalogue-101@example.org','','',0);
INSERT INTO "original_messages" VALUES(48,'catalogue.interscan-two@example.org','','',0);
INSERT INTO "original_messages" VALUES(49,'catalogue.communigate-local@example.org','','',0);
INSERT INTO "original_messages" VALUES(50,'catalogue-140@example.org','','',0);
CREATE TABLE outcomes (                  -- bounces and complaints of each day; derived from events by bounced.rates
    dimension TEXT NOT NULL,
    name TEXT NOT NULL,
    day TEXT NOT NULL,
    bounces INTEGER NOT NULL,
    complaints INTEGER NOT NULL,
    PRIMARY KEY (dimension, name, day)
) STRICT, WITHOUT ROWID;
INSERT INTO "outcomes" VALUES('campaign','2026-autumn-1','2026-09-07',5,0);
INSERT INTO "outcomes" VALUES('campaign','2026-autumn-1','2026-09-12',1,0);
INSERT INTO "outcomes" VALUES('campaign','2026-autumn-1','2026-11-22',4,0);
INSERT INTO "outcomes" VALUES('campaign','2026-autumn-2','2026-09-14',1,0);
INSERT INTO "outcomes" VALUES('campaign','2026-autumn-2','2026-09-15',3,0);
INSERT INTO "outcomes" VALUES('campaign','2026-autumn-2','2026-09-16',0,1);
INSERT INTO "outcomes" VALUES('campaign','2026-autumn-2','2026-09-17',0,1);
INSERT INTO "outcomes" VALUES('campaign','2026-autumn-3','2026-09-22',1,0);
INSERT INTO "outcomes" VALUES('campaign','2026-autumn-3','2026-09-23',3,0);
INSERT INTO "outcomes" VALUES('campaign','summer-2026','2026-06-14',0,1);
INSERT INTO "outcomes" VALUES('provider','aol.com','2026-11-12',1,0);
INSERT INTO "outcomes" VALUES('provider','example.com','2026-09-07',1,0);
INSERT INTO "outcomes" VALUES('provider','example.com','2026-09-17',0,1);
INSERT INTO "outcomes" VALUES('provider','example.com','2026-11-22',1,0);
INSERT INTO "outcomes" VALUES('provider','example.com','2026-11-26',0,1);
INSERT INTO "outcomes" VALUES('provider','example.net','2026-06-14',0,1);
INSERT INTO "outcomes" VALUES('provider','example.net','2026-09-12',1,0);
INSERT INTO "outcomes" VALUES('provider','example.net','2026-09-22',1,0);
INSERT INTO "outcomes" VALUES('provider','example.net','2026-11-14',1,0);
INSERT INTO "outcomes" VALUES('provider','example.net','2026-11-22',2,0);
INSERT INTO "outcomes" VALUES('provider','example.net','2026-11-24',1,0);
INSERT INTO "outcomes" VALUES('provider','example.net','2026-11-25',1,0);
INSERT INTO "outcomes" VALUES('provider','example.org','2026-09-23',3,0);
INSERT INTO "outcomes" VALUES('provider','nodomain.test','2026-11-22',1,0);
INSERT INTO "outcomes" VALUES('sending_domain','example.org','2026-06-14',0,1);
INSERT INTO "outcomes" VALUES('sending_domain','example.org','2026-11-03',0,1);
INSERT INTO "outcomes" VALUES('sending_domain','example.org','2026-11-14',1,0);
INSERT INTO "outcomes" VALUES('sending_domain','example.org','2026-11-24',1,0);
INSERT INTO "outcomes" VALUES('sending_domain','example.org','2026-11-25',1,0);
INSERT INTO "outcomes" VALUES('sending_domain','example.org','2026-11-26',0,1);
INSERT INTO "outcomes" VALUES('sending_domain','sender.test','2026-09-07',1,0);
INSERT INTO "outcomes" VALUES('sending_domain','sender.test','2026-09-12',1,0);
INSERT INTO "outcomes" VALUES('sending_domain','sender.test','2026-09-16',0,1);
INSERT INTO "outcomes" VALUES('sending_domain','sender.test','2026-09-17',0,1);
INSERT INTO "outcomes" VALUES('sending_domain','sender.test','2026-09-22',1,0);
INSERT INTO "outcomes" VALUES('sending_domain','sender.test','2026-09-23',3,0);
INSERT INTO "outcomes" VALUES('sending_domain','sender.test','2026-11-22',4,0);
CREATE TABLE passages (                  -- that do not, each once for a transaction; 0 is ''
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;
INSERT INTO "passages" VALUES(0,'');
INSERT INTO "passages" VALUES(1,'{"List-Id":"Autumn Letters <autumn.sender.test>","X-Campaign-ID":"2026-autumn-1"}');
INSERT INTO "passages" VALUES(2,'550 5.1.1 <anna@example.org>: Recipient address rejected: User unknown in virtual mailbox table');
INSERT INTO "passages" VALUES(3,'554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using dnsbl.example; Listed since today, see https://dnsbl.example/query/192.0.2.10');
INSERT INTO "passages" VALUES(4,'Sorry, no mailbox here by that name. (#5.1.1)');
INSERT INTO "passages" VALUES(5,'554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded; Failed to process message due to a permanent exception with message Cannot open mailbox.');
INSERT INTO "passages" VALUES(6,'Unknown user');
INSERT INTO "passages" VALUES(7,'connect to mx.example.net[198.51.100.2]:25: Connection timed out');
INSERT INTO "passages" VALUES(8,'{"List-Id":"Autumn Letters <autumn.sender.test>","X-Campaign-ID":"2026-autumn-2"}');
INSERT INTO "passages" VALUES(9,'SMTP error from remote mail server after RCPT TO:<anna@example.org>: host mailstore.example.org [198.51.100.12]: 550 5.1.1 <anna@example.org> User unknown');
INSERT INTO "passages" VALUES(10,'{"List-Id":"Autumn Letters <autumn.sender.test>","X-Campaign-ID":"2026-autumn-3"}');
INSERT INTO "passages" VALUES(11,'{"X-Campaign-ID":"summer-2026"}');
INSERT INTO "passages" VALUES(12,'551 5.1.6 User not local; please try <new.address@example.com>');
INSERT INTO "passages" VALUES(13,'554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using dnsbl.example; https://dnsbl.example/query/ip/192.0.2.10');
INSERT INTO "passages" VALUES(14,'450 4.3.2 System not accepting network messages right now');
INSERT INTO "passages" VALUES(15,'250 2.0.0 Ok: queued as 4F2A9C');
INSERT INTO "passages" VALUES(16,'550 5.7.26 Unauthenticated email from sender.test is not accepted due to the domain''s DMARC policy.');
INSERT INTO "passages" VALUES(17,'Host or domain name not found. Name service error for name=nodomain.test type=A: Host not found');
INSERT INTO "passages" VALUES(18,'554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using dnsbl.example; https://dnsbl.example/query/ip/192.0.2.10');
INSERT INTO "passages" VALUES(19,'mx.example.net [198.51.100.2] did not like our RCPT TO: 554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using dnsbl.example; https://dnsbl.example/query/ip/192.0.2.10');
INSERT INTO "passages" VALUES(20,'421 4.4.1 Connection timed out');
INSERT INTO "passages" VALUES(21,'此電子郵件帳號不存在於此郵件所傳送的組織中。 <mail.example.net #5.1.1>');
INSERT INTO "passages" VALUES(22,'554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using dnsbl.example; https://dnsbl.example/query/ip/192.0.2.10');
INSERT INTO "passages" VALUES(23,'host mx.example.net [192.0.2.25]: 451 4.7.1 failed permanently? try later No action is required on your part.');
INSERT INTO "passages" VALUES(24,'Undeliverable: Summer catalogue Your mail to the following recipients could not be delivered because they are not accepting mail from news@example.org: screenname');
INSERT INTO "passages" VALUES(25,'失败原因: 550 RCPT (gone@example.net) dosn''t exist 阿里邮箱');
INSERT INTO "passages" VALUES(26,'Your message was not delivered because the destination computer was not reachable within the allowed queue period. Your message was not delivered within 5 days. Host mx.example.net is not responding. The following recipients did not receive your message:');
INSERT INTO "passages" VALUES(27,'unable to deliver this message after 1 day');
INSERT INTO "passages" VALUES(28,'listed@example.net: 554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using dnsbl.example; https://dnsbl.example/query/ip/192.0.2.10');
INSERT INTO "passages" VALUES(29,'551 5.1.6 User not local; please try <new.address@example.com>');
INSERT INTO "passages" VALUES(30,'User unknown. (#5.1.1)');
INSERT INTO "passages" VALUES(31,'554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using dnsbl.example; https://dnsbl.example/query/ip/192.0.2.10');
INSERT INTO "passages" VALUES(32,'bounce: Permanent: No Email');
INSERT INTO "passages" VALUES(33,'552 5.2.2 Mailbox full');
INSERT INTO "passages" VALUES(34,'550 5.1.1 User unknown');
INSERT INTO "passages" VALUES(35,'Undeliverable mail: Summer catalogue Failed to deliver to ''<full@example.net>'' LOCAL module(account full) reports: account is full (quota exceeded)');
CREATE TABLE place_rows (                -- every UID that was examined, and what became of it
    mailbox INTEGER NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    message INTEGER REFERENCES message_rows (id),  -- NULL when it vanished before it could be read
    outcome INTEGER NOT NULL,
    settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
    PRIMARY KEY (mailbox, uidvalidity, uid)
) STRICT, WITHOUT ROWID;
INSERT INTO "place_rows" VALUES(26,1,901,42,33,0);
INSERT INTO "place_rows" VALUES(26,1,902,43,33,0);
INSERT INTO "place_rows" VALUES(26,1,903,44,33,0);
INSERT INTO "place_rows" VALUES(26,1,904,45,33,0);
INSERT INTO "place_rows" VALUES(26,1,905,46,33,0);
INSERT INTO "place_rows" VALUES(26,1,906,47,33,0);
INSERT INTO "place_rows" VALUES(26,1,907,48,33,0);
INSERT INTO "place_rows" VALUES(26,1,908,49,33,0);
INSERT INTO "place_rows" VALUES(26,1,909,50,33,0);
INSERT INTO "place_rows" VALUES(26,1,910,51,33,0);
INSERT INTO "place_rows" VALUES(26,1,911,52,33,0);
INSERT INTO "place_rows" VALUES(26,1,912,53,33,0);
INSERT INTO "place_rows" VALUES(26,1,913,54,33,0);
INSERT INTO "place_rows" VALUES(26,1,914,55,27,0);
INSERT INTO "place_rows" VALUES(26,1,915,56,33,0);
INSERT INTO "place_rows" VALUES(26,1,916,57,27,0);
INSERT INTO "place_rows" VALUES(26,1,917,58,33,0);
INSERT INTO "place_rows" VALUES(26,1,918,59,27,0);
INSERT INTO "place_rows" VALUES(26,1,919,60,33,0);
INSERT INTO "place_rows" VALUES(26,1,920,61,33,0);
INSERT INTO "place_rows" VALUES(26,1,921,62,33,0);
INSERT INTO "place_rows" VALUES(26,1,922,63,33,0);
INSERT INTO "place_rows" VALUES(26,1,923,64,33,0);
INSERT INTO "place_rows" VALUES(26,1,924,65,33,0);
INSERT INTO "place_rows" VALUES(26,1,925,66,33,0);
INSERT INTO "place_rows" VALUES(26,1795885118,1,41,27,1);
INSERT INTO "place_rows" VALUES(26,1795885118,2,1,28,1);
CREATE TABLE polls (                     -- the last word on every mailbox, for `bounced status`
    mailbox TEXT PRIMARY KEY,
    polled_at TEXT,                      -- the last poll that went through
    failing_since TEXT,                  -- NULL while polls go through
    last_uid INTEGER NOT NULL,           -- the highest UID that the server has given out
    problem TEXT NOT NULL
, next_try TEXT) STRICT;
INSERT INTO "polls" VALUES('imap:bounces/INBOX','2026-11-28T16:58:45Z',NULL,3,'',NULL);
CREATE TABLE proved_kinds (              -- kinds that count only for campaigns that the sender's own marks name
    kind TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE recipients (                -- written by the sender: who is behind an id
    id TEXT PRIMARY KEY CHECK (id <> ''),
    address TEXT NOT NULL CHECK (
        address = lower(address) AND address LIKE '_%@_%' AND address NOT GLOB '* *'
        AND substr(address, instr(address, '@')) NOT GLOB '*[^!-~]*'  -- A-labels
    )
) STRICT, WITHOUT ROWID;
INSERT INTO "recipients" VALUES('4711','dora@example.net');
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
INSERT INTO "routes" VALUES(8,'','','198.51.100.40','','sender.test');
INSERT INTO "routes" VALUES(9,'fbl.example.com','','203.0.113.40','','sender.test');
INSERT INTO "routes" VALUES(10,'','','192.0.2.24','','');
INSERT INTO "routes" VALUES(11,'','','192.0.2.22','','');
INSERT INTO "routes" VALUES(12,'','','192.0.2.13','','');
INSERT INTO "routes" VALUES(13,'','','192.0.2.15','','example.org');
INSERT INTO "routes" VALUES(14,'','','192.0.2.13','','example.org');
INSERT INTO "routes" VALUES(15,'mx.sender.test','mx.example.net','','','sender.test');
INSERT INTO "routes" VALUES(16,'mx.sender.test','mx.example.com','','','sender.test');
INSERT INTO "routes" VALUES(17,'','','','','');
INSERT INTO "routes" VALUES(18,'','','192.0.2.23','','');
INSERT INTO "routes" VALUES(19,'mx.sender.test','mx.example.net [198.51.100.2]','','','sender.test');
INSERT INTO "routes" VALUES(20,'','','mailer-daemon','','sender.test');
INSERT INTO "routes" VALUES(21,'mail.example.net','','192.0.2.5','','example.org');
INSERT INTO "routes" VALUES(22,'','','192.0.2.41','','example.org');
INSERT INTO "routes" VALUES(23,'mx.sender.test','mx.example.net','debian-exim','','sender.test');
INSERT INTO "routes" VALUES(24,'','','192.0.2.109','','example.org');
INSERT INTO "routes" VALUES(25,'','','192.0.2.104','','example.org');
INSERT INTO "routes" VALUES(26,'mx.sender.test','','mx.sender.test','','sender.test');
INSERT INTO "routes" VALUES(27,'','','192.0.2.30','','');
INSERT INTO "routes" VALUES(28,'mx.sender.test','mx.example.net','localhost','','sender.test');
INSERT INTO "routes" VALUES(29,'','','192.0.2.115','','example.org');
INSERT INTO "routes" VALUES(30,'','','192.0.2.124','','example.org');
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
INSERT INTO "sends" VALUES('catalogue-21@example.org','carl@example.net','spring','','','2026-11-28T16:58:43Z');
CREATE TABLE source_days (               -- events without proof that a source brought in a day
    source TEXT NOT NULL,
    day TEXT NOT NULL,
    trust TEXT NOT NULL,
    stored INTEGER NOT NULL,             -- of unverified ones only
    not_stored INTEGER NOT NULL,
    PRIMARY KEY (source, day, trust)
) STRICT, WITHOUT ROWID;
ANALYZE "sqlite_master";
INSERT INTO "sqlite_stat1" VALUES('jobs','jobs','3 1');
INSERT INTO "sqlite_stat1" VALUES('health_limits','health_limits','8 1');
INSERT INTO "sqlite_stat1" VALUES('outcomes','outcomes_by_day','30 4');
INSERT INTO "sqlite_stat1" VALUES('outcomes','outcomes','30 10 4 1');
INSERT INTO "sqlite_stat1" VALUES('suppressions','suppressions','2 1 1 1');
INSERT INTO "sqlite_stat1" VALUES('_sqlite_migrations','idx__sqlite_migrations_migration_set_name','2 2 1');
INSERT INTO "sqlite_stat1" VALUES('unread',NULL,'10');
INSERT INTO "sqlite_stat1" VALUES('cursors','sqlite_autoindex_cursors_1','1 1');
INSERT INTO "sqlite_stat1" VALUES('polls','sqlite_autoindex_polls_1','1 1');
INSERT INTO "sqlite_stat1" VALUES('meta','sqlite_autoindex_meta_1','1 1');
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
INSERT INTO "suppressions" VALUES('anna@example.org','all','bounce','user_unknown','hard','2026-09-23T06:16:48Z',NULL,3,'2026-09-07T06:14:05Z','2026-09-23T06:16:48Z','550 5.1.1 <anna@example.org>: Recipient address rejected: User unknown in virtual mailbox table','anna@example.org');
INSERT INTO "suppressions" VALUES('carl@example.net','marketing','complaint','abuse','','2026-06-14T10:13:07Z',NULL,0,NULL,NULL,'','carl@example.net');
INSERT INTO "suppressions" VALUES('eva@example.net','all','manual','manual','','2026-11-28T16:58:44Z',NULL,0,NULL,NULL,'asked by letter','eva@example.net');
INSERT INTO "suppressions" VALUES('fay@example.com','marketing','complaint','abuse','','2026-09-17T05:55:10Z',NULL,0,NULL,NULL,'','fay@example.com');
INSERT INTO "suppressions" VALUES('finn@example.net','news','manual','manual','','2026-11-28T16:58:44Z',NULL,0,NULL,NULL,'only the newsletter','finn@example.net');
INSERT INTO "suppressions" VALUES('user@example.com','marketing','complaint','abuse','','2026-11-26T00:00:00Z',NULL,0,NULL,NULL,'','user@example.com');
CREATE TABLE texts (                     -- that repeat from message to message; 0 is ''
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO "texts" VALUES(0,'');
INSERT INTO "texts" VALUES(1,'anna@example.org');
INSERT INTO "texts" VALUES(2,'2026-autumn-1');
INSERT INTO "texts" VALUES(3,'gus@example.org');
INSERT INTO "texts" VALUES(4,'dora@example.org');
INSERT INTO "texts" VALUES(5,'ben@example.net');
INSERT INTO "texts" VALUES(6,'cara@example.com');
INSERT INTO "texts" VALUES(7,'hana@example.net');
INSERT INTO "texts" VALUES(8,'2026-autumn-2');
INSERT INTO "texts" VALUES(9,'2026-autumn-3');
INSERT INTO "texts" VALUES(10,'fay@example.com');
INSERT INTO "texts" VALUES(11,'jo.doe@example.net');
INSERT INTO "texts" VALUES(12,'happy@example.com');
INSERT INTO "texts" VALUES(13,'summer-2026');
INSERT INTO "texts" VALUES(14,'user@example.com');
INSERT INTO "texts" VALUES(15,'moved@example.net');
INSERT INTO "texts" VALUES(16,'listed@example.net');
INSERT INTO "texts" VALUES(17,'later@example.org');
INSERT INTO "texts" VALUES(18,'dmarc@example.com');
INSERT INTO "texts" VALUES(19,'reader@nodomain.test');
INSERT INTO "texts" VALUES(20,'catalogue-21@example.org');
INSERT INTO "texts" VALUES(21,'autumn-2.erik@sender.test');
INSERT INTO "texts" VALUES(22,'carl@example.net');
INSERT INTO "texts" VALUES(23,'example.org');
INSERT INTO "texts" VALUES(24,'verified');
INSERT INTO "texts" VALUES(25,'nothing of ours in it; sent table');
INSERT INTO "texts" VALUES(26,'imap:bounces/INBOX');
INSERT INTO "texts" VALUES(27,'not-a-report');
INSERT INTO "texts" VALUES(28,'repeated');
INSERT INTO "texts" VALUES(29,'not counted: unverified, the configuration asks for plausible');
INSERT INTO "texts" VALUES(30,'held: trust unverified, verified required');
INSERT INTO "texts" VALUES(31,'held: trust unverified, plausible required');
INSERT INTO "texts" VALUES(32,'jaan@example.net');
INSERT INTO "texts" VALUES(33,'counted');
INSERT INTO "texts" VALUES(34,'vanished');
INSERT INTO "texts" VALUES(35,'catalogue-132@example.org');
INSERT INTO "texts" VALUES(36,'slow@example.net');
INSERT INTO "texts" VALUES(37,'gone@example.net');
INSERT INTO "texts" VALUES(38,'screenname@aol.com');
INSERT INTO "texts" VALUES(39,'full@example.net');
INSERT INTO "texts" VALUES(40,'campaign');
INSERT INTO "texts" VALUES(41,'provider');
INSERT INTO "texts" VALUES(42,'aol.com');
INSERT INTO "texts" VALUES(43,'example.com');
INSERT INTO "texts" VALUES(44,'example.net');
INSERT INTO "texts" VALUES(45,'nodomain.test');
INSERT INTO "texts" VALUES(46,'sending_domain');
INSERT INTO "texts" VALUES(47,'sender.test');
CREATE TABLE trials (                    -- what is tried and might take a process down: a mail, a UID
    what TEXT PRIMARY KEY,
    tries INTEGER NOT NULL,
    noted_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "trials" VALUES('withheld imap:bounces/INBOX 1 3',1,'2026-11-28T16:58:45Z');
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
INSERT INTO "unnamed" VALUES(19,21,0);
INSERT INTO "unnamed" VALUES(26,20,0);
INSERT INTO "unnamed" VALUES(35,35,0);
CREATE TABLE "unrecognized" (                    -- what was not understood, kept for a person until housekeeping takes it
    message INTEGER PRIMARY KEY REFERENCES message_rows (id),
    content BLOB NOT NULL                -- zlib
) STRICT;
INSERT INTO "unrecognized" VALUES(19,X'789CB593DD4EDB401085AFD9A718E50A54FC930408388E45815021356A44D21FA9AAD0DA9EC4DB3ABBD6EE98C44FD6FB3E59D78EA812084A7BD12BAF778F67CE7E677C8F546AE98C396501843912A1369773AE53942EAEF8A2C831625F9C0F5ACC85E4B9335501C4AA94099A4B833245ED121A6237988B47D498BEAAB8C704AD240D60A6D502165CE4EE762338DCB5F9B5E3775DDF6DB7BB6EAFF7ED881DC4152C56EE4669381C2B4333B13A82A5A00C8693D1743C019142AFEDFB17572767579D2E3B98290DE10E67511FA659790C9D139860011DBF7306EDB3E0E434F02FE08DDFF17D38BC1E4EA647ECD61A0FE05DE30F3E23FEC8ABD7A1BDC66152C6DF31A1006E3522A46B6E15D4EEB05969653000556AD04D3A060A958BA482B922889B6EEC8693D5ECB1CD46680C9FA3737763C315C694E874CF2DC95EEF7207E988BD17869CBBF4C51597CD73B7FCA334656C122D626B28CC880A1378DEB6D4CB913FA257378ED858DB41B08789D5E7B6021BDD8D86CE278B50281940DBF5D9B59284929C695558D1A2CC49145C93C7737B77C9C912EB376C53AEAB416BF0B06EF7D03D6F31E6381BEFCF4A11AEC82B722E641F928C6B83342869E66CE834976686DA19CA44A542CE03388F05313BE05CC3BA2EEA63C64A49228749EDA102CA36925433E0790E31D7E8686533AB0335208C1D7C4417DE827520C97EC489CD6C0EF64C82207B2EB49DE6AAEE64D51AADCEA2EAC3520B4220B5AEF46CD25CC6B6E3FAF513EEAD4E2E710EA7F55B433F80BDD9FC05BB8C16F93FA30BEBAF22FBEBA5551416D136C9D02B2266775FF00CE3E80969E8C5D17FC4CA420E99C6D9A055FF15A4825D985BD1AEDDD0E391FB7485D02CACC3684F1A7F9AEDCDA31535EBBA47E8AD6BAF5B796B944D1AD1B3D41C87FD06DCEAFDA3');
INSERT INTO "unrecognized" VALUES(20,X'789C8D935B6FDA40108579CDFE863E8CF2D2448D1DE394008644415C24A4924440ABF671B1C7612B7BD7DA1D27F0D65FDE740C09B9296A1092597676F63B678EA748A5D5DEB5A46504DD73F1D3BBB2EA466999797313C1C2943A4677E15027687D4247628099BA458BC9BB15538C914B12DE5D43BEF29FEDC1C1B57194AAD5A1D853090CFAFD5633E8B583D6490746561D41D88019161006E1290427513D8C1A0DF81284410007FDE16C7E28069230FA68F1C89A3C828954193C70AF61B67684397427BDF1B7E1D41BF48693ABCB8B979CE762562E7E634C117CE73F1F146F1B4D379EF18A0C5F5F1D11EF39D12BC978DC295744951FB25A5B2C328589988C2743EF075AA78C8EA0EE07A26F34A1266FBE2E58625E66A40A69E9984F184B1DD83E3DE2EDB307A8B5E74852E93A62AF0248A45D9FED37DBCDAFE1697D3408EB7EBDD90EC276ABD96C1CBF94B8FF749D95DAA568BDA18E4DA2F44D04AD85223141E7E40D7A6326EF562607EDB011D4EB61A3E13F9BDC1BEBC47CA91CF057C24623EA5816AECC787009E4DBA6BE109EF721CE1DE6005D6C55411BBB2E0DA954C5B25ABDF28D7045C7452695EE40BC94D6219D95947AADFF0ADE81D31221AF66EDB65991044BCEEDAB30B386F1E71C9CB19C2A0EC352DE62F5543A353687B529B9111FE51FF65137C4A6CC12D086C402E129597CCC6804C385C6224F3A56856256E7C3983EB39544325E72E1023373C7378FB8342D2D935A90CE298E01C7EF088A0CA543A830B712B873C1ECB96425B6424E37648961F05DB9D27156264C5F195058B3C858F5366E3EFCE2F2586AC1B448B89563EEF4C66848F90DDBF8B523B48FEFC7D3A8E1ED67FED262216AB5FBBF9FFE74D56DADA62F70757FFF0F532587CB');
INSERT INTO "unrecognized" VALUES(21,X'789C95555D6F1A3B107DAE7FC5282F3751E3657743087148142E1F1552B88D02B9AD54F5C1ECCE826F167B657BF3F1EF3B2C240142935B8484E4197BCE9C3973B8415F5ACDAFA59F09686588E944267797F828E7458E81467FC1BEF3AF564D9596391F1B0189A19054DABB4B873A451B78749E753157F768317D2FE90613A4AC544066CD1CB2491EAC9582FDED831FD16933388E82280C837AF8F3807D9A3CC1FC31587B13F6AF8DF3997A3C8007E567D01B0DC7D7235029743AF566D48F7A61D8679F3263A1B51BD5C5197CC3F410A2068CB080388C1B1047223C114747F0398CC310F63BBDD1F880F509B480FE8A25B832A6F81D69EF90302A27FF61E2E9A16F02DAA52FE71A72F41E2DC4020A94D6B1AEF428DEC28A4E5F60D1870DD13939453EE8AE0D8F2709F59D451886D9E516A1176C3818F6F8BF689D325A401484AC63B447EDF9F8A9A092F332F7AA90D6D72C16C6FA3358FE724FE1F3971AAB20CDC3943A95F6E97C6F57FD3DC638DF15D8AAEAF1D1D72AAECE20991101E8CFF76E47BC3DEA0C067BAFC9566A97A1E53D9D9854E9A9809389F28C8D67CA017DA50639291DAE40C362EA12E64B9AE870A9BEA5F8A2D338088398B415D0FD2AAA0A4565FEA277D2D4D22598490713444DC1B9A19BC1FFEC6755B1B6C51763CFDA59E55560D9ADA396DA53BA2EA0B71CD63FE879FFEFAB1AC163AFD3622F8B38942AE74B39B61623487053D26C644A9B9032AEC55AA3AC6DADBAA7EB4B798D4B24791DBFCA2B6C88E84484F595BC6E2AD0B4D15D33A7D1085857F19F1161B3A419C72FC1AE728571CA576D299D2B8D8CCAAD7BD1CEAEB6FC43E383DBF48237273F9EBB8FFFD43EEA8D5EDC6FB68F8EBBA72BFB20739309F1B1B1E9673B686C563486BBCC63B5EF57D5BE3B682D006FF6B8708EDDA55E9DE35DD7F800CFA66BC8EA251E0768D5DD26902BE53C1FA46F312FEF046F936FB52B272EB16A42305A33EF0B276AB5B5BC5A8EF21E6B61D448B2346CA6B27E71082D1257EE8DA8623B20ACBDCA17C312B07D7CFE5523EFE42AB9A33FAB0E1126D55457FD2DFAE7CF3D52F0E679C905540DAFD1FBA135EE32A9D267BCF9B13F7D312685B9B19ACE0E19F36437D5C4405A321E55600064414F24C13C076D3C3C48E50356F9D226FBBFDB3BCED92FD9709127');
INSERT INTO "unrecognized" VALUES(23,X'789C9553616FDA3010FD5CFF8A533F156D0E4E366D100A2A2AADD4496C15D069D2344D2639C0536247B633E0DFEF123A20B4DBBA2852E48BEFEEDDBDF726E84BABF9BDF4AB182E076C8209AA9F98C6B0B026875CAA2CC08DCC8B0C038D1E2E9E44BE86DD28104114849D6F2D7636DF42BED95F30760917F7C6F985DAB460ADFC0A6EA6E3D9FD14540A6F6F45D81986EC6C612C5CCE4DA913745747A9831E8C8D7E0D61173E941A2211BD8350C4612716EFE195A0072E1E66D72D764B5863B02853B45747E0D8CCC4A071DDA8CAA6E5FC07263E860925C4302DF31C2D24D2CBCC2C4B6423E9317EEC7CD4388C85A077D7988DD139B9447E37A2BDE5A9E6E171E3011BDF8D6FF867B44E191D431808766DB447EDF96C5B50F9BCCCBC2AA4F56D8B85B1BE07BB2FF7F4BB9F2A5718A73C25736DBC5A288247871E2D98F6944ABBED9FF7BF1347DA2BB4E78CCD56CA01BD12EACEA81359B832A35152C8775803C6383F249D00F2B8F1ED22934AF7205949EBD0F74BC7A54B94AACAE3EF32B0960E2A8099DC62FAF7A28F29ED3FCDC34870D5D44A2FF9C3307EA237120045889D6A81B74ACB8C934255A1A80511BE483A51D47B86F74F562DEBDB0D9AF614F337A2A133363AE0AB40E8925265521DDBE3D147EEAA8976E16CDB3B0CFFEF85EE20F2550DD155E31EFBED39CD9F5A501645D34EA781BD012321FEC381C3DA82C3A11021A9EA54EDA27BACF686CDA62B53C0E5A9AB06B5D79EA162EFB617FAACD999BD90C02FFC9A4E522D757DD3D5BD7855B0C911E7EC1758C3A155');
INSERT INTO "unrecognized" VALUES(24,X'789C6590DB4E02311086AFE9530C5E41746B4B361A0A12413042B209E1E08DF1A22CC35ADDB69B6E51E0E92DC1C34627933499C337FFDF19FAAD33D154FA1701DD1E99618AEA1DD70236CE6AD052E5147752173952831E1AFF2A4FBCDDA28CB6286F3F37496DB507BDFB19B02E83C6D4967EA3764DF850FE0546F364319D835A437CCF78BBCF496D631D7457766B522C6F2BABBD0E24D65C408BC1646BC2D3BA02CE046F0B760DE72C0434968BBB26B90F5A05ACB5746964ACC322DFFF7052ABC9C27E75AB7432DFAE5E31F502665858E76168833923A02A3ECC68E53DBADFF211F8B5128D87E1D78EBA280BC9AB477B64283D8A93035E31C00563214F0648826529333C914E0EFE609271328A1ED195CA06719C3272678D47E3A3C5BE08076451E42A953EB42FB3832A3A60A4C69BB30AA45EB154E774A7739A1DCE7E394E9A72832E1A99D4AE95C904AC64895731210F7139EE7F07F3C9FC2D1EF493C960325C8E8E25F209A448B826');
INSERT INTO "unrecognized" VALUES(25,X'789C9592516BDB3014859FA35F71E94B93AD726CB3CDADD38464693B3A3084261B83318A6CDFD82A916424794DF6EBA7A4CC8DBD7630BDE9A2AB73EE3DDF1DDA5A4BBA60B68CE17242EE3043FE13F318D65A09108C6F3CDC32516DD09368A1FF57E57B70117ABE177A4174FE63407AE90EC4B679A17401FD853276CDB70378E4B684EB65B25A2C81E7F0EE2688A28F11E9AD9586CB54D53243333D6A9D8C2051F20C02F85C4B08FDF003047EFC3E8AFD08DEFAEE40FFCB6A3E2037CE6B0C097B503A57424D8FFC91958AE185AFC9B24E1F30B3476DA0D1D41B6BC815B318BFA6EC3F2993048D6105D2DB2BB738A92CCF90BA71A6DD054D48729B5CD3AFA80D573286C0F3C95C498BD2D2D5AE7242C289F28A693B147C8BF9E86037677A373E19DFEFEBF7EEDF1342287DBE76BEB0B8B5C36AC3B81C4156326DD08E6B4399C938DF3792893B60EAD4649AA748DEB80373250493399C36F5537083B83564AA90FC17E6DE3F45C5D306867A9D9D872171EC1CB3F4529C5DBC5855B549E9161AB842DFFF0FB86607BA6633DF991E915E3749FFC2C5D824D9626859AACAC5898F1DE37B8A0A25B1855683D0B216023564CCB28D2A6A7C85A0B66E9BA0A6D7137F78A42E0C2A50A4A8DB66BED1B9BB315EC843AF39A8D3BD04219F94CA41282DB92CCE082951237003B64470533D5BF45AC93A427E03D49549FE');
INSERT INTO "unrecognized" VALUES(26,X'789C7590514FC23014859FE9AF388F1065D916A250C99C82249A9010064FC6876EBBDBAA5B4BD64EE0DFDB846888621F6FCFB9F77C674DB66BD570256CC531154A89980EA2D9D5E465BA89D89A32929F947314AD6ED008597BDF024516FD3F93D760127ABE177AC168F23660BDF488E6F0A3D06D89FE4A1B5BC8C3007B692B3C25CBCD2A81CC315A04A3F1E32DEB15BAC534D59DCAC8C467D6E80E4BADAE11E0A55308FDF00681CFC331F76F71E5BB87FE76331BB085CBCAF1E0682E316D34C785E52CE9D277CA2CC762EF78B72AA7DAA1B722AD8923E99A865A64C28A5A971DB1B9B06EFC4F1CFF14872DC91851D2F079EEDA55DACA8C868E31FEDD5AC4D84C281C75E72AFE20185286A00BD84A9A7BC622CC4F618EA88441E1EC94C36AF74F4ED852267792943570CD95ADEE7686B3C8D94AAD283E3BC4BE000FBDA0CA');
INSERT INTO "unrecognized" VALUES(32,X'789C95536B6FD33014FD3CFF8AAB7DDA044EEDAC02E6AE13D51ED21015D3DA01D28490EBDCB486C48E6C8775FF1EA7AF2505F1882225717CEF393EF79C3B0CB533F456868580B37372870AF50FCC04E4CE96504A5D24B8946555606230C0D12F2B0FFC344D589226FCE4CB3139983D41B9DC6DB06E0E47B7D6875C2F8FE15187055C4DC6D3DB09E80CFAD78C9F8C3839C8AD83B399AD8D42FFB6557A3E80B1352F81F7E15D6D2065E92BE04CF013C15EC30B162F38BA9F5E1C93EBC855C035623693EA3BBCB7B682B37C56EC9A295B9E93A915105FAA426A133A406452CFBEA10AB1C7270193BA2CD181924116765E23B99401C5864A8B09178CC57BCD848CD17B39477A732956D834EDA28F6FC657F4233AAFAD11C013462EAC0968029D3E55B17D59174157D2859EC3CABA3080F59386F87B986FCE46373FA3D051AF4CBAA7E1E1F06B9C95091ADD2121D385F6106F092B40344A56BE2EE2093228D7141342287D2EDAE31170197A2B8D06A016D2790CC3DA53E995D6ADF606B0B102C859ED7143159A41CA2D4C5C5C7B696DA5AD4D52C6FE4C6053DEDB3B3221DBF96EF68D1A6472EFD1D1D13C960BB85AEB4DB71B7B8DCA3BC959C2C907A7E7DAC882DEA92AE2454338CCA48AE2D0BE543C3F6DCFECEF32B95CBD4953BA4099451412D3D34ED3EF1CBD1F305955DDB0EC2F3CB474FB8F7C8D56011B8D18E3D12BFBD665A76DEB7642345934D931F8B8C7BBD12A1A4E7B55581FE58AC3D5958E7A7831788ECF3F46A78BDF8DCEAE96A6BC4BE133BD885F52CFCD6AA75F61D1A661775294929FF76991A6');
INSERT INTO "unrecognized" VALUES(40,X'789C732BCACFB552487448D22B492D2EE1F24D2D2E4E4C4FD5F574B152B0492ACACF4ECD834AD97139E7E795A4E695E8865416A45A29E496E6946416241695E817A516E41795582B24E597E6A5241655DA567071E9EAA210000EFD2143');
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
) STRICT;
INSERT INTO "verdicts" VALUES(1,'bounce','failed','hard','user_unknown','5.1.1','550','','text: user unknown','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','','');
INSERT INTO "verdicts" VALUES(2,'bounce','failed','block','reputation','5.7.1','554','','text: dnsbl','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','','');
INSERT INTO "verdicts" VALUES(3,'bounce','failed','hard','user_unknown','5.1.1','','','text: no mailbox','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','','');
INSERT INTO "verdicts" VALUES(4,'bounce','failed','soft','mailbox_full','5.2.2','554','','text: storedrv.deliver.exception:quotaexceeded','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','','');
INSERT INTO "verdicts" VALUES(5,'bounce','failed','hard','user_unknown','','','','text: unknown user','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','','');
INSERT INTO "verdicts" VALUES(6,'bounce','delayed','soft','unreachable','4.4.1','','','text: connect to','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','','');
INSERT INTO "verdicts" VALUES(7,'bounce','failed','soft','unreachable','4.4.1','','','text: connect to','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','','');
INSERT INTO "verdicts" VALUES(8,'bounce','failed','hard','user_unknown','5.1.1','550','','text: user unknown','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','','');
INSERT INTO "verdicts" VALUES(9,'auto-reply','','','','','','','','plausible','In-Reply-To, References','final-recipient','','','','');
INSERT INTO "verdicts" VALUES(10,'complaint','','','','','','abuse','','plausible','Message-ID of the original, From of the original, Return-Path of the original','','','','','');
INSERT INTO "verdicts" VALUES(11,'complaint','','','','','','abuse','','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','','');
INSERT INTO "verdicts" VALUES(12,'auto-reply','','','','','','','','unverified','nothing of ours in it','final-recipient','','','','');
INSERT INTO "verdicts" VALUES(13,'complaint','','','','','','not-spam','','unverified','nothing of ours in it','final-recipient','','','','');
INSERT INTO "verdicts" VALUES(14,'complaint','','','','','','auth-failure','','unverified','nothing of ours in it','final-recipient','','','','');
INSERT INTO "verdicts" VALUES(15,'complaint','','','','','','abuse','','unverified','nothing of ours in it','','','','','');
INSERT INTO "verdicts" VALUES(16,'complaint','','','','','','virus','','unverified','nothing of ours in it','final-recipient','','','','');
INSERT INTO "verdicts" VALUES(17,'bounce','failed','hard','address_moved','5.1.6','551','','text: user not local; please try','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','','');
INSERT INTO "verdicts" VALUES(18,'bounce','delayed','soft','remote_error','4.3.2','450','','status: 4.3.2','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','','');
INSERT INTO "verdicts" VALUES(19,'delivered','relayed','','','2.0.0','','','','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','','');
INSERT INTO "verdicts" VALUES(20,'bounce','failed','block','authentication','5.7.26','550','','text: dmarc','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','','');
INSERT INTO "verdicts" VALUES(21,'bounce','failed','hard','domain_unknown','5.4.4','','','text: host not found','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','','');
INSERT INTO "verdicts" VALUES(22,'auto-reply','','','','','','','','plausible','no own domains configured','final-recipient','','','','');
INSERT INTO "verdicts" VALUES(23,'complaint','','','','','','abuse','','plausible','no own domains configured','','','','','header');
INSERT INTO "verdicts" VALUES(24,'bounce','failed','block','reputation','5.7.1','554','','text: dnsbl','plausible','no own domains configured','final-recipient','','','','header');
INSERT INTO "verdicts" VALUES(25,'bounce','delayed','soft','unreachable','4.4.1','421','','text: timed out','plausible','no own domains configured','to','','','','header');
INSERT INTO "verdicts" VALUES(26,'bounce','failed','hard','user_unknown','5.1.1','','','text: 不存在','plausible','no own domains configured','to','','','','header');
INSERT INTO "verdicts" VALUES(27,'bounce','delayed','soft','remote_error','4.7.1','451','','text: try later','plausible','no own domains configured','final-recipient','','','','');
INSERT INTO "verdicts" VALUES(28,'bounce','failed','block','policy','','','','text: are not accepting mail from','plausible','no own domains configured','final-recipient','','','','');
INSERT INTO "verdicts" VALUES(29,'bounce','failed','hard','user_unknown','','550','','text: rcpt @ dosn''t exist','plausible','no own domains configured','final-recipient','','','','');
INSERT INTO "verdicts" VALUES(30,'bounce','failed','soft','unreachable','','','','text: not responding','plausible','no own domains configured','to','','','','header');
INSERT INTO "verdicts" VALUES(31,'bounce','delayed','soft','unknown','','','','none','plausible','no own domains configured','to','','','','header');
INSERT INTO "verdicts" VALUES(32,'bounce','failed','hard','address_moved','5.1.6','551','','text: user not local; please try','plausible','no own domains configured','original-recipient','','','','header');
INSERT INTO "verdicts" VALUES(33,'bounce','failed','hard','user_unknown','5.1.1','','','text: user unknown','plausible','no own domains configured','final-recipient','','','','');
INSERT INTO "verdicts" VALUES(34,'bounce','failed','hard','user_unknown','','','','text: bounce permanent no email','plausible','no own domains configured; envelope sender not null; SNS: not of a topic in sns_topics','final-recipient','','','','header');
INSERT INTO "verdicts" VALUES(35,'bounce','failed','soft','mailbox_full','5.2.2','552','','text: mailbox full','plausible','no own domains configured','final-recipient','','','','header');
INSERT INTO "verdicts" VALUES(36,'bounce','failed','hard','user_unknown','5.1.1','550','','text: user unknown','plausible','no own domains configured','final-recipient','','','','header');
INSERT INTO "verdicts" VALUES(37,'bounce','failed','soft','mailbox_full','','','','text: quota exceed','plausible','no own domains configured','to','','','','header');
INSERT INTO "verdicts" VALUES(38,'complaint','','','','','','abuse','','plausible','no own domains configured','final-recipient','','','','header');
CREATE TABLE volume (                    -- how much was sent; counts from several origins are of the same mails
    dimension TEXT NOT NULL CHECK (dimension IN ('campaign', 'sending_domain', 'provider')),
    name TEXT NOT NULL CHECK (name <> ''),
    day TEXT NOT NULL CHECK (day GLOB '????-??-??'),
    origin TEXT NOT NULL CHECK (origin IN ('sends', 'log', 'hand')),
    sent INTEGER NOT NULL,
    PRIMARY KEY (dimension, name, day, origin)
) STRICT, WITHOUT ROWID;
INSERT INTO "volume" VALUES('campaign','spring','2026-11-28','sends',1);
INSERT INTO "volume" VALUES('provider','example.net','2026-11-28','sends',1);
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
CREATE UNIQUE INDEX verdicts_once ON verdicts (kind, action, class, reason, status, reply_code, feedback_type, rule, trust, evidence, charged_by, held, campaign_by, stream_by, sending_domain_by);
CREATE TRIGGER accepted_are_not_changed BEFORE UPDATE ON accepted
BEGIN SELECT RAISE(ABORT, 'accepted are append-only'); END;
CREATE TRIGGER accepted_are_not_deleted BEFORE DELETE ON accepted
BEGIN SELECT RAISE(ABORT, 'accepted are append-only'); END;
CREATE INDEX events_by_address ON event_rows (address, happened_at);
CREATE INDEX events_by_campaign ON event_rows (campaign, happened_at);
CREATE INDEX events_by_message ON event_rows (message);
CREATE INDEX messages_by_date ON message_rows (arrived_at);
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
    event_rows.happened_at AS happened_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', stored_at, 'unixepoch') AS stored_at,
    addresses.text AS address,
    campaigns.text AS campaign,
    (SELECT text FROM passages WHERE passages.id = diagnostic_code) AS diagnostic_code,
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
    routes.reporting_mta AS reporting_mta,
    routes.remote_mta AS remote_mta,
    routes.source AS source,
    routes.stream AS stream,
    routes.sending_domain AS sending_domain,
    original_messages.original_message_id AS original_message_id,
    original_messages.proved AS proved,
    original_messages.recipient_id AS recipient_id FROM event_rows CROSS JOIN verdicts ON verdicts.id = verdict CROSS JOIN routes ON routes.id = route CROSS JOIN original_messages ON original_messages.id = original LEFT JOIN texts AS addresses ON addresses.id = event_rows.address LEFT JOIN texts AS campaigns ON campaigns.id = event_rows.campaign;
CREATE VIEW events_view AS
SELECT event_rows.id AS id,
    event_rows.happened_at AS happened_at,
    addresses.text AS address,
    verdicts.kind AS kind,
    verdicts.action AS action,
    verdicts.class AS class,
    verdicts.reason AS reason,
    verdicts.status AS status,
    verdicts.reply_code AS reply_code,
    (SELECT text FROM passages WHERE passages.id = diagnostic_code) AS diagnostic_code,
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
    event_rows.happened_at AS happened_at,
    addresses.text AS address,
    verdicts.kind AS kind,
    verdicts.action AS action,
    verdicts.class AS class,
    verdicts.reason AS reason,
    verdicts.status AS status,
    verdicts.reply_code AS reply_code,
    (SELECT text FROM passages WHERE passages.id = diagnostic_code) AS diagnostic_code,
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
CREATE TRIGGER messages_are_not_deleted BEFORE DELETE ON message_rows
BEGIN SELECT RAISE(ABORT, 'messages are append-only'); END;
CREATE TRIGGER crowded_are_not_changed BEFORE UPDATE ON crowd_rows
BEGIN SELECT RAISE(ABORT, 'crowded are append-only'); END;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON event_rows
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER attributions_are_not_changed BEFORE UPDATE ON attribution_rows
BEGIN SELECT RAISE(ABORT, 'attributions are append-only'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON event_rows
WHEN NOT EXISTS (
    SELECT 1 FROM doubts JOIN meta ON meta.name = 'held_kept_since'
    WHERE doubts.event = OLD.id AND since < meta.value
        AND NOT EXISTS (SELECT 1 FROM accepted WHERE accepted.event = doubts.event)
)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
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
COMMIT;
