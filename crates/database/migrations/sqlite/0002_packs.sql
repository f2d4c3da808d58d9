-- Packs on their way into force: the state of each, and every move with who made it.
CREATE TABLE pack_release (
    number INTEGER PRIMARY KEY REFERENCES pack (number),
    id TEXT NOT NULL,
    hash TEXT NOT NULL,
    -- uploaded, submitted, approved, rejected, withdrawn
    state TEXT NOT NULL,
    -- First day in force (days since 1970-01-01); NULL unless approved.
    active_from INTEGER,
    -- Entry of the log with the last move.
    entry INTEGER NOT NULL
) STRICT;

CREATE TABLE pack_move (
    -- Entry of the log that says the same.
    entry INTEGER PRIMARY KEY,
    number INTEGER NOT NULL REFERENCES pack (number),
    state TEXT NOT NULL,
    person TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    reason TEXT,
    active_from INTEGER
) STRICT;
CREATE INDEX pack_move_number ON pack_move (number, entry);
