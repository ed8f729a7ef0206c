-- The public log: what is derived from the ledger's entries, and what was signed.

-- A log begins anew, under another origin, when a restored backup would have contradicted what was signed before.
CREATE TABLE log_epochs (
    number BIGINT NOT NULL PRIMARY KEY,
    origin TEXT NOT NULL,
    first_seq BIGINT NOT NULL,
    -- The checkpoint that the first entry of the epoch quotes; none for the first epoch.
    quotes TEXT,
    opened_at BIGINT NOT NULL
);

-- Hash number `number` of a level of tiles: the root of the full tile below it. Level 0 is the leaves of ledger_entries.
CREATE TABLE log_nodes (
    epoch BIGINT NOT NULL,
    level BIGINT NOT NULL,
    number BIGINT NOT NULL,
    hash BYTES NOT NULL,
    PRIMARY KEY (epoch, level, number)
);

-- What was signed. It is shown from `published_at` on.
CREATE TABLE log_checkpoints (
    epoch BIGINT NOT NULL,
    size BIGINT NOT NULL,
    note TEXT NOT NULL,
    signed_at BIGINT NOT NULL,
    published_at BIGINT,
    PRIMARY KEY (epoch, size)
);

-- Whoever signs holds this row: of several processes one at a time.
CREATE TABLE log_signer (
    id BIGINT NOT NULL PRIMARY KEY,
    signed BIGINT NOT NULL
);
INSERT INTO log_signer (id, signed) VALUES (1, 0);
