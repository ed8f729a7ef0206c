-- That the law of a third country forbids to carry out a request: what the house objected, and when its authority answered.
CREATE TABLE request_conflicts (
    request BYTES NOT NULL PRIMARY KEY REFERENCES requests (id),
    -- Of which tasks, by which provision, and what that forbids: sealed.
    said BYTES NOT NULL,
    raised_by TEXT NOT NULL,
    raised_at BIGINT NOT NULL,
    answered_at BIGINT
);
