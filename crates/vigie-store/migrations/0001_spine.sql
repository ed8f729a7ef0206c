-- The spine: ledger, people, tokens, questions to a second person, settings, background work.
-- Portable columns only: BIGINT, TEXT, DOUBLE PRECISION, and BYTES, which stands for BLOB or BYTEA.
-- Moments are microseconds UTC, identifiers are 16 bytes, JSON is TEXT, truth is 0 or 1.

CREATE TABLE ledger_head (
    id BIGINT NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL
);
INSERT INTO ledger_head (id, size) VALUES (1, 0);

CREATE TABLE ledger_entries (
    seq BIGINT NOT NULL PRIMARY KEY,
    entry BYTES NOT NULL,
    leaf BYTES NOT NULL
);

-- What an entry was about. Erasable: retention deletes rows here and never breaks the log.
CREATE TABLE ledger_details (
    seq BIGINT NOT NULL PRIMARY KEY,
    salt BYTES NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    at BIGINT NOT NULL,
    details TEXT NOT NULL
);
CREATE INDEX ledger_details_by_object ON ledger_details (object, seq);
CREATE INDEX ledger_details_by_action ON ledger_details (action, seq);

CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE people (
    id BYTES NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    roles TEXT NOT NULL,
    language TEXT,
    mail TEXT,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);

CREATE TABLE sign_in_links (
    hash BYTES NOT NULL PRIMARY KEY,
    person BYTES NOT NULL REFERENCES people (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE sessions (
    id BYTES NOT NULL PRIMARY KEY,
    hash BYTES NOT NULL UNIQUE,
    person BYTES NOT NULL REFERENCES people (id),
    agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX sessions_by_person ON sessions (person, created_at);

CREATE TABLE tokens (
    id BYTES NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    hash BYTES NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    entries_per_hour BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

CREATE TABLE approvals (
    id BYTES NOT NULL PRIMARY KEY,
    operation TEXT NOT NULL,
    subject TEXT NOT NULL,
    parameters TEXT NOT NULL,
    parameters_hash TEXT NOT NULL,
    requested_by BYTES NOT NULL REFERENCES people (id),
    reason TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    decided_by BYTES REFERENCES people (id),
    decided_at BIGINT
);
CREATE INDEX approvals_by_state ON approvals (state, requested_at);
CREATE INDEX approvals_by_subject ON approvals (subject);

-- Background work: data here, effect in vigie-app. The fence grows with every claim; a stale one cannot complete.
CREATE TABLE jobs (
    id BYTES NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    once TEXT,
    state TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    leased_until BIGINT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX jobs_by_due ON jobs (state, run_at);
-- Of jobs that are to be done once, one at a time is under way.
CREATE UNIQUE INDEX jobs_once ON jobs (once) WHERE ended_at IS NULL;

-- How often somebody used something limited by the hour (entries of a token, file checks of a person).
CREATE TABLE hourly_counts (
    name TEXT NOT NULL,
    hour BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (name, hour)
);
