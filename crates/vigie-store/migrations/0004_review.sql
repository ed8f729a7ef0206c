-- Review: incidents, waves, decisions, actions, reveals, alarms, the roster.

-- One open wave for each pivot: what its incidents share, such as an entry of a bank.
CREATE TABLE waves (
    id BYTES NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    pivot TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    decided_at BIGINT
);
CREATE INDEX waves_by_pivot ON waves (pivot, state);

CREATE TABLE incidents (
    id BYTES NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    subject_kind TEXT NOT NULL,
    service TEXT NOT NULL,
    subject TEXT NOT NULL,
    subject_name TEXT,
    state TEXT NOT NULL,
    severity BIGINT NOT NULL,
    reach BIGINT NOT NULL,
    items BIGINT NOT NULL,
    wave BYTES REFERENCES waves (id),
    child_at_risk BIGINT NOT NULL,
    holder BYTES REFERENCES people (id),
    leased_until BIGINT,
    fence BIGINT NOT NULL,
    -- When it would have been opened had it no severity and no reach: the queue is in this order, so age always raises.
    rank_at BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    first_claimed_at BIGINT,
    updated_at BIGINT NOT NULL,
    escalated_by BYTES REFERENCES people (id),
    escalated_at BIGINT,
    escalation_reason TEXT
);
CREATE INDEX incidents_by_queue ON incidents (state, child_at_risk, rank_at, id);
CREATE INDEX incidents_by_subject ON incidents (service, subject_kind, subject, state);
CREATE INDEX incidents_by_wave ON incidents (wave);

CREATE TABLE incident_items (
    id BYTES NOT NULL PRIMARY KEY,
    incident BYTES NOT NULL REFERENCES incidents (id),
    kind TEXT NOT NULL,
    submission BYTES REFERENCES submissions (id),
    report BYTES REFERENCES user_reports (id),
    media BYTES REFERENCES blobs (id),
    verdict TEXT,
    added_at BIGINT NOT NULL
);
CREATE INDEX incident_items_by_incident ON incident_items (incident, added_at);
CREATE INDEX incident_items_by_submission ON incident_items (submission);

-- What an item has in common with others: entries it matched, its near-duplicate cluster.
CREATE TABLE item_pivots (
    item BYTES NOT NULL REFERENCES incident_items (id) ON DELETE CASCADE,
    pivot TEXT NOT NULL,
    PRIMARY KEY (item, pivot)
);
CREATE INDEX item_pivots_by_pivot ON item_pivots (pivot);

-- "Pass for my wellbeing": the incident is not offered to this person again. No reason is asked and nothing is counted.
CREATE TABLE incident_passes (
    incident BYTES NOT NULL REFERENCES incidents (id),
    person BYTES NOT NULL REFERENCES people (id),
    PRIMARY KEY (incident, person)
);

-- A skipped incident is not handed out to this person for a while; it stays in their list.
CREATE TABLE incident_skips (
    incident BYTES NOT NULL REFERENCES incidents (id),
    person BYTES NOT NULL REFERENCES people (id),
    until BIGINT NOT NULL,
    PRIMARY KEY (incident, person)
);

CREATE TABLE decisions (
    id BYTES NOT NULL PRIMARY KEY,
    incident BYTES NOT NULL REFERENCES incidents (id),
    wave BYTES REFERENCES waves (id),
    decided_by BYTES NOT NULL REFERENCES people (id),
    outcome TEXT NOT NULL,
    labels TEXT NOT NULL,
    reason TEXT NOT NULL,
    items TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    reversed_at BIGINT,
    reversed_by BYTES REFERENCES people (id),
    reversal_reason TEXT
);
CREATE INDEX decisions_by_incident ON decisions (incident, decided_at);
CREATE INDEX decisions_by_wave ON decisions (wave, decided_at);

CREATE TABLE actions (
    id BYTES NOT NULL PRIMARY KEY,
    incident BYTES REFERENCES incidents (id),
    decision BYTES REFERENCES decisions (id),
    item BYTES REFERENCES incident_items (id),
    kind TEXT NOT NULL,
    service TEXT NOT NULL,
    target TEXT NOT NULL,
    restores BYTES REFERENCES actions (id),
    reason_code TEXT NOT NULL,
    state TEXT NOT NULL,
    approval BYTES REFERENCES approvals (id),
    attempts BIGINT NOT NULL,
    unanswered BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    leased_until BIGINT,
    next_attempt_at BIGINT,
    requested_by TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    ended_at BIGINT,
    receipt TEXT,
    preserved BYTES REFERENCES blobs (id),
    not_preserved TEXT,
    last_error TEXT
);
CREATE INDEX actions_by_due ON actions (state, next_attempt_at);
CREATE INDEX actions_by_incident ON actions (incident, requested_at);
CREATE INDEX actions_by_decision ON actions (decision);
CREATE INDEX actions_by_restored ON actions (restores);
CREATE INDEX actions_by_time ON actions (requested_at, id);

-- Every look at shielded media: who, what, which step, how long. The row is durable before the bytes are shown.
CREATE TABLE reveals (
    id BYTES NOT NULL PRIMARY KEY,
    person BYTES NOT NULL REFERENCES people (id),
    incident BYTES NOT NULL REFERENCES incidents (id),
    item BYTES NOT NULL REFERENCES incident_items (id),
    step TEXT NOT NULL,
    shown_at BIGINT NOT NULL,
    hidden_at BIGINT
);
CREATE INDEX reveals_by_person ON reveals (person, shown_at);
CREATE INDEX reveals_by_item ON reveals (item, shown_at);

-- Single-use links to previews, served by the evidence listener. Only the hash of the ticket is kept.
CREATE TABLE preview_tickets (
    hash BYTES NOT NULL PRIMARY KEY,
    reveal BYTES NOT NULL REFERENCES reveals (id),
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE alarms (
    id BYTES NOT NULL PRIMARY KEY,
    incident BYTES NOT NULL REFERENCES incidents (id),
    state TEXT NOT NULL,
    raised_by BYTES NOT NULL REFERENCES people (id),
    raised_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    paged BYTES REFERENCES people (id),
    acknowledged_by BYTES REFERENCES people (id),
    acknowledged_at BIGINT,
    handed_over_by BYTES REFERENCES people (id),
    handed_over_at BIGINT,
    handover_reference TEXT,
    stood_down_by BYTES REFERENCES people (id),
    stood_down_at BIGINT,
    stood_down_reason TEXT,
    severity_before BIGINT NOT NULL
);
CREATE INDEX alarms_by_state ON alarms (state, raised_at);
CREATE INDEX alarms_by_incident ON alarms (incident);

CREATE TABLE deadlines (
    id BYTES NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    triggered_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    satisfied_at BIGINT,
    escalated_at BIGINT,
    missed_at BIGINT
);
CREATE INDEX deadlines_by_due ON deadlines (satisfied_at, due_at);
CREATE INDEX deadlines_by_subject ON deadlines (subject);

CREATE TABLE roster (
    id BYTES NOT NULL PRIMARY KEY,
    person BYTES NOT NULL REFERENCES people (id),
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);
CREATE INDEX roster_by_time ON roster (from_at);

-- What people should know. Shown on every screen until they have seen it.
CREATE TABLE notices (
    id BYTES NOT NULL PRIMARY KEY,
    person BYTES NOT NULL REFERENCES people (id),
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT
);
CREATE INDEX notices_by_person ON notices (person, seen_at);
