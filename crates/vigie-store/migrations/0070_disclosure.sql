-- The disclosure desk: who may ask, what was asked, what is decided about it, what left.

-- Authorities that may ask, entered by two people.
CREATE TABLE authorities (
    id BYTES NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    country TEXT NOT NULL,
    roles TEXT NOT NULL,
    domains TEXT NOT NULL,
    call_back TEXT NOT NULL,
    directory TEXT NOT NULL,
    -- A verifier key, and an age recipient.
    signing_key TEXT UNIQUE,
    sealing_key TEXT,
    keys_until BIGINT,
    entered_at BIGINT NOT NULL,
    suspended_at BIGINT,
    suspended_for TEXT,
    UNIQUE (country, name)
);

-- People of the portal: a person of the house's list who acts for an authority and for nobody else.
CREATE TABLE officials (
    person BYTES NOT NULL PRIMARY KEY REFERENCES people (id),
    authority BYTES NOT NULL REFERENCES authorities (id),
    mail TEXT NOT NULL,
    role TEXT NOT NULL,
    is_administrator BIGINT NOT NULL,
    enrolled_at BIGINT NOT NULL
);
CREATE INDEX officials_by_authority ON officials (authority);

-- Requests. What says of whom is asked is sealed under a key of the request's own, outside the database.
CREATE TABLE requests (
    id BYTES NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    authority BYTES REFERENCES authorities (id),
    -- As the document names it: an authority need not be known.
    authority_name TEXT NOT NULL,
    country TEXT NOT NULL,
    regime TEXT NOT NULL,
    rule_set TEXT NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    -- Through which door, and who brought it there.
    door TEXT NOT NULL,
    brought_by TEXT NOT NULL,
    level TEXT NOT NULL,
    state TEXT NOT NULL,
    preservation TEXT,
    is_emergency BIGINT NOT NULL,
    is_binding BIGINT NOT NULL,
    -- The document as it came.
    document BYTES NOT NULL REFERENCES blobs (id),
    document_sha256 BYTES NOT NULL,
    nonce_hash BYTES UNIQUE,
    instrument BYTES NOT NULL,
    diagnostics BYTES NOT NULL,
    earlier BYTES REFERENCES requests (id),
    received_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    acknowledged_at BIGINT,
    closed_at BIGINT
);
CREATE INDEX requests_by_state ON requests (state, number);
CREATE INDEX requests_by_authority ON requests (authority, received_at);
CREATE INDEX requests_by_document ON requests (document_sha256);
CREATE INDEX requests_by_reference ON requests (country, authority_name, reference);

-- One identifier, one category, one span. The identifier, the accounts and the findings are sealed as the request is.
CREATE TABLE request_tasks (
    id BYTES NOT NULL PRIMARY KEY,
    request BYTES NOT NULL REFERENCES requests (id),
    number BIGINT NOT NULL,
    category TEXT NOT NULL,
    asked BYTES NOT NULL,
    accounts BYTES,
    findings BYTES,
    state TEXT NOT NULL,
    ground TEXT,
    explanation TEXT,
    nil TEXT,
    records BIGINT,
    updated_at BIGINT NOT NULL,
    UNIQUE (request, number)
);
CREATE INDEX request_tasks_by_state ON request_tasks (state);

-- Legal and internal time limits of requests, by the rows of their rule sets.
CREATE TABLE request_deadlines (
    id BYTES NOT NULL PRIMARY KEY,
    request BYTES NOT NULL REFERENCES requests (id),
    rule TEXT NOT NULL,
    label TEXT NOT NULL,
    source TEXT NOT NULL,
    unconfirmed BIGINT NOT NULL,
    triggered_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    -- States of the request in which it does not run, and what satisfies it: lists of names.
    pauses_in TEXT NOT NULL,
    satisfied_by TEXT NOT NULL,
    paused_since BIGINT,
    paused_for BIGINT NOT NULL,
    satisfied_at BIGINT,
    satisfied_with TEXT,
    escalated_at BIGINT,
    missed_at BIGINT,
    UNIQUE (request, rule)
);
CREATE INDEX request_deadlines_running ON request_deadlines (due_at) WHERE satisfied_at IS NULL;

-- What was said to and by authorities, and what people noted: texts sealed as the request is.
CREATE TABLE request_letters (
    id BYTES NOT NULL PRIMARY KEY,
    request BYTES NOT NULL REFERENCES requests (id),
    kind TEXT NOT NULL,
    is_ours BIGINT NOT NULL,
    text BYTES NOT NULL,
    written_by TEXT NOT NULL,
    written_at BIGINT NOT NULL,
    sent_at BIGINT
);
CREATE INDEX request_letters_by_request ON request_letters (request, written_at);

-- Calls back, each by a second person.
CREATE TABLE request_calls (
    request BYTES NOT NULL REFERENCES requests (id),
    nonce TEXT NOT NULL,
    begun_by BYTES NOT NULL REFERENCES people (id),
    begun_at BIGINT NOT NULL,
    called_by BYTES REFERENCES people (id),
    called_at BIGINT,
    number_called TEXT,
    spoke_with TEXT,
    outcome TEXT,
    PRIMARY KEY (request, nonce)
);

-- Why somebody should look twice: hints of forgery, alarms of the human-rights screen.
CREATE TABLE request_warnings (
    request BYTES NOT NULL REFERENCES requests (id),
    task BIGINT NOT NULL,
    kind TEXT NOT NULL,
    weight TEXT NOT NULL,
    text TEXT NOT NULL,
    source TEXT NOT NULL,
    found_at BIGINT NOT NULL,
    settled_by BYTES REFERENCES people (id),
    settled_at BIGINT,
    settled_with TEXT,
    PRIMARY KEY (request, task, kind)
);

-- The signed permission that a request became.
CREATE TABLE request_grants (
    id BYTES NOT NULL PRIMARY KEY,
    request BYTES NOT NULL REFERENCES requests (id),
    envelope BYTES NOT NULL,
    hash BYTES NOT NULL,
    granted_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX request_grants_by_request ON request_grants (request, granted_at);

-- What was taken under a grant and has not left: sealed to a key of its own, which is destroyed with it.
CREATE TABLE request_stagings (
    request BYTES NOT NULL PRIMARY KEY REFERENCES requests (id),
    granted_under BYTES NOT NULL REFERENCES request_grants (id),
    object BYTES NOT NULL REFERENCES blobs (id),
    records BIGINT NOT NULL,
    redactions BYTES NOT NULL,
    staged_at BIGINT NOT NULL,
    shredded_at BIGINT
);

-- What left.
CREATE TABLE packages (
    id BYTES NOT NULL PRIMARY KEY,
    request BYTES NOT NULL REFERENCES requests (id),
    object BYTES NOT NULL REFERENCES blobs (id),
    sha256 BYTES NOT NULL,
    manifest_sha256 BYTES NOT NULL,
    released_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX packages_by_request ON packages (request, released_at);

CREATE TABLE package_deliveries (
    package BYTES NOT NULL REFERENCES packages (id),
    position BIGINT NOT NULL,
    evidence TEXT NOT NULL,
    at BIGINT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (package, position)
);

-- Silence about a request: by which provision, until when. And what the user is told afterwards.
CREATE TABLE gags (
    request BYTES NOT NULL PRIMARY KEY REFERENCES requests (id),
    basis TEXT NOT NULL,
    issuer TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    until BIGINT,
    review_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX gags_standing ON gags (review_at) WHERE ended_at IS NULL;

CREATE TABLE user_notices (
    id BYTES NOT NULL PRIMARY KEY,
    request BYTES NOT NULL REFERENCES requests (id),
    -- The account and the text, sealed as the request is.
    account BYTES NOT NULL,
    text BYTES NOT NULL,
    due_at BIGINT NOT NULL,
    prepared_at BIGINT NOT NULL,
    sent_at BIGINT
);
CREATE INDEX user_notices_waiting ON user_notices (due_at) WHERE sent_at IS NULL;

-- Accounts to which nothing is done for a while. Known by a keyed hash alone: the list cannot be read back, and whoever asks
-- must bring the account.
CREATE TABLE do_not_act (
    account BYTES NOT NULL,
    request BYTES NOT NULL REFERENCES requests (id),
    until BIGINT NOT NULL,
    placed_at BIGINT NOT NULL,
    lifted_at BIGINT,
    PRIMARY KEY (account, request)
);

-- Identifiers that nobody was ever given: whoever names one is fishing, or was told. By a keyed hash as well.
CREATE TABLE decoys (
    identifier BYTES NOT NULL PRIMARY KEY,
    planted_at BIGINT NOT NULL,
    hits BIGINT NOT NULL
);
