-- Packs on their way into force: the state of each, and every move with who made it.
CREATE TABLE pack_release (
    number BIGINT PRIMARY KEY REFERENCES pack (number),
    id TEXT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    -- uploaded, submitted, approved, rejected, withdrawn
    state TEXT COLLATE "C" NOT NULL,
    -- First day in force (days since 1970-01-01); NULL unless approved.
    active_from INTEGER,
    -- Entry of the log with the last move.
    entry BIGINT NOT NULL
);

CREATE TABLE pack_move (
    -- Entry of the log that says the same.
    entry BIGINT PRIMARY KEY,
    number BIGINT NOT NULL REFERENCES pack (number),
    state TEXT COLLATE "C" NOT NULL,
    person TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    reason TEXT,
    active_from INTEGER
);
CREATE INDEX pack_move_number ON pack_move (number, entry);
