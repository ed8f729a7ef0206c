-- What messengers send: detection bases, submissions that left a trace, history, reports, conversations, the vault.

CREATE TABLE detection_bases (
    id BYTES NOT NULL PRIMARY KEY,
    surface TEXT NOT NULL,
    version BIGINT NOT NULL,
    legal_ground TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_until BIGINT,
    techniques TEXT NOT NULL,
    assessment_reference TEXT NOT NULL,
    history BIGINT NOT NULL,
    UNIQUE (surface, version)
);

-- The only trace of what was not examined or matched nothing: a count per surface and day.
CREATE TABLE surface_counts (
    surface TEXT NOT NULL,
    day TEXT NOT NULL,
    submitted BIGINT NOT NULL,
    not_examined BIGINT NOT NULL,
    matched BIGINT NOT NULL,
    undecodable BIGINT NOT NULL,
    PRIMARY KEY (surface, day)
);

-- Sealed objects. The bytes lie in the vault folder under the identifier; this row makes them findable.
CREATE TABLE blobs (
    id BYTES NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    mime TEXT NOT NULL,
    plain_size BIGINT NOT NULL,
    plain_sha256 BYTES NOT NULL,
    created_at BIGINT NOT NULL
);

-- Legal reasons why a sealed object may not be deleted. Deletion needs an empty set.
CREATE TABLE holds (
    blob BYTES NOT NULL REFERENCES blobs (id),
    reason TEXT NOT NULL,
    placed_at BIGINT NOT NULL,
    until BIGINT,
    PRIMARY KEY (blob, reason)
);

CREATE TABLE submissions (
    id BYTES NOT NULL PRIMARY KEY,
    surface TEXT NOT NULL,
    basis BYTES NOT NULL,
    service TEXT NOT NULL,
    context TEXT NOT NULL,
    account TEXT,
    conversation TEXT,
    message TEXT,
    media_reference TEXT,
    sent_at BIGINT,
    received_at BIGINT NOT NULL,
    mime TEXT,
    width BIGINT,
    height BIGINT,
    quality BIGINT,
    failure TEXT,
    verdict TEXT NOT NULL,
    blob BYTES REFERENCES blobs (id),
    index_version BIGINT NOT NULL
);
CREATE INDEX submissions_by_account ON submissions (service, account, received_at);
CREATE INDEX submissions_by_conversation ON submissions (service, conversation, received_at);
CREATE INDEX submissions_by_message ON submissions (service, message);
CREATE INDEX submissions_by_media ON submissions (service, media_reference);

CREATE TABLE submission_signals (
    submission BYTES NOT NULL REFERENCES submissions (id) ON DELETE CASCADE,
    kind BIGINT NOT NULL,
    value BYTES NOT NULL,
    PRIMARY KEY (submission, kind)
);

-- Match receipts: what matched, under which thresholds, reproducible later.
CREATE TABLE matches (
    submission BYTES NOT NULL REFERENCES submissions (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    bank BYTES NOT NULL,
    entry BIGINT NOT NULL,
    distance BIGINT NOT NULL,
    receipt TEXT NOT NULL,
    PRIMARY KEY (submission, position)
);
CREATE INDEX matches_by_entry ON matches (entry);
CREATE INDEX matches_by_bank ON matches (bank);

-- Answers to repeated requests, by who asked and the key they sent. Kept for a day.
CREATE TABLE idempotency (
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BYTES NOT NULL,
    response TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (actor, key)
);

-- Signals without a match, only where a surface's basis switched history on. The reference (who, where, which message) is
-- sealed under a key outside the database, each row differently: rows of one account do not show that they belong together,
-- and only a later hit of a bank opens one.
CREATE TABLE history (
    id BYTES NOT NULL PRIMARY KEY,
    surface TEXT NOT NULL,
    reference BYTES NOT NULL,
    pdq BYTES,
    md5 BYTES,
    sha1 BYTES,
    sha256 BYTES,
    received_at BIGINT NOT NULL
);
CREATE INDEX history_by_time ON history (received_at);

CREATE TABLE user_reports (
    id BYTES NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    account TEXT,
    conversation TEXT,
    message TEXT,
    reason TEXT NOT NULL,
    body TEXT,
    proof TEXT NOT NULL,
    received_at BIGINT NOT NULL
);

CREATE TABLE conversations (
    id BYTES NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    reference TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT,
    description TEXT,
    owner TEXT,
    administrators TEXT NOT NULL,
    invite_link TEXT,
    members BIGINT,
    snapshot BYTES REFERENCES blobs (id),
    first_seen BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (service, reference)
);

-- Which conversation points to which, by the identifier on the messenger: the other one need not be known yet.
CREATE TABLE conversation_links (
    conversation BYTES NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    service TEXT NOT NULL,
    reference TEXT NOT NULL,
    PRIMARY KEY (conversation, reference)
);
CREATE INDEX conversation_links_by_reference ON conversation_links (service, reference);
