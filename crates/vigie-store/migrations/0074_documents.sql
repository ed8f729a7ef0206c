-- Every document that came about a request, as it came: the request itself, what corrects it, what follows it.
CREATE TABLE request_documents (
    request BYTES NOT NULL REFERENCES requests (id),
    number BIGINT NOT NULL,
    -- `request`, `correction`, or what it says that follows.
    kind TEXT NOT NULL,
    -- `in_force`, `waiting`, `replaced`, `declined`, `noted`.
    state TEXT NOT NULL,
    blob BYTES NOT NULL REFERENCES blobs (id),
    sha256 BYTES NOT NULL,
    -- Of what was drawn for this document alone.
    nonce_hash BYTES UNIQUE,
    -- What a correction says, and wherein it differs: sealed.
    said BYTES,
    brought_by TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    decided_by TEXT,
    decided_at BIGINT,
    -- Why it was decided so: sealed.
    reason BYTES,
    PRIMARY KEY (request, number)
);

INSERT INTO request_documents (request, number, kind, state, blob, sha256, brought_by, received_at)
SELECT id, 1, 'request', 'in_force', document, document_sha256, brought_by, received_at FROM requests
WHERE state <> 'archived';
