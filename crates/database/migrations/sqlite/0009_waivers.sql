-- Requests for a guarantee waiver (article 7). Rows stay when a request is over.
CREATE TABLE waiver (
    number INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    office INTEGER NOT NULL,
    -- The enterprise: as the request names it, and its number in the registry.
    applicant TEXT NOT NULL,
    enterprise INTEGER NOT NULL,
    -- What the request states besides the registry, JSON.
    facts TEXT NOT NULL,
    reviewed_by TEXT,
    approved_by TEXT,
    -- Days since 1970-01-01.
    valid_from INTEGER,
    valid_to INTEGER,
    -- 1: suspended by itself, until it is checked again.
    rests INTEGER NOT NULL,
    -- Entry of the log with the decision that the state rests on.
    decision INTEGER,
    -- When the registry last changed something about the enterprise, as far as this request has seen it.
    touched_us INTEGER NOT NULL,
    -- When it was last checked.
    checked_us INTEGER NOT NULL,
    opened_us INTEGER NOT NULL,
    moved_us INTEGER NOT NULL
) STRICT;
CREATE INDEX waiver_enterprise ON waiver (enterprise);
CREATE INDEX waiver_state ON waiver (state, number);
