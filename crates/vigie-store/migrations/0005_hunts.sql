-- History in segments, and retro-hunts.

-- History of an earlier build was sealed under one key for all; it is forgotten, and begins anew in segments.
DROP TABLE history;

-- A segment is what came in on one surface within one hour: its number tells both. It vanishes whole.
CREATE TABLE history_segments (
    number BIGINT NOT NULL PRIMARY KEY,
    entries BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX history_segments_by_end ON history_segments (expires_at);

-- Signals without a match, only where a surface's basis switched history on. The reference (who, where, which message) is
-- sealed under the key of its segment, which lies outside the database and is destroyed with the segment; each row looks
-- different, and only a hit of a bank opens one. `pass` says which hashing pass made the perceptual hash.
CREATE TABLE history (
    segment BIGINT NOT NULL,
    id BYTES NOT NULL,
    basis BYTES NOT NULL,
    reference BYTES NOT NULL,
    pass TEXT NOT NULL,
    pdq BYTES,
    md5 BYTES,
    sha1 BYTES,
    sha256 BYTES,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (segment, id)
);

CREATE TABLE hunts (
    id BYTES NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    bank BYTES NOT NULL,
    purpose TEXT NOT NULL,
    entries_since BIGINT,
    entries_until BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    -- Segments that it covers, and the last one it has done; how far it is can be told after any crash.
    segments BIGINT NOT NULL,
    segments_done BIGINT NOT NULL,
    last_segment BIGINT NOT NULL,
    rows_examined BIGINT NOT NULL,
    hits BIGINT NOT NULL,
    approval BYTES NOT NULL REFERENCES approvals (id),
    asked_by BYTES NOT NULL REFERENCES people (id),
    asked_at BIGINT NOT NULL,
    ended_at BIGINT
);

-- An upload of the past is found once for each bank, whichever hunt it was.
CREATE TABLE hunt_hits (
    bank BYTES NOT NULL,
    upload BYTES NOT NULL,
    hunt BYTES NOT NULL REFERENCES hunts (id),
    item BYTES NOT NULL REFERENCES incident_items (id),
    unconfirmed BIGINT NOT NULL,
    PRIMARY KEY (bank, upload)
);
CREATE INDEX hunt_hits_by_hunt ON hunt_hits (hunt);
CREATE INDEX hunt_hits_by_item ON hunt_hits (item);

-- For the public figures: counts by bank and month, and nothing else.
CREATE TABLE hunt_counts (
    bank BYTES NOT NULL,
    month TEXT NOT NULL,
    hunts BIGINT NOT NULL,
    rows_examined BIGINT NOT NULL,
    hits BIGINT NOT NULL,
    PRIMARY KEY (bank, month)
);
