BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('r0006');
CREATE TABLE audit (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at VARCHAR(32) NOT NULL, 
	who TEXT NOT NULL, 
	what TEXT NOT NULL
);
INSERT INTO "audit" VALUES(1,'2026-10-07T19:00:00.000000+00:00','cwac notify','sent digest to chief@wpd.example.gov');
INSERT INTO "audit" VALUES(2,'2026-10-07T19:00:00.000000+00:00','cwac notify','sent digest to teams:WPD');
CREATE TABLE claims (
	name VARCHAR(64) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE deliveries (
	recipient VARCHAR(400) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	sheet VARCHAR(1000) NOT NULL, 
	told_version INTEGER, 
	told_at VARCHAR(32) NOT NULL, 
	told_state TEXT NOT NULL, 
	sending_version INTEGER, 
	sending_at VARCHAR(32), 
	PRIMARY KEY (recipient, kind, sheet)
);
INSERT INTO "deliveries" VALUES('chief@wpd.example.gov','digest','plan.xlsx',1,'2026-10-07T19:00:00.000000+00:00','',NULL,NULL);
INSERT INTO "deliveries" VALUES('chief@wpd.example.gov','warnings','plan.xlsx',1,'2026-10-07T19:00:00.000000+00:00','',NULL,NULL);
INSERT INTO "deliveries" VALUES('teams:WPD','digest','plan.xlsx',1,'2026-10-07T19:00:00.000000+00:00','',NULL,NULL);
CREATE TABLE recipients (
	recipient VARCHAR(400) NOT NULL, 
	leave_token VARCHAR(64) NOT NULL, 
	left_kinds TEXT NOT NULL, 
	sent_at VARCHAR(32), 
	claim VARCHAR(64), 
	claimed_until VARCHAR(32), 
	tries INTEGER NOT NULL, 
	retry_at VARCHAR(32), 
	trouble TEXT, 
	trouble_since VARCHAR(32), 
	PRIMARY KEY (recipient), 
	UNIQUE (leave_token)
);
INSERT INTO "recipients" (recipient, leave_token, left_kinds, sent_at, claim, claimed_until, tries, retry_at, trouble, trouble_since) VALUES('chief@wpd.example.gov','chief-token-of-43-characters-aaaaaaaaaaaaaa','warnings','2026-10-07T19:00:00.000000+00:00',NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "recipients" (recipient, leave_token, left_kinds, sent_at, claim, claimed_until, tries, retry_at, trouble, trouble_since) VALUES('teams:WPD','teams-token-of-43-characters-bbbbbbbbbbbbbb','','2026-10-07T19:00:00.000000+00:00',NULL,NULL,0,NULL,NULL,NULL);
CREATE TABLE sent_messages (
	id INTEGER NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	recipient TEXT NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	sheets TEXT NOT NULL, 
	message_id TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "sent_messages" VALUES(1,'2026-10-07T19:00:00.000000+00:00','chief@wpd.example.gov','digest','','<a@example.gov>');
INSERT INTO "sent_messages" VALUES(2,'2026-10-07T19:00:00.000000+00:00','teams:WPD','digest','','<a@example.gov>');
CREATE TABLE tabs (
	hash VARCHAR(64) NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (hash)
);
CREATE TABLE tokens (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	digest VARCHAR(64) NOT NULL, 
	scope TEXT NOT NULL, 
	made_by TEXT NOT NULL, 
	made_at VARCHAR(32) NOT NULL, 
	expires_at VARCHAR(32), 
	revoked_at VARCHAR(32), 
	UNIQUE (digest)
);
CREATE TABLE traces (
	source TEXT NOT NULL, 
	version_id INTEGER NOT NULL, 
	body BLOB NOT NULL, made BLOB, 
	PRIMARY KEY (source)
);
CREATE TABLE turns (
	sheet TEXT NOT NULL, 
	turn INTEGER NOT NULL, 
	taken_at FLOAT NOT NULL, 
	not_before FLOAT NOT NULL, 
	kept_turn INTEGER NOT NULL, 
	looked_at VARCHAR(32), 
	version INTEGER, 
	state TEXT NOT NULL, 
	PRIMARY KEY (sheet)
);
CREATE TABLE version_tabs (
	version_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (version_id, position), 
	FOREIGN KEY(version_id) REFERENCES versions (id), 
	FOREIGN KEY(hash) REFERENCES tabs (hash)
);
CREATE TABLE versions (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	source TEXT NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	seen_at VARCHAR(32) NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	good BOOLEAN NOT NULL, 
	timezone TEXT NOT NULL, 
	locale TEXT NOT NULL, 
	url TEXT
);
CREATE TABLE visits (
	who_digest VARCHAR(64) NOT NULL, 
	last_at VARCHAR(32) NOT NULL, 
	before_at VARCHAR(32), 
	PRIMARY KEY (who_digest)
);
CREATE INDEX versions_by_source ON versions (source, id);
CREATE INDEX version_tabs_by_hash ON version_tabs (hash);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('audit',2);
COMMIT;
