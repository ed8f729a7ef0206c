-- Accounts of people at the sign-in service of their organisation: issuer and subject, never an address of mail.

CREATE TABLE identities (
    id BYTES NOT NULL PRIMARY KEY,
    person BYTES NOT NULL REFERENCES people (id),
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    UNIQUE (issuer, subject)
);
CREATE INDEX identities_by_person ON identities (person, created_at);
