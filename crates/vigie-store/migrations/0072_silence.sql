-- Whom what left was about, sealed as the request is, until the user may be told; and when people heard that a silence is to be
-- reviewed.
ALTER TABLE gags ADD COLUMN accounts BYTES;
ALTER TABLE gags ADD COLUMN told_at BIGINT;

-- What may be told to a user is found by a keyed hash of their account: whoever asks must bring it. While there is silence there is
-- no row.
ALTER TABLE user_notices ADD COLUMN account_hash BYTES;
CREATE INDEX user_notices_by_account ON user_notices (account_hash, prepared_at);
CREATE INDEX do_not_act_by_request ON do_not_act (request);
CREATE INDEX requests_over ON requests (closed_at) WHERE closed_at IS NOT NULL;
