-- Passkeys: credentials that people carry, ceremonies under way, and what a session knows of them.

CREATE TABLE passkeys (
    id BYTES NOT NULL PRIMARY KEY,
    person BYTES NOT NULL REFERENCES people (id),
    credential_id BYTES NOT NULL UNIQUE,
    -- Public key, counter and flags, as the library that verifies writes them. Nothing in it is secret.
    credential TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX passkeys_by_person ON passkeys (person, created_at);

-- What the server remembers between the two halves of a ceremony. A row is taken once, and soon forgotten.
CREATE TABLE ceremonies (
    hash BYTES NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    person BYTES REFERENCES people (id),
    session BYTES REFERENCES sessions (id),
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX ceremonies_by_end ON ceremonies (expires_at);

ALTER TABLE sessions ADD COLUMN opened_by TEXT NOT NULL DEFAULT 'link';
ALTER TABLE sessions ADD COLUMN fresh_at BIGINT;
