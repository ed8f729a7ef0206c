-- The signal of a video (kind 5) stands beside the others of its entry, and is as long as the video. It is never looked for by
-- its bytes, and an index cannot hold a value so long.

DROP INDEX entry_signals_by_value;
CREATE INDEX entry_signals_by_value ON entry_signals (value) WHERE kind < 5;
