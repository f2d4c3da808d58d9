-- How far draws have been counted: entries before it are in rate_tally. One row: whoever holds it counts next.
CREATE TABLE rate_turn (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    next_entry BIGINT NOT NULL
);
INSERT INTO rate_turn VALUES (1, 0);

-- Draws by month of the matter (year × 12 + month − 1), office, stage (1: inspection, 2: sampling), goods class, level of the
-- enterprises, and measures that lowered the rate. A matter counts once, by its first decision.
CREATE TABLE rate_tally (
    month INTEGER NOT NULL,
    office INTEGER NOT NULL,
    stage SMALLINT NOT NULL,
    class TEXT COLLATE "C" NOT NULL,
    level TEXT COLLATE "C" NOT NULL,
    measures TEXT COLLATE "C" NOT NULL,
    -- Draws at a rate above 0 and below 1, how many of them selected, and the sum of their set rates in parts of 10^9.
    trials BIGINT NOT NULL,
    selected BIGINT NOT NULL,
    expected BIGINT NOT NULL,
    -- Draws at rate 1, how many of these by a mandatory order, and draws at rate 0.
    always BIGINT NOT NULL,
    ordered BIGINT NOT NULL,
    never BIGINT NOT NULL,
    -- Draws at rate 0 that selected, and at rate 1 that did not.
    impossible BIGINT NOT NULL,
    PRIMARY KEY (month, office, stage, class, level, measures)
);

-- Alarms that were raised, each once, and the entry of the log that says why.
CREATE TABLE rate_alarm (
    name TEXT COLLATE "C" PRIMARY KEY,
    year INTEGER NOT NULL,
    -- NULL: all offices together.
    office INTEGER,
    entry BIGINT NOT NULL UNIQUE
);
