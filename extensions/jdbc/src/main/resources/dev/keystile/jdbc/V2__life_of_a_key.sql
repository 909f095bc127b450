-- Keystile, version 2 of the schema, from version 1: one script for H2, PostgreSQL and MariaDB.
--
-- What V1 says of scripts holds here too. Columns that came later may be empty, for a process of an earlier release that
-- still runs does not fill them.

-- Where a key may be used from: ranges of addresses with spaces between. None: from everywhere.
ALTER TABLE keystile_key ADD COLUMN IF NOT EXISTS addresses TEXT;
ALTER TABLE keystile_key ADD COLUMN IF NOT EXISTS announced_ms BIGINT;

-- How long the secret goes on from the first use of the one that replaces it.
ALTER TABLE keystile_secret ADD COLUMN IF NOT EXISTS overlap_ms BIGINT;

-- A change of the account itself has the key_id ''.
ALTER TABLE keystile_change ADD COLUMN IF NOT EXISTS address VARCHAR(100);
ALTER TABLE keystile_change ADD COLUMN IF NOT EXISTS detail VARCHAR(500);

-- The accounts that are suspended, and no others.
CREATE TABLE IF NOT EXISTS keystile_suspension (
    account      VARCHAR(100) NOT NULL PRIMARY KEY,
    suspended_ms BIGINT       NOT NULL
) /*M! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

-- How often keys were used, by hour and outcome.
CREATE TABLE IF NOT EXISTS keystile_usage (
    key_id   VARCHAR(12) NOT NULL,
    hour_ms  BIGINT      NOT NULL,
    outcome  VARCHAR(32) NOT NULL,
    requests BIGINT      NOT NULL,
    PRIMARY KEY (key_id, hour_ms, outcome)
) /*M! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE IF NOT EXISTS keystile_last_use (
    key_id  VARCHAR(12) NOT NULL PRIMARY KEY,
    used_ms BIGINT      NOT NULL
) /*M! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

-- Lists of keys, newest first. The first of these takes the place of keystile_key_account.
CREATE INDEX IF NOT EXISTS keystile_key_list ON keystile_key (account, created_ms DESC, key_id);
CREATE INDEX IF NOT EXISTS keystile_key_member ON keystile_key (account, member_id, created_ms DESC, key_id);
DROP INDEX IF EXISTS keystile_key_account /*M! ON keystile_key */;

-- Keys whose coming expiry is to be announced.
CREATE INDEX IF NOT EXISTS keystile_key_expiry ON keystile_key (announced_ms, revoked_ms, expires_ms, key_id);

-- The audit trail of an account, and of a key.
CREATE INDEX IF NOT EXISTS keystile_change_account ON keystile_change (account, revision);
CREATE INDEX IF NOT EXISTS keystile_change_key ON keystile_change (key_id, revision);

-- Hours that are to be forgotten.
CREATE INDEX IF NOT EXISTS keystile_usage_hour ON keystile_usage (hour_ms);

INSERT INTO keystile_schema (schema_version)
SELECT 2 FROM (SELECT COUNT(*) AS present FROM keystile_schema WHERE schema_version = 2) AS recorded WHERE present = 0;
