-- How far draws have been counted: entries before it are in rate_tally. One row: whoever holds it counts next.
CREATE TABLE rate_turn (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    next_entry INTEGER NOT NULL
) STRICT;
INSERT INTO rate_turn VALUES (1, 0);

-- Draws by month of the matter (year × 12 + month − 1), office, stage (1: inspection, 2: sampling), goods class, level of the
-- enterprises, and measures that lowered the rate. A matter counts once, by its first decision.
CREATE TABLE rate_tally (
    month INTEGER NOT NULL,
    office INTEGER NOT NULL,
    stage INTEGER NOT NULL,
    class TEXT NOT NULL,
    level TEXT NOT NULL,
    measures TEXT NOT NULL,
    -- Draws at a rate above 0 and below 1, how many of them selected, and the sum of their set rates in parts of 10^9.
    trials INTEGER NOT NULL,
    selected INTEGER NOT NULL,
    expected INTEGER NOT NULL,
    -- Draws at rate 1, how many of these by a mandatory order, and draws at rate 0.
    always INTEGER NOT NULL,
    ordered INTEGER NOT NULL,
    never INTEGER NOT NULL,
    -- Draws at rate 0 that selected, and at rate 1 that did not.
    impossible INTEGER NOT NULL,
    PRIMARY KEY (month, office, stage, class, level, measures)
) STRICT;

-- Alarms that were raised, each once, and the entry of the log that says why.
CREATE TABLE rate_alarm (
    name TEXT PRIMARY KEY,
    year INTEGER NOT NULL,
    -- NULL: all offices together.
    office INTEGER,
    entry INTEGER NOT NULL UNIQUE
) STRICT;
