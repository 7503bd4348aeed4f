BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE annotation (
	id INTEGER NOT NULL, 
	search_id VARCHAR(40) NOT NULL, 
	number INTEGER, 
	who TEXT NOT NULL, 
	text TEXT NOT NULL, 
	created_at FLOAT NOT NULL, 
	CONSTRAINT pk_annotation PRIMARY KEY (id), 
	CONSTRAINT fk_annotation_search_id_search FOREIGN KEY(search_id) REFERENCES search (id) ON DELETE CASCADE
);
CREATE TABLE artifact (
	sha256 VARCHAR(64) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	size BIGINT NOT NULL, 
	path TEXT NOT NULL, 
	created_at FLOAT NOT NULL, 
	CONSTRAINT pk_artifact PRIMARY KEY (sha256)
);
CREATE TABLE artifact_ref (
	id INTEGER NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	search_id VARCHAR(40) NOT NULL, 
	number INTEGER, 
	role VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_artifact_ref PRIMARY KEY (id), 
	CONSTRAINT fk_artifact_ref_search_id_search FOREIGN KEY(search_id) REFERENCES search (id) ON DELETE CASCADE, 
	CONSTRAINT fk_artifact_ref_sha256_artifact FOREIGN KEY(sha256) REFERENCES artifact (sha256)
);
CREATE TABLE command (
	id INTEGER NOT NULL, 
	search_id VARCHAR(40) NOT NULL, 
	verb VARCHAR(40) NOT NULL, 
	arguments TEXT NOT NULL, 
	who TEXT NOT NULL, 
	created_at FLOAT NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	result TEXT, 
	applied_at_trial INTEGER, 
	settled_at FLOAT, 
	CONSTRAINT pk_command PRIMARY KEY (id), 
	CONSTRAINT fk_command_search_id_search FOREIGN KEY(search_id) REFERENCES search (id) ON DELETE CASCADE
);
CREATE TABLE config (
	id VARCHAR(64) NOT NULL, 
	space_id VARCHAR(64) NOT NULL, 
	genotype TEXT NOT NULL, 
	CONSTRAINT pk_config PRIMARY KEY (id), 
	CONSTRAINT fk_config_space_id_space FOREIGN KEY(space_id) REFERENCES space (id)
);
INSERT INTO "config" VALUES('1a4abd188d06b0044605010c73ec75518463f5b21d352d506fdfab0aea94542c','s1','{"a":1}');
CREATE TABLE curve_point (
	trial_id INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	metrics TEXT NOT NULL, 
	CONSTRAINT pk_curve_point PRIMARY KEY (trial_id, epoch), 
	CONSTRAINT fk_curve_point_trial_id_trial FOREIGN KEY(trial_id) REFERENCES trial (id) ON DELETE CASCADE
);
CREATE TABLE ensemble (
	search_id VARCHAR(40) NOT NULL, 
	members TEXT NOT NULL, 
	validation FLOAT NOT NULL, 
	holdout FLOAT, 
	metrics TEXT NOT NULL, 
	bundle TEXT NOT NULL, 
	CONSTRAINT pk_ensemble PRIMARY KEY (search_id), 
	CONSTRAINT fk_ensemble_search_id_search FOREIGN KEY(search_id) REFERENCES search (id) ON DELETE CASCADE
);
INSERT INTO "ensemble" VALUES('first','[0,1]',0.6,0.5,'{"accuracy":0.5}','ensemble.kn');
CREATE TABLE final (
	search_id VARCHAR(40) NOT NULL, 
	number INTEGER NOT NULL, 
	rank INTEGER NOT NULL, 
	validation FLOAT NOT NULL, 
	holdout FLOAT, 
	metrics TEXT NOT NULL, 
	bundle TEXT NOT NULL, 
	seed BIGINT NOT NULL, 
	CONSTRAINT pk_final PRIMARY KEY (search_id, number), 
	CONSTRAINT fk_final_search_id_search FOREIGN KEY(search_id) REFERENCES search (id) ON DELETE CASCADE
);
INSERT INTO "final" VALUES('first',0,1,0.5,0.4,'{}','',0);
CREATE TABLE gate_history (
	id INTEGER NOT NULL, 
	search_id VARCHAR(40) NOT NULL, 
	trial_number INTEGER NOT NULL, 
	statistic FLOAT, 
	verdict VARCHAR(20) NOT NULL, 
	details TEXT NOT NULL, 
	CONSTRAINT pk_gate_history PRIMARY KEY (id), 
	CONSTRAINT fk_gate_history_search_id_search FOREIGN KEY(search_id) REFERENCES search (id) ON DELETE CASCADE
);
CREATE TABLE lineage (
	child VARCHAR(120) NOT NULL, 
	parent VARCHAR(120) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_lineage PRIMARY KEY (child, parent, kind)
);
CREATE TABLE search (
	id VARCHAR(40) NOT NULL, 
	task_id VARCHAR(64) NOT NULL, 
	space_id VARCHAR(64) NOT NULL, 
	strategy TEXT NOT NULL, 
	seed BIGINT NOT NULL, 
	budget TEXT NOT NULL, 
	settings TEXT NOT NULL, 
	hint TEXT, 
	versions TEXT NOT NULL, 
	parent VARCHAR(40), 
	run_folder TEXT NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	reason TEXT, 
	revision BIGINT NOT NULL, 
	progress TEXT NOT NULL, 
	lease_owner VARCHAR(100), 
	lease_fence BIGINT NOT NULL, 
	lease_until FLOAT, 
	lease_ttl FLOAT, 
	pid INTEGER, 
	host TEXT, 
	heartbeat_at FLOAT, 
	created_at FLOAT NOT NULL, 
	finished_at FLOAT, 
	CONSTRAINT pk_search PRIMARY KEY (id), 
	CONSTRAINT fk_search_space_id_space FOREIGN KEY(space_id) REFERENCES space (id), 
	CONSTRAINT fk_search_task_id_task FOREIGN KEY(task_id) REFERENCES task (id)
);
INSERT INTO "search" VALUES('first','t1','s1','random',7,'{"trials":5}','{}',NULL,'{}',NULL,'','finished',NULL,11,'{}',NULL,2,NULL,15.0,1,'',1.79554677262998819346e+09,1.79552648714701843261e+09,1.79552648715900778765e+09);
CREATE TABLE space (
	id VARCHAR(64) NOT NULL, 
	family VARCHAR(100) NOT NULL, 
	version INTEGER NOT NULL, 
	json TEXT NOT NULL, 
	CONSTRAINT pk_space PRIMARY KEY (id)
);
INSERT INTO "space" VALUES('s1','toy',1,'{"declared":[],"format":1}');
CREATE TABLE store_meta (
	"key" VARCHAR(80) NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_store_meta PRIMARY KEY ("key")
);
CREATE TABLE tag (
	search_id VARCHAR(40) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_tag PRIMARY KEY (search_id, name), 
	CONSTRAINT fk_tag_search_id_search FOREIGN KEY(search_id) REFERENCES search (id) ON DELETE CASCADE
);
CREATE TABLE task (
	id VARCHAR(64) NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	name TEXT NOT NULL, 
	modalities TEXT NOT NULL, 
	problem VARCHAR(40) NOT NULL, 
	metric VARCHAR(80) NOT NULL, 
	direction VARCHAR(3) NOT NULL, 
	rows BIGINT NOT NULL, 
	outputs INTEGER NOT NULL, 
	origin TEXT NOT NULL, 
	shareable BOOLEAN NOT NULL, 
	created_at FLOAT NOT NULL, 
	CONSTRAINT pk_task PRIMARY KEY (id)
);
INSERT INTO "task" VALUES('t1','f1','toy','["table"]','binary','accuracy','max',100,2,'',0,1.79552648714299488072e+09);
CREATE TABLE task_feature (
	task_id VARCHAR(64) NOT NULL, 
	extractor VARCHAR(40) NOT NULL, 
	version INTEGER NOT NULL, 
	vector TEXT NOT NULL, 
	CONSTRAINT pk_task_feature PRIMARY KEY (task_id, extractor, version), 
	CONSTRAINT fk_task_feature_task_id_task FOREIGN KEY(task_id) REFERENCES task (id) ON DELETE CASCADE
);
INSERT INTO "task_feature" VALUES('t1','table',1,'{"log_rows":4.6,"odd":NaN}');
CREATE TABLE transfer_event (
	id INTEGER NOT NULL, 
	search_id VARCHAR(40) NOT NULL, 
	source_search VARCHAR(40) NOT NULL, 
	source_trial INTEGER, 
	kind VARCHAR(40) NOT NULL, 
	details TEXT NOT NULL, 
	CONSTRAINT pk_transfer_event PRIMARY KEY (id), 
	CONSTRAINT fk_transfer_event_search_id_search FOREIGN KEY(search_id) REFERENCES search (id) ON DELETE CASCADE
);
CREATE TABLE trial (
	id INTEGER NOT NULL, 
	search_id VARCHAR(40) NOT NULL, 
	number INTEGER NOT NULL, 
	config_id VARCHAR(64) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	origin VARCHAR(40) NOT NULL, 
	parents TEXT NOT NULL, 
	init_kind VARCHAR(20) NOT NULL, 
	seed BIGINT NOT NULL, 
	attempt INTEGER NOT NULL, 
	idempotency_key VARCHAR(80), 
	value FLOAT, 
	cost TEXT NOT NULL, 
	error TEXT, 
	started_at FLOAT, 
	finished_at FLOAT, 
	curve_names TEXT, 
	curve BLOB, 
	CONSTRAINT pk_trial PRIMARY KEY (id), 
	CONSTRAINT fk_trial_config_id_config FOREIGN KEY(config_id) REFERENCES config (id), 
	CONSTRAINT fk_trial_search_id_search FOREIGN KEY(search_id) REFERENCES search (id) ON DELETE CASCADE, 
	CONSTRAINT uq_trial_search_id_idempotency_key UNIQUE (search_id, idempotency_key), 
	CONSTRAINT uq_trial_search_id_number UNIQUE (search_id, number)
);
INSERT INTO "trial" VALUES(1,'first',0,'1a4abd188d06b0044605010c73ec75518463f5b21d352d506fdfab0aea94542c','completed','','[]','scratch',0,1,NULL,0.5,'{}',NULL,1.79552648715301299098e+09,1.79552648715599036215e+09,'["epoch","loss"]',X'0000803F0000003F');
CREATE TABLE trial_metric (
	trial_id INTEGER NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_trial_metric PRIMARY KEY (trial_id, name), 
	CONSTRAINT fk_trial_metric_trial_id_trial FOREIGN KEY(trial_id) REFERENCES trial (id) ON DELETE CASCADE
);
INSERT INTO "trial_metric" VALUES(1,'loss','0.5');
CREATE INDEX ix_task_fingerprint ON task (fingerprint);
CREATE INDEX ix_config_space_id ON config (space_id);
CREATE INDEX ix_search_space_id ON search (space_id);
CREATE INDEX ix_search_state ON search (state);
CREATE INDEX ix_search_task_id ON search (task_id);
CREATE INDEX ix_annotation_search_id ON annotation (search_id);
CREATE INDEX ix_artifact_ref_search_id ON artifact_ref (search_id);
CREATE INDEX ix_artifact_ref_sha256 ON artifact_ref (sha256);
CREATE INDEX ix_command_search_id ON command (search_id);
CREATE INDEX ix_gate_history_search_id ON gate_history (search_id);
CREATE INDEX ix_transfer_event_search_id ON transfer_event (search_id);
CREATE INDEX ix_trial_config_id ON trial (config_id);
COMMIT;
