-- What people see is bounded, and their work is checked.

-- The labels of what the items of an incident matched, as `SCHEME:CODE`: what it may show, before anybody looks.
CREATE TABLE incident_labels (
    incident BYTES NOT NULL REFERENCES incidents (id),
    label TEXT NOT NULL,
    PRIMARY KEY (incident, label)
);

-- Labels that a person would rather not be handed. Nothing but the pair is kept: no reason, no time.
CREATE TABLE spared_labels (
    person BYTES NOT NULL REFERENCES people (id),
    label TEXT NOT NULL,
    PRIMARY KEY (person, label)
);

CREATE INDEX reveals_by_time ON reveals (shown_at);

-- A decision that was made as an earlier one, without a look: for each item the earlier item and decision, as JSON.
ALTER TABLE decisions ADD COLUMN as_before TEXT;

-- Kind 4 is SHA-256: the very same bytes are found again.
CREATE INDEX submission_signals_by_sha256 ON submission_signals (value) WHERE kind = 4;

-- Decisions that a second reviewer reads again without knowing the first conclusion.
CREATE TABLE rereadings (
    id BYTES NOT NULL PRIMARY KEY,
    decision BYTES NOT NULL UNIQUE REFERENCES decisions (id),
    incident BYTES NOT NULL REFERENCES incidents (id),
    decided_by BYTES NOT NULL REFERENCES people (id),
    state TEXT NOT NULL,
    drawn_at BIGINT NOT NULL,
    reader BYTES REFERENCES people (id),
    taken_at BIGINT,
    read_at BIGINT,
    outcome TEXT,
    labels TEXT,
    items TEXT,
    settled_by BYTES REFERENCES people (id),
    settled_at BIGINT,
    settlement TEXT,
    settlement_reason TEXT
);
CREATE INDEX rereadings_by_state ON rereadings (state, drawn_at);
CREATE INDEX rereadings_by_incident ON rereadings (incident);
