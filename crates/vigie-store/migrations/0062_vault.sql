-- Evidence by retention period. The key of a period lies outside the database and is destroyed when the period is over.

CREATE TABLE vault_periods (
    -- The calendar month in which retention ends; `legacy` stands for the one key from before there were periods.
    period TEXT NOT NULL PRIMARY KEY,
    opened_at BIGINT NOT NULL,
    -- Nothing is sealed to it any more.
    closed_at BIGINT,
    -- Its key is destroyed.
    shredded_at BIGINT
);

-- What was sealed before has no period, and its retention counts from when it was kept.
ALTER TABLE blobs ADD COLUMN period TEXT REFERENCES vault_periods (period);
ALTER TABLE blobs ADD COLUMN retain_until BIGINT;
ALTER TABLE blobs ADD COLUMN erased_at BIGINT;

CREATE INDEX blobs_by_retention ON blobs (period, retain_until) WHERE erased_at IS NULL;
CREATE INDEX holds_by_reason ON holds (reason);

-- From this moment on two administrators agree to who is trusted with much: a second one had been named.
CREATE TABLE set_up (
    id BIGINT NOT NULL PRIMARY KEY,
    ended_at BIGINT NOT NULL
);
INSERT INTO set_up (id, ended_at)
SELECT 1, MAX(created_at) FROM people WHERE roles LIKE '%"administrator"%' AND ended_at IS NULL HAVING COUNT(*) > 1;
