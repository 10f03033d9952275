-- The dump (sqlite3 bounced.db .dump) of a database that bounced of commit 3ea5eb2 (migration m002) wrote:
--   bounced scan samples/story, 17 samples of other folders and a broken report, with own_domains = ["sender.test"]
--   bounced run --once, of a Dovecot with a letter and a report of the story
--   bounced sends import, recipients import; bounced suppress, release; bounced accept
--   Ledger.take(refused=...), as of a message of which the server returns no body
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE IF NOT EXISTS "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO _sqlite_migrations VALUES(1,'bounced','m001_first_tables','2026-11-28 16:58:38.762217+00:00');
INSERT INTO _sqlite_migrations VALUES(2,'bounced','m002_trust_and_faults','2026-11-28 16:58:38.771702+00:00');
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
INSERT INTO messages VALUES(1,'c44ad9d028b1a90214d781883b35eadf9534d1fec778420ba35b1e08ef5e7572','2026-09-07T06:14:05Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/01-anna-unknown.eml',2915,'bounce','dsn','Undelivered Mail Returned to Sender',1,'');
INSERT INTO messages VALUES(2,'aa968d9473b253f50b5a106176d19872b84d8c88f97b7802527151249d1f03a9','2026-09-07T06:21:44Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/02-gus-blocked.eml',3019,'bounce','dsn','Undelivered Mail Returned to Sender',1,'');
INSERT INTO messages VALUES(3,'074d5ebfde1c6dcb330995b439d9cdeb376e0bd1e7d9e2796df57f7b576dd1d4','2026-09-07T06:40:11Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/03-dora-unknown.eml',1655,'bounce','qmail','failure notice',1,'');
INSERT INTO messages VALUES(4,'e1ec17331d54b157c871a8e0817121e34ae29b93365abb2b351e8e7d03d6e292','2026-09-07T07:30:00Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/04-ben-mailbox-full.eml',3621,'bounce','dsn','Undeliverable: Autumn letter 1: apples',1,'');
INSERT INTO messages VALUES(5,'6f1324a60b5a660489eb37d5e82a3883af9906929fb78d2eb126a1bddb37734e','2026-09-07T08:02:19Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/05-cara-unknown.eml',1847,'bounce','failed-recipients','Mail delivery failed: returning message to sender',1,'');
INSERT INTO messages VALUES(6,'eadda224087022809c1e9873a59c299d8796309b040f880aa14e961c7eeafdd5','2026-09-07T08:25:40Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/06-cara-unknown.eml',1857,'bounce','failed-recipients','Mail delivery failed: returning message to sender',1,'');
INSERT INTO messages VALUES(7,'0e5e539e9ca1a9ca04a9fbdc7c79197fc1cbe06d9db451113020300f69574f4a','2026-09-07T08:51:03Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/07-cara-unknown.eml',1869,'bounce','failed-recipients','Mail delivery failed: returning message to sender',1,'');
INSERT INTO messages VALUES(8,'8f32d881259f94c345e8ff54329846262d8d5cde1907e6f092d41dc67a6aafb5','2026-09-07T10:31:02Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/08-hana-delayed.eml',2921,'bounce','dsn','Delayed Mail (still being retried)',1,'');
INSERT INTO messages VALUES(9,'bd91832c3845e1daac36ad42a75d1885c20d73a89d8148616cc5395ff80d724d','2026-09-12T06:33:50Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/09-hana-expired.eml',2752,'bounce','dsn','Undelivered Mail Returned to Sender',1,'');
INSERT INTO messages VALUES(10,'8b71312d6aec8adb758516f4f57c4a0a3627bcb18b61610394de832e293b36ca','2026-09-14T07:30:00Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/10-ben-mailbox-full.eml',3606,'bounce','dsn','Undeliverable: Autumn letter 2: pears',1,'');
INSERT INTO messages VALUES(11,'30b2519ed0d66264a9725500ecde2cef4496a8056efbd1894afaf63d28b466f4','2026-09-15T06:15:27Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/11-anna-unknown.eml',1984,'bounce','failed-recipients','Mail delivery failed: returning message to sender',1,'');
INSERT INTO messages VALUES(12,'e900724ff03e871a580133fccaac274cf2f303e931ae0b9d5680628bd555e59c','2026-09-15T06:22:16Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/12-gus-blocked.eml',3005,'bounce','dsn','Undelivered Mail Returned to Sender',1,'');
INSERT INTO messages VALUES(13,'11ceac8632fcc6d1a5725becdeeed9d99ebcb4ea49fb74063a3ed84c7cff233d','2026-09-15T06:40:11Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/13-dora-unknown.eml',1641,'bounce','qmail','failure notice',1,'');
INSERT INTO messages VALUES(14,'5c4fb808cef5aa419f522811c8d694e44526a99275cf46b9d3f7cc3ca3dd5760','2026-09-19T06:20:00Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/16-dora-vacation.eml',949,'auto-reply','auto-reply','Automatic reply: Autumn letter 2: pears (second try)',1,'');
INSERT INTO messages VALUES(15,'3e18c23e8e05b304e700f6163769a06cc54094cd106a700089b2b3d043e0f57b','2026-09-22T07:30:00Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/17-ben-mailbox-full.eml',3613,'bounce','dsn','Undeliverable: Autumn letter 3: quinces',1,'');
INSERT INTO messages VALUES(16,'1d2945cf59b3102ed69da1690be8c578f7a2dea8643fd97842cdf3b4c56f0688','2026-09-23T06:16:48Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/18-anna-unknown.eml',2906,'bounce','dsn','Undelivered Mail Returned to Sender',1,'');
INSERT INTO messages VALUES(17,'46e8f85d0457fbd712487346d4e1d85dc0178414f12ee3ab83f63ddeabbc7371','2026-09-23T06:23:02Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/19-gus-blocked.eml',3010,'bounce','dsn','Undelivered Mail Returned to Sender',1,'');
INSERT INTO messages VALUES(18,'2b7e47fb76e69f7f86565c1fb962b0f8e0b49df464fbe03bdfe98219cfeb52fd','2026-09-23T06:40:11Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/20-dora-unknown.eml',1646,'bounce','qmail','failure notice',1,'');
INSERT INTO messages VALUES(19,'5bc24116e63adde9e073deaf097869c7ae1b36f42ee1126611fea4f78a831ec6','2026-09-24T14:45:09Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/21-garden-newsletter.eml',1493,'other','','Free delivery for every rose: our returns policy got better',0,'');
INSERT INTO messages VALUES(20,'1f15dd404a41fd8e12dc8490bf025dce8477fe4336b38f3267e22568ffb39ee2','2026-09-25T01:12:55Z','2026-11-28T16:58:39Z','file:/srv/samples/story bounces/22-garbled.eml',1180,'bounce','unnamed','Undelivered Mail Returned to Sender',0,'');
INSERT INTO messages VALUES(21,'828943ed33dd60d0c8751a4034f3b6aed77711ad9488fac29d3880c4b9c3e3b0','2026-09-16T19:07:33Z','2026-11-28T16:58:39Z','file:/srv/samples/story complaints/14-erik-abuse.eml',1996,'complaint','arf','FW: Autumn letter 2: pears',0,'');
INSERT INTO messages VALUES(22,'2f85d7c33ad45b589dc7a5f45c3e94fd9cdcae1a3decb7c1c5797076ceb345d1','2026-09-17T05:55:10Z','2026-11-28T16:58:39Z','file:/srv/samples/story complaints/15-fay-abuse.eml',2244,'complaint','arf','FW: Autumn letter 2: pears',1,'');
INSERT INTO messages VALUES(23,'4ca09bac55d6ccc7552390182b6865f08e03e045d96b9887fce0070cbbb766ca','2026-06-19T10:18:07Z','2026-11-28T16:58:39Z','file:/srv/samples/not-a-report/read-receipt.eml read-receipt.eml',1267,'other','not-a-report','Read: Summer catalogue',0,'');
INSERT INTO messages VALUES(24,'724c1734be9c65f92f95614c489ca5e90b26bd7cd32c561a1645a98217ca8c88','2026-06-20T10:19:07Z','2026-11-28T16:58:39Z','file:/srv/samples/not-a-report/dmarc-aggregate.eml dmarc-aggregate.eml',577,'other','not-a-report','Report Domain: example.org Submitter: example.com Report-ID: <2026.06.01@example.com>',0,'');
INSERT INTO messages VALUES(25,'f0beac1bccc7c2a86b85b1b79946c34aa0c96980aeef28455fbfe8152ab8bcae','2026-06-01T10:57:07Z','2026-11-28T16:58:39Z','file:/srv/samples/other/majordomo-not-member.eml majordomo-not-member.eml',1034,'other','','Majordomo results',0,'');
INSERT INTO messages VALUES(26,'0ff1f182e4307334ebf75ca912ad26f3c9e56c4901a14b421fc4eff349e6c5d2','2026-06-01T10:28:07Z','2026-11-28T16:58:39Z','file:/srv/samples/other/forwarded-bounce.eml forwarded-bounce.eml',497,'other','','Fwd: Undeliverable: Summer catalogue',0,'');
INSERT INTO messages VALUES(27,'190806dc45ace6be60d0d6ad65f9c6f752dbea51a7c0bb6257791c0efd4ab0d9','2026-06-25T10:24:07Z','2026-11-28T16:58:39Z','file:/srv/samples/challenge/confirm.eml confirm.eml',471,'auto-reply','challenge','Please confirm your message',1,'');
INSERT INTO messages VALUES(28,'b68b5433d2ad8360cf8f2625d43fb73733f56c3947cda3a9184d635c3700b833','2026-06-23T10:22:07Z','2026-11-28T16:58:39Z','file:/srv/samples/auto-reply/german-subject.eml german-subject.eml',443,'auto-reply','auto-reply','Abwesenheitsnotiz: Bin im Büro nicht erreichbar',1,'');
INSERT INTO messages VALUES(29,'ebec71c90a4f3b26a32ade50082b81cf5223a0588bfee1f145a154837566db56','2026-06-14T10:13:07Z','2026-11-28T16:58:39Z','file:/srv/samples/auto-reply/left-the-company.eml left-the-company.eml',677,'auto-reply','auto-reply','Automatic reply: Summer catalogue',1,'');
INSERT INTO messages VALUES(30,'b5298a03c6f6a9b1ef016c44a6af974e17ca36d8082f130dd06f08a458838491','2026-06-16T10:15:07Z','2026-11-28T16:58:39Z','file:/srv/samples/arf/not-spam.eml not-spam.eml',1205,'complaint','arf','FW: Summer catalogue',1,'');
INSERT INTO messages VALUES(31,'155ceb80fbfe12d83125f48cbeb8a78d098cd95d97e09700e03f3bba770d8010','2026-06-14T10:13:07Z','2026-11-28T16:58:39Z','file:/srv/samples/arf/auth-failure.eml auth-failure.eml',1478,'complaint','arf','Report domain: example.org; failure',1,'');
INSERT INTO messages VALUES(32,'59fee8bcc79b6a8cf79187e9e932db1e35993f75abc67a3dd66a98097da8c11b','2026-06-14T10:13:07Z','2026-11-28T16:58:39Z','file:/srv/samples/arf/redacted.eml redacted.eml',1239,'complaint','arf','FW: Summer catalogue',0,'');
INSERT INTO messages VALUES(33,'f40c022eeba2a3bbadcb76800d1e126c4f982c1980fee80c36f5cd57295f3e1f','2026-06-14T10:13:07Z','2026-11-28T16:58:39Z','file:/srv/samples/arf/virus.eml virus.eml',1292,'complaint','arf','FW: Summer catalogue',1,'');
INSERT INTO messages VALUES(34,'158384dcd085e9942222aa7063de18842d1aa29656635c9223f467593b128e70','2026-11-22T01:42:25Z','2026-11-28T16:58:39Z','file:/srv/samples/postfix/address-moved.eml address-moved.eml',2806,'bounce','dsn','Undelivered Mail Returned to Sender',1,'');
INSERT INTO messages VALUES(35,'c732030131c22af437142e21de7938ce10303ad44bad081e950a11b8a4d265ff','2026-11-22T01:42:25Z','2026-11-28T16:58:39Z','file:/srv/samples/postfix/block-list.eml block-list.eml',2938,'bounce','dsn','Undelivered Mail Returned to Sender',1,'');
INSERT INTO messages VALUES(36,'1e34689098432e7328f143eb18297ec29864e273c0e01442c5447faaee6b11ee','2026-11-22T01:42:26Z','2026-11-28T16:58:39Z','file:/srv/samples/postfix/delay-cleared-delayed.eml delay-cleared-delayed.eml',3021,'bounce','dsn','Delayed Mail (still being retried)',1,'');
INSERT INTO messages VALUES(37,'61fecdfc9c8153b1ea9f34c0f90ca5b1421914328d70ea2768a995a32394aa9f','2026-11-22T01:42:29Z','2026-11-28T16:58:39Z','file:/srv/samples/postfix/delay-cleared.eml delay-cleared.eml',2938,'delivered','dsn','Successful Mail Delivery Report',1,'');
INSERT INTO messages VALUES(38,'fe19778804205b8a5afa6993966a3d3859c165983ef74a10f732073cda535edd','2026-11-22T01:42:25Z','2026-11-28T16:58:39Z','file:/srv/samples/postfix/dmarc.eml dmarc.eml',2872,'bounce','dsn','Undelivered Mail Returned to Sender',1,'');
INSERT INTO messages VALUES(39,'4badd0b90ee4e989b22f812e47aa2925c782835557180c88b2d2393b1b069c9b','2026-11-22T01:42:26Z','2026-11-28T16:58:39Z','file:/srv/samples/postfix/domain-unknown.eml domain-unknown.eml',2795,'bounce','dsn','Undelivered Mail Returned to Sender',1,'');
INSERT INTO messages VALUES(40,'bcacec316c00f3c008ff2ac25d2d2182bd56ede084b4c3e99682b91f1497c909','2026-11-28T16:58:38Z','2026-11-28T16:58:39Z','file:/srv/samples/broken.eml broken.eml',102,'other','','',0,'');
INSERT INTO messages VALUES(41,'87c8c3b93085cbfa3d81f6c23d232e81ba2f7e4ff7c9d9c8b3ae3af316904b00','2026-06-18T10:44:07Z','2026-11-28T16:58:41Z','imap:bounces/INBOX 1',544,'other','','Re: Undeliverable: your order',0,'');
CREATE TABLE unread (                    -- what was not understood, kept for a person until housekeeping takes it
    message INTEGER PRIMARY KEY REFERENCES messages (id),
    content BLOB NOT NULL                -- zlib
) STRICT;
INSERT INTO unread VALUES(19,X'789cb593dd4edb401085afd9a718e50a54fc930408388e45815021356a44d21fa9aad0da9ec4db3abbd6ee98c44fd6fb3e59d78ea812084a7bd12baf778f67ce7e677c8f546ae98c396501843912a1369773ae53942eaef8a2c831625f9c0f5acc85e4b9335501c4aa94099a4b833245ed121a6237988b47d498beaab8c704ad240d60a6d502165ce4ee762338dcb5f9b5e3775ddf6db7bb6eaff7ed881dc4152c56ee4669381c2b4333b13a82a5a00c8693d1743c019142afedfb17572767579d2e3b98290de10e67511fa659790c9d139860011dbf7306edb3e0e434f02fe08ddff17d38bc1e4ea647ecd61a0fe05de30f3e23fec8abd7a1bdc66152c6df31a1006e3522a46b6e15d4eeb05969653000556ad04d3a060a958ba482b922889b6eec8693d5ecb1cd46680c9fa3737763c315c694e874cf2dc95eef7207e988bd17869cbbf4c51597cd73b7fca334656c122d626b28cc880a1378deb6d4cb913fa257378ed858db41b08789d5e7b6021bdd8d86ce278b50281940dbf5d9b59284929c695558d1a2cc49145c93c7737b77c9c912eb376c53aeab416bf0b06ef7d03d6f31e6381befcf4a11aec82b722e641f928c6b83342869e66ce834976686da19ca44a542ce03388f05313be05cc3ba2eea63c64a49228749eda102ca36925433e0790e31d7e8686533ab0335208c1d7c4417de827520c97ec489cd6c0ef64c82207b2eb49de6aaee64d51aadcea2eac3520b4220b5aef46cd25cc6b6e3faf513eead4e2e710ea7f55b433f80bdd9fc05bb8c16f93fa30bebaf22fbeba5551416d136c9d02b2266775ff00ce3e80969e8c5d17fc4ca420e99c6d9a055ff15a4825d985bd1aeddd0e391fb7485d02cacc3684f1a7f9aedcda31535ebba47e8ad6baf5b796b944d1ad1b3d41c87fd06dceafda3');
INSERT INTO unread VALUES(20,X'789c8d935b6fda40108579cdfe863e8cf2d2448d1de394008644415c24a4924440abf671b1c7612b7bd7da1d27f0d65fde740c09b9296a1092597676f63b678ea748a5d5deb5a46504dd73f1d3bbb2ea466999797313c1c2943a4677e15027687d4247628099ba458bc9bb15538c914b12de5d43bef29fedc1c1b57194aad5a1d853090cfafd5633e8b583d6490746561d41d88019161006e1290427513d8c1a0df81284410007fde16c7e28069230fa68f1c89a3c828954193c70af61b67684397427bdf1b7e1d41bf48693abcb8b979ce762562e7e634c117ce73f1f146f1b4d379ef18a0c5f5f1d11ef39d12bc978dc295744951fb25a5b2c328589988c2743ef075aa78c8ea0ee07a26f34a1266fbe2e58625e66a40a69e9984f184b1dd83e3de2edb307a8b5e74852e93a62af0248a45d9fed37dbcdafe1697d3408eb7ebdd90ec276abd96c1cbf94b8ff749d95daa568bda18e4da2f44d04ad85223141e7e40d7a6326ef562607edb011d4eb61a3e13f9bdc1bebc47ca91cf057c24623ea5816aecc787009e4dba6be109ef721ce1de6005d6c55411bbb2e0da954c5b25abdf28d7045c7452695ee40bc94d6219d95947aadff0ade81d31221af66edb65991044bceedab30b386f1e71c9cb19c2a0ec352de62f5543a353687b529b9111fe51ff65137c4a6cc12d086c402e129597ccc6804c385c6224f3a56856256e7c3983eb39544325e72e1023373c7378fb8342d2d935a90ce298e01c7ef088a0ca543a830b712b873c1ecb96425b6424e37648961f05db9d27156264c5f195058b3c858f5366e3efce2f2586ac1b448b89563eef4c66848f90ddbf8b523b48fefc7d3a8e1ed67fed262216ab5fbbf9ffe74d56dada62f70757fff0f532587cb');
INSERT INTO unread VALUES(21,X'789c95555d6f1a3b107dae7fc5282f3751e3657743087148142e1f1552b88d02b9ad54f5c1ecce826f167b657bf3f1ef3b2c240142935b8484e4197bce9c3973b8415f5acdafa59f09686588e944267797f828e7458e81467fc1bef3af564d9596391f1b0189a19054dabb4b873a451b78749e753157f768317d2fe90613a4ac544066cd1cb2491eac9582fded831fd16933388e82280c837af8f3807d9a3cc1fc31587b13f6af8df3997a3c8007e567d01b0dc7d7235029743af566d48f7a61d8679f3263a1b51bd5c5197cc3f410a2068cb080388c1b1047223c114747f0398cc310f63bbdd1f880f509b480fe8a25b832a6f81d69ef90302a27ff61e2e9a16f02daa52fe71a72f41e2dc4020a94d6b1aef428dec28a4e5f60d1870dd13939453ee8ae0d8f2709f59d451886d9e516a1176c3818f6f8bf689d325a401484ac63b447edf9f8a9a092f332f7aa90d6d72c16c6fa3358fe724fe1f3971aab20cdc3943a95f6e97c6f57fd3dc638df15d8aaeaf1d1d72aaece20991101e8cff76e47bc3dea0c067bafc9566a97a1e53d9d9854e9a9809389f28c8d67ca017da50639291dae40c362ea12e64b9ae870a9bea5f8a2d338088398b415d0fd2aaa0a4565fea277d2d4d22598490713444dc1b9a19bc1ffec6755b1b6c51763cfda59e55560d9ada396da53ba2ea0b71cd63fe879ffefab1ac163afd3622f8b38942ae74b39b61623487053d26c644a9b9032aec55aa3ac6dadbaa7eb4b798d4b24791dbfca2b6c88e84484f595bc6e2ad0b4d15d33a7d1085857f19f1161b3a419c72fc1ae728571ca576d299d2b8d8ccaad7bd1ceaeb6fc43e383dbf48237273f9ebb8fffd43eea8d5edc6fb68f8ebba72bfb20739309f1b1b1e9673b686c563486bbcc63b5ef57d5be3b682d006ff6b8708edda55e9de35dd7f800cfa66bc8ea251e0768d5dd26902be53c1fa46f312fef046f936fb52b272eb16a42305a33ef0b276ab5b5bc5a8ef21e6b61d448b2346ca6b27e71082d1257ee8da8623b20acbdca17c312b07d7cfe5523efe42ab9a33fab0e1126d55457fd2dfae7cf3d52f0e679c905540dafd1fba135ee32a9d267bcf9b13f7d312685b9b19ace0e19f36437d5c4405a321e55600064414f24c13c076d3c3c48e50356f9d226fbbfdb3bced92fd9709127');
INSERT INTO unread VALUES(23,X'789c9553616fda3010fd5cff8a533f156d0e4e366d100a2a2aadd4496c15d069d2344d2639c0536247b633e0dfef123a20b4dbba2852e48befeeddbdf726e84babf9bdf4ab182e076c8209aa9f98c6b0b026875caa2cc08dcc8b0c038d1e2e9e44be86dd28104114849d6f2d7636df42bed95f30760917f7c6f985dab460adfc0a6ea6e3d9fd14540a6f6f45d81986ec6c612c5cce4da913745747a9831e8c8d7e0d61173e941a2211bd8350c4612716efe195a0072e1e66d72d764b5863b02853b45747e0d8ccc4a071dda8caa6e5fc07263e860925c4302df31c2d24d2cbcc2c4b6423e9317eec7cd4388c85a077d7988dd139b9447e37a2bde5a9e6e171e3011bdf8d6ff867b44e191d431808766db447edf96c5b50f9bcccbc2aa4f56d8b85b1be07bb2ff7f4bb9f2a5718a73c25736dbc5a288247871e2d98f6944abbed9ff7bf1347da2bb4e78ccd56ca01bd12eacea81359b832a35152c8775803c6383f249d00f2b8f1ed22934af7205949ebd0f74bc7a54b94aacae3ef32b0960e2a8099dc62faf7a28f29ed3fcdc34870d5d44a2ff9c3307ea237120045889d6a81b74acb8c934255a1a80511be483a51d47b86f74f562debdb0d9af614f337a2a133363ae0ab40e8925265521ddbe3d147eeaa8976e16cdb3b0cffef85ee20f2550dd155e31efbed39cd9f5a501645d34ea781bd012321fec381c3da82c3a11021a9ea54eda27bacf686cda62b53c0e5a9ab06b5d79ea162efb617faacd999bd90c02ffc9a4e522d757dd3d5bd7855b0c911e7ec1758c3a155');
INSERT INTO unread VALUES(24,X'789c6590db4e02311086afe9530c5e41746b4b361a0a12413042b209e1e08df1a22cc35addb69b6e51e0e92dc1c34627933499c337ffdf19faad33d154fa1701dd1e99618aea1dd70236ce6ad052e5147752173952831e1aff2a4fbcdda28cb6286f3f37496db507bdfb19b02e83c6d4967ea3764df850fe0546f364319d835a437ccf78bbcf496d631d7457766b522c6f2babbd0e24d65c408bc1646bc2d3ba02ce046f0b760de72c0434968bbb26b90f5a05acb5746964acc322dfff7052abc9c27e75ab7432dfae5e31f502665858e76168833923a02a3ecc68e53dbadff211f8b5128d87e1d78eba280bc9ab477b64283d8a93035e31c00563214f0648826529333c914e0efe609271328a1ed195ca06719c3272678d47e3a3c5be08076451e42a953eb42fb3832a3a60a4c69bb30aa45eb154e774a7739a1dce7e394e9a72832e1a99d4ae95c904ac64895731210f7139ee7f07f3c9fc2d1ef493c960325c8e8e25f209a448b826');
INSERT INTO unread VALUES(25,X'789c9592516bdb3014859fa35f71e94b93ad726cb3cdadd38464693b3a3084261b83318a6cdfd82a916424794df6eba7a4cc8dbd7630bde9a2ab73ee3ddf1dda5a4bba60b68ce17242ee3043fe13f318d65a09108c6f3cdc32516dd09368a1ff57e57b70117abe177a4174fe63407ae90ec4b679a17401fd853276cdb70378e4b684eb65b25a2c81e7f0ee2688a28f11e9ad9586cb54d53243333d6a9d8c2051f20c02f85c4b08fdf003047efc3e8afd08defaee40ffcb6a3e2037ce6b0c097b503a57424d8ffc91958ae185afc9b24e1f30b3476da0d1d41b6bc815b318bfa6ec3f2993048d6105d2db2bb738a92ccf90ba71a6dd054d48729b5cd3afa80d573286c0f3c95c498bd2d2d5ae7242c289f28a693b147c8bf9e86037677a373e19dfefebf7eedf1342287dbe76beb0b8b5c36ac3b81c4156326dd08e6b4399c938df3792893b60ead4649aa748deb80373250493399c36f5537083b83564aa90fc17e6de3f45c5d306867a9d9d872171ec1cb3f4529c5dbc5855b549e9161ab842dfff0fb86607ba6633df991e915e3749ffc2c5d824d9626859aacac5898f1de37b8a0a25b1855683d0b216023564ccb28d2a6a7c85a0b66e9ba0a6d7137f78a42e0c2a50a4a8db66bed1b9bb315ec843af39a8d3bd04219f94ca41282db92cce082951237003b64470533d5bf45ac93a427e03d49549fe');
INSERT INTO unread VALUES(26,X'789c7590514fc23014859fe9af388f1065d916a250c99c82249a9010064fc6876ebbdbaa5b4bd64ee0dfdb846888621f6fcfb9f77c674db66bd570256cc531154a89980ea2d9d5e465ba89d89a32929f947314ad6ed008597bdf024516fd3f93d760127abe177ac168f23660bdf488e6f0a3d06d89fe4a1b5bc8c3007b692b3c25cbcd2a81cc315a04a3f1e32deb15bac534d59dcac8c467d6e80e4badae11e0a55308fdf00681cfc331f76f71e5bb87fe76331bb085cbcaf1e0682e316d34c785e52ce9d277ca2cc762ef78b72aa7daa1b722ad8923e99a865a64c28a5a971db1b9b06efc4f1cff14872dc91851d2f079eeda55daca8c868e31fedd5ac4d84c281c75e72afe20185286a00bd84a9a7bc622cc4f618ea88441e1ec94c36af74f4ed852267792943570cd95adee7686b3c8d94aad283e3bc4be000fbda0ca');
INSERT INTO unread VALUES(32,X'789c95536b6fd33014fd3cff8aab7dda044eedac02e6ae13d51ed21015d3da01d28490ebdcb486c48e6c8775ff1ea7af2505f1882225717cef393ef79c3b0cb533f456868580b37372870af50fcc04e4ce96504a5d24b8946555606230c0d12f2b0ffc344d589226fce4cb3139983d41b9dc6db06e0e47b7d6875c2f8fe15187055c4dc6d3db09e80cfad78c9f8c3839c8ad83b399ad8d42ffb6557a3e80b1352f81f7e15d6d2065e92be04cf013c15ec30b162f38ba9f5e1c93ebc855c035623693ea3bbcb7b682b37c56ec9a295b9e93a915105faa426a133a406452cfbea10ab1c7270193ba2cd181924116765e23b99401c5864a8b09178cc57bcd848cd17b39477a732956d834eda28f6fc657f4233aafad11c013462eac0968029d3e55b17d59174157d2859ec3caba3080f59386f87b986fce46373fa3d051af4cbaa7e1e1f06b9c95091add2121d385f6106f092b40344a56be2ee2093228d7141342287d2edae31170197a2b8d06a016d2790cc3da53e995d6adf606b0b102c859ed7143159a41ca2d4c5c5c7b696da5ad4d52c6fe4c6053dedb3b3221dbf96ef68d1a6472efd1d1d13c960bb85aeb4db71b7b8dca3bc959c2c907a7e7dac882dea92ae2454338cca48ae2d0be543c3f6dcfecef32b95cbd4953ba4099451412d3d34ed3ef1cbd1f305955ddb0ec2f3cb474fb8f7c8d56011b8d18e3d12bfbd665a76deb7642345934d931f8b8c7bbd12a1a4e7b55581fe58ac3d5958e7a7831788ecf3f46a78bdf8dceae96a6bc4be133bd885f52cfcd6aa75f61d1a661775294929ff76991a6');
INSERT INTO unread VALUES(40,X'789c732bcacfb552487448d22b492d2ee1f24d2d2e4e4c4fd5f574b152b0492acacf4ecd834ad97139e7e795a4e695e8865416a45a29e496e6946416241695e817a516e41795582b24e597e6a5241655da567071e9eaa210000efd2143');
INSERT INTO unread VALUES(41,X'789c65905b4f023110859fdd64ffc379c4289bb2592f544230a2511312c2e5c9f8d0a503ac968e765b817f6f5163409b3669a73373be3323f2c1d9e650f9a544a79b26239a51f5415a62ee788595aa4c461bb57a339459f268fc8b3cb5da7926b23c2b8ae7e334392ab7586d7e33d82dd01872ede7d5e618ebca2f713b1e4c8663541ac59d288aeb562c9ab343a7e4606754f7f66abb5718b03d45eb128fc12217f9395a4216851417381171a1319ddc44ddbb882bf1c8e833a1f3c29966eaed71466f1396b0b43e10489371285f68e625462431b59a4cf4ef5469e273cbc1819d2697267de563e49b660f269742c4fd0d932603aa6bb5a0e6433fced3d19bd936dbe20f479adc93317cbabb7d291855fbaf5163c6c16858f628093f28a4e1197e4998732c5b577601a5b58b4a72d70258b03df0ba8b0e0da99a10e251b1df92a2114b599a74d1790fec491f50c9ddc7d999c0b48e99c1be5a5edb34f904e20aa98f');
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
, trust TEXT NOT NULL DEFAULT 'plausible'
    CHECK (trust IN ('verified', 'plausible', 'unverified')), evidence TEXT NOT NULL DEFAULT '', charged_by TEXT NOT NULL DEFAULT '', recipient_id TEXT NOT NULL DEFAULT '', stream TEXT NOT NULL DEFAULT '', sending_domain TEXT NOT NULL DEFAULT '', source TEXT NOT NULL DEFAULT '', stored_at TEXT, held TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO events VALUES(1,1,'2026-09-07T06:14:05Z','anna@example.org','bounce','failed','hard','user_unknown','5.1.1','550','550 5.1.1 <anna@example.org>: Recipient address rejected: User unknown in virtual mailbox table','anna@example.org','anna@example.org','mx.sender.test','mx.example.org','','autumn-1.anna@sender.test','2026-autumn-1','text: user unknown','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','sender.test','',NULL,'');
INSERT INTO events VALUES(2,2,'2026-09-07T06:21:44Z','gus@example.org','bounce','failed','block','reputation','5.7.1','554','554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using dnsbl.example; Listed since today, see https://dnsbl.example/query/192.0.2.10','gus@example.org','gus@example.org','mx.sender.test','mx.example.org','','autumn-1.gus@sender.test','2026-autumn-1','text: dnsbl','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','sender.test','',NULL,'');
INSERT INTO events VALUES(3,3,'2026-09-07T06:40:11Z','dora@example.org','bounce','failed','hard','user_unknown','5.1.1','','Sorry, no mailbox here by that name. (#5.1.1)','dora@example.org','','','','','autumn-1.dora@sender.test','2026-autumn-1','text: no mailbox','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','sender.test','198.51.100.9',NULL,'');
INSERT INTO events VALUES(4,4,'2026-09-07T07:30:00Z','ben@example.net','bounce','failed','soft','mailbox_full','5.2.2','554','554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded; Failed to process message due to a permanent exception with message Cannot open mailbox.','ben@example.net','','EX01.example.net','','','autumn-1.ben@sender.test','2026-autumn-1','text: storedrv.deliver.exception:quotaexceeded','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','sender.test','198.51.100.22',NULL,'');
INSERT INTO events VALUES(5,5,'2026-09-07T08:02:19Z','cara@example.com','bounce','failed','hard','user_unknown','','','Unknown user','cara@example.com','','','','','autumn-1.cara@sender.test','2026-autumn-1','text: unknown user','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','sender.test','203.0.113.3',NULL,'');
INSERT INTO events VALUES(6,6,'2026-09-07T08:25:40Z','cara@example.com','bounce','failed','hard','user_unknown','','','Unknown user','cara@example.com','','','','','autumn-1b.cara@sender.test','2026-autumn-1','text: unknown user','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','sender.test','203.0.113.3',NULL,'');
INSERT INTO events VALUES(7,7,'2026-09-07T08:51:03Z','cara@example.com','bounce','failed','hard','user_unknown','','','Unknown user','cara@example.com','','','','','autumn-1c.cara@sender.test','2026-autumn-1','text: unknown user','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','sender.test','203.0.113.3',NULL,'');
INSERT INTO events VALUES(8,8,'2026-09-07T10:31:02Z','hana@example.net','bounce','delayed','soft','unreachable','4.4.1','','connect to mx.example.net[198.51.100.2]:25: Connection timed out','hana@example.net','hana@example.net','mx.sender.test','','','autumn-1.hana@sender.test','2026-autumn-1','text: connect to','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','sender.test','',NULL,'');
INSERT INTO events VALUES(9,9,'2026-09-12T06:33:50Z','hana@example.net','bounce','failed','soft','unreachable','4.4.1','','connect to mx.example.net[198.51.100.2]:25: Connection timed out','hana@example.net','hana@example.net','mx.sender.test','','','autumn-1.hana@sender.test','2026-autumn-1','text: connect to','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','sender.test','',NULL,'');
INSERT INTO events VALUES(10,10,'2026-09-14T07:30:00Z','ben@example.net','bounce','failed','soft','mailbox_full','5.2.2','554','554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded; Failed to process message due to a permanent exception with message Cannot open mailbox.','ben@example.net','','EX01.example.net','','','autumn-2.ben@sender.test','2026-autumn-2','text: storedrv.deliver.exception:quotaexceeded','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','sender.test','198.51.100.22',NULL,'');
INSERT INTO events VALUES(11,11,'2026-09-15T06:15:27Z','anna@example.org','bounce','failed','hard','user_unknown','5.1.1','550','SMTP error from remote mail server after RCPT TO:<anna@example.org>: host mailstore.example.org [198.51.100.12]: 550 5.1.1 <anna@example.org> User unknown','anna@example.org','','','','','autumn-2.anna@sender.test','2026-autumn-2','text: user unknown','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','sender.test','198.51.100.1',NULL,'');
INSERT INTO events VALUES(12,12,'2026-09-15T06:22:16Z','gus@example.org','bounce','failed','block','reputation','5.7.1','554','554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using dnsbl.example; Listed since today, see https://dnsbl.example/query/192.0.2.10','gus@example.org','gus@example.org','mx.sender.test','mx.example.org','','autumn-2.gus@sender.test','2026-autumn-2','text: dnsbl','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','sender.test','',NULL,'');
INSERT INTO events VALUES(13,13,'2026-09-15T06:40:11Z','dora@example.org','bounce','failed','hard','user_unknown','5.1.1','','Sorry, no mailbox here by that name. (#5.1.1)','dora@example.org','','','','','autumn-2.dora@sender.test','2026-autumn-2','text: no mailbox','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','sender.test','198.51.100.9',NULL,'');
INSERT INTO events VALUES(14,14,'2026-09-19T06:20:00Z','dora@example.org','auto-reply','','','','','','','dora@example.org','','','','','','','','plausible','In-Reply-To, References','final-recipient','','','','198.51.100.9',NULL,'');
INSERT INTO events VALUES(15,15,'2026-09-22T07:30:00Z','ben@example.net','bounce','failed','soft','mailbox_full','5.2.2','554','554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded; Failed to process message due to a permanent exception with message Cannot open mailbox.','ben@example.net','','EX01.example.net','','','autumn-3.ben@sender.test','2026-autumn-3','text: storedrv.deliver.exception:quotaexceeded','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','sender.test','198.51.100.22',NULL,'');
INSERT INTO events VALUES(16,16,'2026-09-23T06:16:48Z','anna@example.org','bounce','failed','hard','user_unknown','5.1.1','550','550 5.1.1 <anna@example.org>: Recipient address rejected: User unknown in virtual mailbox table','anna@example.org','anna@example.org','mx.sender.test','mx.example.org','','autumn-3.anna@sender.test','2026-autumn-3','text: user unknown','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','sender.test','',NULL,'');
INSERT INTO events VALUES(17,17,'2026-09-23T06:23:02Z','gus@example.org','bounce','failed','block','reputation','5.7.1','554','554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using dnsbl.example; Listed since today, see https://dnsbl.example/query/192.0.2.10','gus@example.org','gus@example.org','mx.sender.test','mx.example.org','','autumn-3.gus@sender.test','2026-autumn-3','text: dnsbl','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','sender.test','',NULL,'');
INSERT INTO events VALUES(18,18,'2026-09-23T06:40:11Z','dora@example.org','bounce','failed','hard','user_unknown','5.1.1','','Sorry, no mailbox here by that name. (#5.1.1)','dora@example.org','','','','','autumn-3.dora@sender.test','2026-autumn-3','text: no mailbox','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','sender.test','198.51.100.9',NULL,'');
INSERT INTO events VALUES(19,21,'2026-09-16T19:07:33Z','','complaint','','','','','','','','','','','abuse','autumn-2.erik@sender.test','2026-autumn-2','','plausible','Message-ID of the original, From of the original, Return-Path of the original','','','','sender.test','198.51.100.40',NULL,'');
INSERT INTO events VALUES(20,22,'2026-09-17T05:55:10Z','fay@example.com','complaint','','','','','','','fay@example.com','','fbl.example.com','','abuse','autumn-2.fay@sender.test','2026-autumn-2','','plausible','Message-ID of the original, From of the original, Return-Path of the original','final-recipient','','','sender.test','203.0.113.40',NULL,'');
INSERT INTO events VALUES(21,27,'2026-06-25T10:24:07Z','jo.doe@example.net','auto-reply','','','','','','','jo.doe@example.net','','','','','','','','unverified','nothing of ours in it','final-recipient','','','','192.0.2.24',NULL,'');
INSERT INTO events VALUES(22,28,'2026-06-23T10:22:07Z','jo.doe@example.net','auto-reply','','','','','','','jo.doe@example.net','','','','','','','','unverified','nothing of ours in it','final-recipient','','','','192.0.2.22',NULL,'');
INSERT INTO events VALUES(23,29,'2026-06-14T10:13:07Z','jo.doe@example.net','auto-reply','','','','','','','jo.doe@example.net','','','','','','','','unverified','nothing of ours in it','final-recipient','','','','192.0.2.13',NULL,'');
INSERT INTO events VALUES(24,30,'2026-06-16T10:15:07Z','happy@example.com','complaint','','','','','','','happy@example.com','','','','not-spam','catalogue-23@example.org','summer-2026','','unverified','nothing of ours in it','final-recipient','','','example.org','192.0.2.15',NULL,'');
INSERT INTO events VALUES(25,31,'2026-06-14T10:13:07Z','user@example.com','complaint','','','','','','','user@example.com','','','','auth-failure','catalogue-130@example.org','summer-2026','','unverified','nothing of ours in it','final-recipient','','','example.org','192.0.2.13',NULL,'');
INSERT INTO events VALUES(26,32,'2026-06-14T10:13:07Z','','complaint','','','','','','','','','','','abuse','catalogue-21@example.org','summer-2026','','unverified','nothing of ours in it','','','','example.org','192.0.2.13',NULL,'');
INSERT INTO events VALUES(27,33,'2026-06-14T10:13:07Z','user@example.com','complaint','','','','','','','user@example.com','','','','virus','catalogue-121@example.org','summer-2026','','unverified','nothing of ours in it','final-recipient','','','example.org','192.0.2.13',NULL,'');
INSERT INTO events VALUES(28,34,'2026-11-22T01:42:25Z','moved@example.net','bounce','failed','hard','address_moved','5.1.6','551','551 5.1.6 User not local; please try <new.address@example.com>','moved@example.net','moved@example.net','mx.sender.test','mx.example.net','','address-moved.2026-autumn-1@sender.test','2026-autumn-1','text: user not local; please try','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','sender.test','',NULL,'');
INSERT INTO events VALUES(29,35,'2026-11-22T01:42:25Z','listed@example.net','bounce','failed','block','reputation','5.7.1','554','554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using dnsbl.example; https://dnsbl.example/query/ip/192.0.2.10','listed@example.net','listed@example.net','mx.sender.test','mx.example.net','','block-list.2026-autumn-1@sender.test','2026-autumn-1','text: dnsbl','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','sender.test','',NULL,'');
INSERT INTO events VALUES(30,36,'2026-11-22T01:42:26Z','later@example.org','bounce','delayed','soft','remote_error','4.3.2','450','450 4.3.2 System not accepting network messages right now','later@example.org','later@example.org','mx.sender.test','mx.example.org','','delay-cleared.2026-autumn-1@sender.test','2026-autumn-1','status: 4.3.2','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','sender.test','',NULL,'');
INSERT INTO events VALUES(31,37,'2026-11-22T01:42:29Z','later@example.org','delivered','relayed','','','2.0.0','','250 2.0.0 Ok: queued as 4F2A9C','later@example.org','later@example.org','mx.sender.test','mx.example.org','','delay-cleared.2026-autumn-1@sender.test','2026-autumn-1','','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','sender.test','',NULL,'');
INSERT INTO events VALUES(32,38,'2026-11-22T01:42:25Z','dmarc@example.com','bounce','failed','block','authentication','5.7.26','550','550 5.7.26 Unauthenticated email from sender.test is not accepted due to the domain''s DMARC policy.','dmarc@example.com','dmarc@example.com','mx.sender.test','mx.example.com','','dmarc.2026-autumn-1@sender.test','2026-autumn-1','text: dmarc','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','sender.test','',NULL,'');
INSERT INTO events VALUES(33,39,'2026-11-22T01:42:26Z','reader@nodomain.test','bounce','failed','hard','domain_unknown','5.4.4','','Host or domain name not found. Name service error for name=nodomain.test type=A: Host not found','reader@nodomain.test','reader@nodomain.test','mx.sender.test','','','domain-unknown.2026-autumn-1@sender.test','2026-autumn-1','text: host not found','plausible','Message-ID of the original, From of the original, Return-Path of the original','original-recipient','','','sender.test','',NULL,'');
CREATE TABLE event_headers (             -- the configured headers of the returned original
    event INTEGER NOT NULL REFERENCES events (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL
) STRICT;
INSERT INTO event_headers VALUES(1,'X-Campaign-ID','2026-autumn-1');
INSERT INTO event_headers VALUES(1,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(2,'X-Campaign-ID','2026-autumn-1');
INSERT INTO event_headers VALUES(2,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(3,'X-Campaign-ID','2026-autumn-1');
INSERT INTO event_headers VALUES(3,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(4,'X-Campaign-ID','2026-autumn-1');
INSERT INTO event_headers VALUES(4,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(5,'X-Campaign-ID','2026-autumn-1');
INSERT INTO event_headers VALUES(5,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(6,'X-Campaign-ID','2026-autumn-1');
INSERT INTO event_headers VALUES(6,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(7,'X-Campaign-ID','2026-autumn-1');
INSERT INTO event_headers VALUES(7,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(8,'X-Campaign-ID','2026-autumn-1');
INSERT INTO event_headers VALUES(8,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(9,'X-Campaign-ID','2026-autumn-1');
INSERT INTO event_headers VALUES(9,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(10,'X-Campaign-ID','2026-autumn-2');
INSERT INTO event_headers VALUES(10,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(11,'X-Campaign-ID','2026-autumn-2');
INSERT INTO event_headers VALUES(11,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(12,'X-Campaign-ID','2026-autumn-2');
INSERT INTO event_headers VALUES(12,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(13,'X-Campaign-ID','2026-autumn-2');
INSERT INTO event_headers VALUES(13,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(15,'X-Campaign-ID','2026-autumn-3');
INSERT INTO event_headers VALUES(15,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(16,'X-Campaign-ID','2026-autumn-3');
INSERT INTO event_headers VALUES(16,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(17,'X-Campaign-ID','2026-autumn-3');
INSERT INTO event_headers VALUES(17,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(18,'X-Campaign-ID','2026-autumn-3');
INSERT INTO event_headers VALUES(18,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(19,'X-Campaign-ID','2026-autumn-2');
INSERT INTO event_headers VALUES(19,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(20,'X-Campaign-ID','2026-autumn-2');
INSERT INTO event_headers VALUES(20,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(24,'X-Campaign-ID','summer-2026');
INSERT INTO event_headers VALUES(25,'X-Campaign-ID','summer-2026');
INSERT INTO event_headers VALUES(26,'X-Campaign-ID','summer-2026');
INSERT INTO event_headers VALUES(27,'X-Campaign-ID','summer-2026');
INSERT INTO event_headers VALUES(28,'X-Campaign-ID','2026-autumn-1');
INSERT INTO event_headers VALUES(28,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(29,'X-Campaign-ID','2026-autumn-1');
INSERT INTO event_headers VALUES(29,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(30,'X-Campaign-ID','2026-autumn-1');
INSERT INTO event_headers VALUES(30,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(31,'X-Campaign-ID','2026-autumn-1');
INSERT INTO event_headers VALUES(31,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(32,'X-Campaign-ID','2026-autumn-1');
INSERT INTO event_headers VALUES(32,'List-Id','Autumn Letters <autumn.sender.test>');
INSERT INTO event_headers VALUES(33,'X-Campaign-ID','2026-autumn-1');
INSERT INTO event_headers VALUES(33,'List-Id','Autumn Letters <autumn.sender.test>');
CREATE TABLE cursors (
    mailbox TEXT PRIMARY KEY,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL
) STRICT;
INSERT INTO cursors VALUES('imap:bounces/INBOX',1795885118,2);
CREATE TABLE polls (                     -- the last word on every mailbox, for `bounced status`
    mailbox TEXT PRIMARY KEY,
    polled_at TEXT,                      -- the last poll that went through
    failing_since TEXT,                  -- NULL while polls go through
    last_uid INTEGER NOT NULL,           -- the highest UID that the server has given out
    problem TEXT NOT NULL
, next_try TEXT) STRICT;
INSERT INTO polls VALUES('imap:bounces/INBOX','2026-11-28T16:58:45Z',NULL,3,'',NULL);
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
INSERT INTO meta VALUES('policy','5f633ba99c755767ba5872df3823869b6f34119343c8ec9f523b135b27e42694');
CREATE TABLE accepted (                  -- events that count because a person looked
    event INTEGER PRIMARY KEY REFERENCES events (id),
    decided_at TEXT NOT NULL,
    why TEXT NOT NULL
) STRICT;
INSERT INTO accepted VALUES(21,'2026-11-28T16:58:45Z','looked at it');
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
INSERT INTO attributions VALUES(26,'2026-11-28T16:58:43Z','carl@example.net','summer-2026','','example.org','verified','nothing of ours in it; sent table');
CREATE TABLE IF NOT EXISTS "decisions" (    -- what people decided
    id INTEGER PRIMARY KEY,
    decided_at TEXT NOT NULL,
    address TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('suppress', 'release')),
    scope TEXT NOT NULL,                 -- '' releases every scope
    why TEXT NOT NULL
) STRICT;
INSERT INTO decisions VALUES(1,'2026-11-28T16:58:44Z','eva@example.net','suppress','all','asked by letter');
INSERT INTO decisions VALUES(2,'2026-11-28T16:58:44Z','finn@example.net','suppress','news','only the newsletter');
INSERT INTO decisions VALUES(3,'2026-11-28T16:58:44Z','gone@example.net','suppress','all','');
INSERT INTO decisions VALUES(4,'2026-11-28T16:58:45Z','gone@example.net','release','','was a mistake');
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
INSERT INTO suppressions VALUES('anna@example.org','all','bounce','user_unknown','hard','2026-09-23T06:16:48Z',NULL,3,'2026-09-07T06:14:05Z','2026-09-23T06:16:48Z','550 5.1.1 <anna@example.org>: Recipient address rejected: User unknown in virtual mailbox table');
INSERT INTO suppressions VALUES('carl@example.net','marketing','complaint','abuse','','2026-06-14T10:13:07Z',NULL,0,NULL,NULL,'');
INSERT INTO suppressions VALUES('eva@example.net','all','manual','manual','','2026-11-28T16:58:44Z',NULL,0,NULL,NULL,'asked by letter');
INSERT INTO suppressions VALUES('fay@example.com','marketing','complaint','abuse','','2026-09-17T05:55:10Z',NULL,0,NULL,NULL,'');
INSERT INTO suppressions VALUES('finn@example.net','news','manual','manual','','2026-11-28T16:58:44Z',NULL,0,NULL,NULL,'only the newsletter');
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
INSERT INTO sends VALUES('catalogue-21@example.org','carl@example.net','spring','','','2026-11-28T16:58:43Z');
CREATE TABLE recipients (                -- written by the sender: who is behind an id
    id TEXT PRIMARY KEY CHECK (id <> ''),
    address TEXT NOT NULL CHECK (
        address = lower(address) AND address LIKE '_%@_%' AND address NOT GLOB '* *'
        AND substr(address, instr(address, '@')) NOT GLOB '*[^!-~]*'  -- A-labels
    )
) STRICT, WITHOUT ROWID;
INSERT INTO recipients (id, address) VALUES('4711','dora@example.net');
CREATE TABLE attributable (              -- events that named nobody, and of which sends or recipients has heard since
    event INTEGER PRIMARY KEY REFERENCES events (id)
) STRICT;
CREATE TABLE volume (                    -- how much was sent; counts from several origins are of the same mails
    dimension TEXT NOT NULL CHECK (dimension IN ('campaign', 'sending_domain', 'provider')),
    name TEXT NOT NULL CHECK (name <> ''),
    day TEXT NOT NULL CHECK (day GLOB '????-??-??'),
    origin TEXT NOT NULL CHECK (origin IN ('sends', 'log', 'hand')),
    sent INTEGER NOT NULL,
    PRIMARY KEY (dimension, name, day, origin)
) STRICT, WITHOUT ROWID;
INSERT INTO volume VALUES('campaign','spring','2026-11-28','sends',1);
INSERT INTO volume VALUES('provider','example.net','2026-11-28','sends',1);
CREATE TABLE outcomes (                  -- bounces and complaints of each day; derived from events by bounced.rates
    dimension TEXT NOT NULL,
    name TEXT NOT NULL,
    day TEXT NOT NULL,
    bounces INTEGER NOT NULL,
    complaints INTEGER NOT NULL,
    PRIMARY KEY (dimension, name, day)
) STRICT, WITHOUT ROWID;
INSERT INTO outcomes VALUES('campaign','2026-autumn-1','2026-09-07',7,0);
INSERT INTO outcomes VALUES('campaign','2026-autumn-1','2026-09-12',1,0);
INSERT INTO outcomes VALUES('campaign','2026-autumn-1','2026-11-22',4,0);
INSERT INTO outcomes VALUES('campaign','2026-autumn-2','2026-09-14',1,0);
INSERT INTO outcomes VALUES('campaign','2026-autumn-2','2026-09-15',3,0);
INSERT INTO outcomes VALUES('campaign','2026-autumn-2','2026-09-16',0,1);
INSERT INTO outcomes VALUES('campaign','2026-autumn-2','2026-09-17',0,1);
INSERT INTO outcomes VALUES('campaign','2026-autumn-3','2026-09-22',1,0);
INSERT INTO outcomes VALUES('campaign','2026-autumn-3','2026-09-23',3,0);
INSERT INTO outcomes VALUES('campaign','summer-2026','2026-06-14',0,1);
INSERT INTO outcomes VALUES('provider','example.com','2026-09-07',3,0);
INSERT INTO outcomes VALUES('provider','example.com','2026-09-17',0,1);
INSERT INTO outcomes VALUES('provider','example.com','2026-11-22',1,0);
INSERT INTO outcomes VALUES('provider','example.net','2026-06-14',0,1);
INSERT INTO outcomes VALUES('provider','example.net','2026-09-07',1,0);
INSERT INTO outcomes VALUES('provider','example.net','2026-09-12',1,0);
INSERT INTO outcomes VALUES('provider','example.net','2026-09-14',1,0);
INSERT INTO outcomes VALUES('provider','example.net','2026-09-22',1,0);
INSERT INTO outcomes VALUES('provider','example.net','2026-11-22',2,0);
INSERT INTO outcomes VALUES('provider','example.org','2026-09-07',3,0);
INSERT INTO outcomes VALUES('provider','example.org','2026-09-15',3,0);
INSERT INTO outcomes VALUES('provider','example.org','2026-09-23',3,0);
INSERT INTO outcomes VALUES('provider','nodomain.test','2026-11-22',1,0);
INSERT INTO outcomes VALUES('sending_domain','example.org','2026-06-14',0,1);
INSERT INTO outcomes VALUES('sending_domain','sender.test','2026-09-07',7,0);
INSERT INTO outcomes VALUES('sending_domain','sender.test','2026-09-12',1,0);
INSERT INTO outcomes VALUES('sending_domain','sender.test','2026-09-14',1,0);
INSERT INTO outcomes VALUES('sending_domain','sender.test','2026-09-15',3,0);
INSERT INTO outcomes VALUES('sending_domain','sender.test','2026-09-16',0,1);
INSERT INTO outcomes VALUES('sending_domain','sender.test','2026-09-17',0,1);
INSERT INTO outcomes VALUES('sending_domain','sender.test','2026-09-22',1,0);
INSERT INTO outcomes VALUES('sending_domain','sender.test','2026-09-23',3,0);
INSERT INTO outcomes VALUES('sending_domain','sender.test','2026-11-22',4,0);
CREATE TABLE health_limits (             -- the configuration's, for the view campaign_health
    name TEXT PRIMARY KEY,
    value REAL NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO health_limits VALUES('bounce_critical',10.0);
INSERT INTO health_limits VALUES('bounce_warning',5.0);
INSERT INTO health_limits VALUES('complaint_critical',0.5);
INSERT INTO health_limits VALUES('complaint_notice',0.10000000000000000555);
INSERT INTO health_limits VALUES('complaint_warning',0.29999999999999998889);
INSERT INTO health_limits VALUES('minimum_events',3.0);
INSERT INTO health_limits VALUES('minimum_sent',100.0);
INSERT INTO health_limits VALUES('window_days',30.0);
CREATE TABLE doubts (                    -- which events do not count, and why; derived as suppressions are
    address TEXT NOT NULL,
    event INTEGER NOT NULL REFERENCES events (id),
    why TEXT NOT NULL,
    PRIMARY KEY (address, event)
) STRICT, WITHOUT ROWID;
INSERT INTO doubts VALUES('happy@example.com',24,'not counted: unverified, the configuration asks for plausible');
INSERT INTO doubts VALUES('jo.doe@example.net',22,'not counted: unverified, the configuration asks for plausible');
INSERT INTO doubts VALUES('jo.doe@example.net',23,'not counted: unverified, the configuration asks for plausible');
INSERT INTO doubts VALUES('user@example.com',25,'not counted: unverified, the configuration asks for plausible');
INSERT INTO doubts VALUES('user@example.com',27,'not counted: unverified, the configuration asks for plausible');
CREATE TABLE named (                     -- whom reports about a message name that are not verified; derived from events
    message_id TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (message_id, address)
) STRICT, WITHOUT ROWID;
INSERT INTO named VALUES('address-moved.2026-autumn-1@sender.test','moved@example.net');
INSERT INTO named VALUES('autumn-1.anna@sender.test','anna@example.org');
INSERT INTO named VALUES('autumn-1.ben@sender.test','ben@example.net');
INSERT INTO named VALUES('autumn-1.cara@sender.test','cara@example.com');
INSERT INTO named VALUES('autumn-1.dora@sender.test','dora@example.org');
INSERT INTO named VALUES('autumn-1.gus@sender.test','gus@example.org');
INSERT INTO named VALUES('autumn-1.hana@sender.test','hana@example.net');
INSERT INTO named VALUES('autumn-1b.cara@sender.test','cara@example.com');
INSERT INTO named VALUES('autumn-1c.cara@sender.test','cara@example.com');
INSERT INTO named VALUES('autumn-2.anna@sender.test','anna@example.org');
INSERT INTO named VALUES('autumn-2.ben@sender.test','ben@example.net');
INSERT INTO named VALUES('autumn-2.dora@sender.test','dora@example.org');
INSERT INTO named VALUES('autumn-2.fay@sender.test','fay@example.com');
INSERT INTO named VALUES('autumn-2.gus@sender.test','gus@example.org');
INSERT INTO named VALUES('autumn-3.anna@sender.test','anna@example.org');
INSERT INTO named VALUES('autumn-3.ben@sender.test','ben@example.net');
INSERT INTO named VALUES('autumn-3.dora@sender.test','dora@example.org');
INSERT INTO named VALUES('autumn-3.gus@sender.test','gus@example.org');
INSERT INTO named VALUES('block-list.2026-autumn-1@sender.test','listed@example.net');
INSERT INTO named VALUES('catalogue-121@example.org','user@example.com');
INSERT INTO named VALUES('catalogue-130@example.org','user@example.com');
INSERT INTO named VALUES('catalogue-23@example.org','happy@example.com');
INSERT INTO named VALUES('delay-cleared.2026-autumn-1@sender.test','later@example.org');
INSERT INTO named VALUES('dmarc.2026-autumn-1@sender.test','dmarc@example.com');
INSERT INTO named VALUES('domain-unknown.2026-autumn-1@sender.test','reader@nodomain.test');
CREATE TABLE originals (                 -- how many addresses that are; derived from named
    message_id TEXT PRIMARY KEY,
    addresses INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO originals VALUES('address-moved.2026-autumn-1@sender.test',1);
INSERT INTO originals VALUES('autumn-1.anna@sender.test',1);
INSERT INTO originals VALUES('autumn-1.ben@sender.test',1);
INSERT INTO originals VALUES('autumn-1.cara@sender.test',1);
INSERT INTO originals VALUES('autumn-1.dora@sender.test',1);
INSERT INTO originals VALUES('autumn-1.gus@sender.test',1);
INSERT INTO originals VALUES('autumn-1.hana@sender.test',1);
INSERT INTO originals VALUES('autumn-1b.cara@sender.test',1);
INSERT INTO originals VALUES('autumn-1c.cara@sender.test',1);
INSERT INTO originals VALUES('autumn-2.anna@sender.test',1);
INSERT INTO originals VALUES('autumn-2.ben@sender.test',1);
INSERT INTO originals VALUES('autumn-2.dora@sender.test',1);
INSERT INTO originals VALUES('autumn-2.fay@sender.test',1);
INSERT INTO originals VALUES('autumn-2.gus@sender.test',1);
INSERT INTO originals VALUES('autumn-3.anna@sender.test',1);
INSERT INTO originals VALUES('autumn-3.ben@sender.test',1);
INSERT INTO originals VALUES('autumn-3.dora@sender.test',1);
INSERT INTO originals VALUES('autumn-3.gus@sender.test',1);
INSERT INTO originals VALUES('block-list.2026-autumn-1@sender.test',1);
INSERT INTO originals VALUES('catalogue-121@example.org',1);
INSERT INTO originals VALUES('catalogue-130@example.org',1);
INSERT INTO originals VALUES('catalogue-23@example.org',1);
INSERT INTO originals VALUES('delay-cleared.2026-autumn-1@sender.test',1);
INSERT INTO originals VALUES('dmarc.2026-autumn-1@sender.test',1);
INSERT INTO originals VALUES('domain-unknown.2026-autumn-1@sender.test',1);
CREATE TABLE stale (                     -- days of which the outcomes are to be counted anew
    day TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO stale VALUES('2026-06-25');
CREATE TABLE IF NOT EXISTS "places" (      -- every UID that was examined, and what became of it
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
INSERT INTO places VALUES('imap:bounces/INBOX',1795885118,1,41,'not-a-report',1);
INSERT INTO places VALUES('imap:bounces/INBOX',1795885118,2,1,'repeated',1);
CREATE TABLE trials (                    -- what is tried and might take a process down: a mail, a UID
    what TEXT PRIMARY KEY,
    tries INTEGER NOT NULL,
    noted_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO trials VALUES('withheld imap:bounces/INBOX 1 3',1,'2026-11-28T16:58:45Z');
CREATE TABLE jobs (                      -- the last word on every job but the polls, for `bounced status`
    name TEXT PRIMARY KEY,
    ran_at TEXT NOT NULL,
    problem TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO jobs VALUES('backup','2026-11-28T16:58:41Z','');
INSERT INTO jobs VALUES('checkpoint','2026-11-28T16:58:45Z','');
INSERT INTO jobs VALUES('housekeeping','2026-11-28T16:58:41Z','');
INSERT INTO jobs VALUES('optimize','2026-11-28T16:58:41Z','');
INSERT INTO jobs VALUES('rates','2026-11-28T16:58:41Z','');
INSERT INTO jobs VALUES('reconcile','2026-11-28T16:58:41Z','');
INSERT INTO jobs VALUES('retention','2026-11-28T16:58:41Z','');
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 VALUES('jobs','jobs','3 1');
INSERT INTO sqlite_stat1 VALUES('places','places','2 2 2 1');
INSERT INTO sqlite_stat1 VALUES('health_limits','health_limits','8 1');
INSERT INTO sqlite_stat1 VALUES('outcomes','outcomes_by_day','30 4');
INSERT INTO sqlite_stat1 VALUES('outcomes','outcomes','30 10 4 1');
INSERT INTO sqlite_stat1 VALUES('suppressions','suppressions','2 1 1 1');
INSERT INTO sqlite_stat1 VALUES('named','named','25 1 1');
INSERT INTO sqlite_stat1 VALUES('doubts','doubts_by_event','7 1');
INSERT INTO sqlite_stat1 VALUES('doubts','doubts','7 2 1');
INSERT INTO sqlite_stat1 VALUES('_sqlite_migrations','idx__sqlite_migrations_migration_set_name','2 2 1');
INSERT INTO sqlite_stat1 VALUES('originals','originals','25 1');
INSERT INTO sqlite_stat1 VALUES('messages','sqlite_autoindex_messages_1','41 1');
INSERT INTO sqlite_stat1 VALUES('unread',NULL,'10');
INSERT INTO sqlite_stat1 VALUES('event_headers','event_headers_by_value','54 27 11');
INSERT INTO sqlite_stat1 VALUES('event_headers','event_headers_by_event','54 2');
INSERT INTO sqlite_stat1 VALUES('events','events_by_date','26 2');
INSERT INTO sqlite_stat1 VALUES('events','events_unattributed','2 1');
INSERT INTO sqlite_stat1 VALUES('events','events_by_original','29 1 1');
INSERT INTO sqlite_stat1 VALUES('events','events_by_message','33 1');
INSERT INTO sqlite_stat1 VALUES('events','events_by_campaign','33 7 2');
INSERT INTO sqlite_stat1 VALUES('events','events_by_address','33 3 1');
INSERT INTO sqlite_stat1 VALUES('cursors','sqlite_autoindex_cursors_1','1 1');
INSERT INTO sqlite_stat1 VALUES('polls','sqlite_autoindex_polls_1','1 1');
INSERT INTO sqlite_stat1 VALUES('meta','sqlite_autoindex_meta_1','1 1');
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX events_by_address ON events (address, happened_at);
CREATE INDEX events_by_campaign ON events (campaign, happened_at);
CREATE INDEX events_by_message ON events (message);
CREATE INDEX event_headers_by_event ON event_headers (event);
CREATE INDEX event_headers_by_value ON event_headers (name, value);
CREATE TRIGGER messages_are_not_changed BEFORE UPDATE ON messages
BEGIN SELECT RAISE(ABORT, 'messages are append-only'); END;
CREATE TRIGGER messages_are_not_deleted BEFORE DELETE ON messages
BEGIN SELECT RAISE(ABORT, 'messages are append-only'); END;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER event_headers_are_not_changed BEFORE UPDATE ON event_headers
BEGIN SELECT RAISE(ABORT, 'event_headers are append-only'); END;
CREATE TRIGGER event_headers_are_not_deleted BEFORE DELETE ON event_headers
BEGIN SELECT RAISE(ABORT, 'event_headers are append-only'); END;
CREATE INDEX events_by_original ON events (original_message_id, address) WHERE original_message_id <> '';
CREATE INDEX events_unattributed ON events (id) WHERE address = '';
CREATE INDEX attributions_by_address ON attributions (address);
CREATE INDEX decisions_by_address ON decisions (address, id);
CREATE INDEX sends_by_address ON sends (address, sent_at);
CREATE INDEX sends_by_date ON sends (sent_at);
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
END
;
CREATE INDEX outcomes_by_day ON outcomes (day);
CREATE INDEX events_by_date ON events (happened_at) WHERE action = 'failed' OR kind = 'complaint';
CREATE INDEX doubts_by_event ON doubts (event);
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
CREATE INDEX places_unsettled ON places (mailbox) WHERE settled = 0;
CREATE VIEW events_view AS

SELECT events.id, happened_at, events.address, events.kind, action, class, reason, status, reply_code, diagnostic_code,
    final_recipient, original_recipient, reporting_mta, remote_mta, feedback_type, original_message_id, events.campaign,
    (SELECT json_group_object(name, value) FROM (
        SELECT name, value, min(rowid) FROM event_headers WHERE event = events.id GROUP BY name
    )) AS headers,
    rule, decoder, subject, messages.source AS source, recorded_at, events.trust, events.evidence, charged_by,
    recipient_id, events.stream, events.sending_domain, events.source AS reported_from, held,
    accepted.decided_at AS accepted_at,
    coalesce((SELECT why FROM doubts WHERE doubts.event = events.id), '') AS doubt

FROM events JOIN messages ON messages.id = events.message LEFT JOIN accepted ON accepted.event = events.id
WHERE NOT EXISTS (SELECT 1 FROM attributions WHERE event = events.id)
UNION ALL

SELECT events.id, happened_at, attributions.address, events.kind, action, class, reason, status, reply_code, diagnostic_code,
    final_recipient, original_recipient, reporting_mta, remote_mta, feedback_type, original_message_id, attributions.campaign,
    (SELECT json_group_object(name, value) FROM (
        SELECT name, value, min(rowid) FROM event_headers WHERE event = events.id GROUP BY name
    )) AS headers,
    rule, decoder, subject, messages.source AS source, recorded_at, attributions.trust, attributions.evidence, charged_by,
    recipient_id, attributions.stream, attributions.sending_domain, events.source AS reported_from, held,
    accepted.decided_at AS accepted_at,
    coalesce((SELECT why FROM doubts WHERE doubts.event = events.id), '') AS doubt

FROM attributions JOIN events ON events.id = attributions.event JOIN messages ON messages.id = events.message
LEFT JOIN accepted ON accepted.event = events.id;
CREATE VIEW suppressed AS
SELECT address, scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at, detail
FROM suppressions
WHERE until IS NULL OR until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now');
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
CREATE TRIGGER decisions_are_not_changed BEFORE UPDATE ON decisions
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decisions_are_not_deleted BEFORE DELETE ON decisions
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER accepted_are_not_changed BEFORE UPDATE ON accepted
BEGIN SELECT RAISE(ABORT, 'accepted are append-only'); END;
CREATE TRIGGER accepted_are_not_deleted BEFORE DELETE ON accepted
BEGIN SELECT RAISE(ABORT, 'accepted are append-only'); END;
CREATE TRIGGER attributions_are_not_changed BEFORE UPDATE ON attributions
BEGIN SELECT RAISE(ABORT, 'attributions are append-only'); END;
CREATE TRIGGER attributions_are_not_deleted BEFORE DELETE ON attributions
BEGIN SELECT RAISE(ABORT, 'attributions are append-only'); END;
COMMIT;
