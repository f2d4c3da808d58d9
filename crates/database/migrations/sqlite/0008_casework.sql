-- One row: whoever holds it opens or moves work next. Held after registry_turn and before the log.
CREATE TABLE casework_turn (
    one INTEGER PRIMARY KEY CHECK (one = 1)
) STRICT;
INSERT INTO casework_turn VALUES (1);

-- Tasks in the queues of article 11. Rows stay when a task is over.
CREATE TABLE task (
    number INTEGER PRIMARY KEY,
    -- The matter that the task is; one task each.
    matter TEXT NOT NULL UNIQUE,
    -- The matter whose decision made it, if that is another one.
    follows TEXT,
    queue TEXT NOT NULL,
    office INTEGER NOT NULL,
    -- The enterprise it is about, as the matter names it.
    enterprise TEXT,
    -- 1: a measure puts it first.
    goes_first INTEGER NOT NULL,
    state TEXT NOT NULL,
    opened_us INTEGER NOT NULL,
    due_us INTEGER NOT NULL,
    -- Where it stands in its queue.
    stands_at INTEGER NOT NULL,
    officer TEXT,
    lease_until_us INTEGER,
    -- The officer drawn for it.
    drawn TEXT,
    -- The inspection lot of a goods item, and its round when the task was opened.
    lot INTEGER,
    lot_round INTEGER,
    claimed_us INTEGER,
    ended_us INTEGER,
    -- JSON.
    outcome TEXT
) STRICT;
CREATE INDEX task_order ON task (state, stands_at, number);
CREATE INDEX task_follows ON task (follows) WHERE follows IS NOT NULL;
CREATE INDEX task_lease ON task (lease_until_us) WHERE lease_until_us IS NOT NULL;

-- Inspection lots of article 2.
CREATE TABLE lot (
    number INTEGER PRIMARY KEY,
    -- The producer, as matters name it, and the producer's name of the lot.
    producer TEXT NOT NULL,
    name TEXT NOT NULL,
    office INTEGER NOT NULL,
    state TEXT NOT NULL,
    -- How often it began, the first declaration of this round, and the last day of it (days since 1970-01-01).
    round INTEGER NOT NULL,
    first_matter TEXT,
    valid_to INTEGER,
    opened_us INTEGER NOT NULL,
    moved_us INTEGER NOT NULL,
    UNIQUE (producer, name)
) STRICT;
