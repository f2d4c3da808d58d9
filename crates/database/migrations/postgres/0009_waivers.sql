-- Requests for a guarantee waiver (article 7). Rows stay when a request is over.
CREATE TABLE waiver (
    number BIGINT PRIMARY KEY,
    state TEXT COLLATE "C" NOT NULL,
    office INTEGER NOT NULL,
    -- The enterprise: as the request names it, and its number in the registry.
    applicant TEXT COLLATE "C" NOT NULL,
    enterprise BIGINT NOT NULL,
    -- What the request states besides the registry, JSON.
    facts TEXT COLLATE "C" NOT NULL,
    reviewed_by TEXT COLLATE "C",
    approved_by TEXT COLLATE "C",
    -- Days since 1970-01-01.
    valid_from INTEGER,
    valid_to INTEGER,
    -- 1: suspended by itself, until it is checked again.
    rests SMALLINT NOT NULL,
    -- Entry of the log with the decision that the state rests on.
    decision BIGINT,
    -- When the registry last changed something about the enterprise, as far as this request has seen it.
    touched_us BIGINT NOT NULL,
    -- When it was last checked.
    checked_us BIGINT NOT NULL,
    opened_us BIGINT NOT NULL,
    moved_us BIGINT NOT NULL
);
CREATE INDEX waiver_enterprise ON waiver (enterprise);
CREATE INDEX waiver_state ON waiver (state, number);
