-- About whom a sender asked, to count how many different ones they are. Both are keyed hashes, and the one of the identifier is made
-- for this sender alone: neither can be read back, and two senders who ask about the same have nothing in common here.
CREATE TABLE request_targets (
    sender BYTES NOT NULL,
    target BYTES NOT NULL,
    request BYTES NOT NULL REFERENCES requests (id),
    asked_at BIGINT NOT NULL,
    PRIMARY KEY (sender, target, request)
);
CREATE INDEX request_targets_by_time ON request_targets (sender, asked_at);
CREATE INDEX request_targets_by_request ON request_targets (request);
