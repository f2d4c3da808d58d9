-- Applications of every kind, where there were requests for a guarantee waiver only. Rows stay when an application is over.
CREATE TABLE application (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    -- 0: nothing more can happen.
    is_open INTEGER NOT NULL,
    office INTEGER NOT NULL,
    -- The enterprise: as the application names it, and its number in the registry.
    applicant TEXT NOT NULL,
    enterprise INTEGER NOT NULL,
    -- The reform that an admission is to.
    programme TEXT,
    -- What the application states besides the registry, JSON.
    facts TEXT NOT NULL,
    submitted_on INTEGER,
    reviewed_by TEXT,
    approved_by TEXT,
    -- Days since 1970-01-01.
    valid_from INTEGER,
    valid_to INTEGER,
    due_on INTEGER,
    reminded_of INTEGER,
    -- 1: a measure puts it first.
    goes_first INTEGER NOT NULL,
    -- Where it stands among those that wait: the lowest is next. Null before it was submitted.
    stands_at INTEGER,
    -- 1: suspended by itself, until it is looked at again.
    rests INTEGER NOT NULL,
    -- Entry of the log with the decision that the state rests on.
    decision INTEGER,
    -- The registry's record that makes it count in decisions.
    record INTEGER,
    -- When something that it rests on changed last, with the registry or by a person's move; later with each change.
    touched_us INTEGER NOT NULL,
    -- 1: something has changed since it was last looked at.
    unchecked INTEGER NOT NULL,
    -- The next day on which something may happen by itself.
    look_on INTEGER,
    opened_us INTEGER NOT NULL,
    moved_us INTEGER NOT NULL
) STRICT;
INSERT INTO application (number, kind, state, is_open, office, applicant, enterprise, facts, reviewed_by, approved_by,
    valid_from, valid_to, goes_first, stands_at, rests, decision, touched_us, unchecked, opened_us, moved_us)
SELECT number, 'guarantee_waiver', state,
    CASE WHEN state IN ('refused', 'revoked', 'expired', 'withdrawn') THEN 0 ELSE 1 END,
    office, applicant, enterprise, facts, reviewed_by, approved_by, valid_from, valid_to, 0,
    CASE WHEN state = 'draft' THEN NULL ELSE opened_us END, rests, decision, touched_us,
    CASE WHEN state IN ('submitted', 'approved', 'in_force', 'suspended') THEN 1 ELSE 0 END, opened_us, moved_us
FROM waiver;
DROP TABLE waiver;
CREATE INDEX application_enterprise ON application (enterprise) WHERE is_open = 1;
CREATE INDEX application_state ON application (kind, state, number);
CREATE INDEX application_turn ON application (kind, state, stands_at, number);
CREATE INDEX application_unchecked ON application (number) WHERE unchecked = 1;
CREATE INDEX application_look ON application (look_on, number) WHERE look_on IS NOT NULL;
-- How long tasks took, by when they ended.
CREATE INDEX task_ended ON task (ended_us) WHERE ended_us IS NOT NULL;
-- The visit that a task is part of: the number of the first task of it.
ALTER TABLE task ADD COLUMN visit INTEGER;
CREATE INDEX task_enterprise ON task (enterprise) WHERE state = 'waiting' AND queue = 'local_inspection';
