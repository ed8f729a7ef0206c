-- Banks, their entries and signals, and the feed by which every process follows their changes.

CREATE TABLE banks (
    id BYTES NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    purpose TEXT NOT NULL,
    overlay TEXT,
    source TEXT NOT NULL,
    legal_ground TEXT NOT NULL,
    kind TEXT NOT NULL,
    origin TEXT NOT NULL,
    distance BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    label_scheme TEXT NOT NULL,
    ratio DOUBLE PRECISION NOT NULL,
    enabled BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
-- A removed bank leaves its row for old receipts, and its name to others.
CREATE UNIQUE INDEX banks_by_name ON banks (name) WHERE removed_at IS NULL;

CREATE TABLE bank_entries (
    id BIGINT NOT NULL PRIMARY KEY,
    bank BYTES NOT NULL REFERENCES banks (id),
    source TEXT NOT NULL,
    labels TEXT NOT NULL,
    note TEXT,
    original_reference TEXT,
    metadata TEXT,
    disabled_until BIGINT,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX bank_entries_by_bank ON bank_entries (bank, state, id);

CREATE TABLE entry_signals (
    entry BIGINT NOT NULL REFERENCES bank_entries (id) ON DELETE CASCADE,
    kind BIGINT NOT NULL,
    value BYTES NOT NULL,
    PRIMARY KEY (entry, kind)
);
CREATE INDEX entry_signals_by_value ON entry_signals (value);

-- Numbered by the ledger entry of the same transaction, which orders commits: a reader of the feed misses none.
-- A change speaks of the entries from first_entry to last_entry, or of the bank itself where both are null.
CREATE TABLE bank_changes (
    seq BIGINT NOT NULL,
    position BIGINT NOT NULL,
    bank BYTES NOT NULL,
    first_entry BIGINT,
    last_entry BIGINT,
    PRIMARY KEY (seq, position)
);

-- Exchanges of the HMA-compatible API: configuration now, fetching later.
CREATE TABLE exchanges (
    name TEXT NOT NULL PRIMARY KEY,
    bank BYTES NOT NULL,
    api TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    configuration TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE exchange_credentials (
    api TEXT NOT NULL PRIMARY KEY,
    sealed BYTES NOT NULL
);

CREATE TABLE signal_types (
    name TEXT NOT NULL PRIMARY KEY,
    ratio DOUBLE PRECISION NOT NULL
);
