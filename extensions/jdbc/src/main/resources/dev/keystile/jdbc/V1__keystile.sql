-- Keystile, version 1 of the schema: one script for H2, PostgreSQL and MariaDB.
--
-- The store applies it by itself where it is missing; Flyway can apply it too. Every statement may run twice, also at
-- the same time as another process runs it, and the last one records the version.
--
-- Times are milliseconds since the UNIX epoch. What stands between /*M! and */ is read by MariaDB alone: its own
-- comparison of text would take one account for another that differs in case or in a trailing space.

-- One row, whose number is that of the last committed change. A writer holds it locked until its commit, so that the
-- order of revisions is the order of commits.
CREATE TABLE IF NOT EXISTS keystile_revision (
    id       INTEGER NOT NULL PRIMARY KEY,
    revision BIGINT  NOT NULL
) /*M! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

INSERT INTO keystile_revision (id, revision)
SELECT 1, 0 FROM (SELECT COUNT(*) AS present FROM keystile_revision) AS counter WHERE present = 0;

CREATE TABLE IF NOT EXISTS keystile_key (
    key_id      VARCHAR(12)  NOT NULL PRIMARY KEY,
    revision    BIGINT       NOT NULL,
    account     VARCHAR(100) NOT NULL,
    member_id   VARCHAR(100),
    key_name    VARCHAR(100) NOT NULL,
    key_prefix  VARCHAR(32)  NOT NULL,
    key_kind    VARCHAR(16)  NOT NULL,
    environment VARCHAR(32)  NOT NULL,
    api_version INTEGER      NOT NULL,
    scopes      TEXT         NOT NULL,
    roles       TEXT         NOT NULL,
    plan_name   VARCHAR(255),
    attributes  TEXT         NOT NULL,
    created_ms  BIGINT       NOT NULL,
    created_by  VARCHAR(255) NOT NULL,
    expires_ms  BIGINT,
    disabled_ms BIGINT,
    revoked_ms  BIGINT
) /*M! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

CREATE INDEX IF NOT EXISTS keystile_key_account ON keystile_key (account, created_ms, key_id);

CREATE TABLE IF NOT EXISTS keystile_secret (
    key_id        VARCHAR(12)  NOT NULL,
    secret_number INTEGER      NOT NULL,
    digest        VARCHAR(512) NOT NULL,
    quick_check   BIGINT       NOT NULL,
    last_four     VARCHAR(4)   NOT NULL,
    made_ms       BIGINT       NOT NULL,
    ends_ms       BIGINT,
    PRIMARY KEY (key_id, secret_number),
    FOREIGN KEY (key_id) REFERENCES keystile_key (key_id)
) /*M! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

-- What nodes poll, and the audit trail. Its revisions have no gaps; rows that a running node has not read yet must stay.
CREATE TABLE IF NOT EXISTS keystile_change (
    revision      BIGINT       NOT NULL PRIMARY KEY,
    key_id        VARCHAR(12)  NOT NULL,
    account       VARCHAR(100) NOT NULL,
    change_action VARCHAR(16)  NOT NULL,
    actor         VARCHAR(255) NOT NULL,
    changed_ms    BIGINT       NOT NULL
) /*M! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE IF NOT EXISTS keystile_schema (
    schema_version INTEGER NOT NULL PRIMARY KEY
) /*M! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

INSERT INTO keystile_schema (schema_version)
SELECT 1 FROM (SELECT COUNT(*) AS present FROM keystile_schema WHERE schema_version = 1) AS recorded WHERE present = 0;
