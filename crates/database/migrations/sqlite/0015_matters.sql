-- Which office a matter belongs to, where its number does not say so or an order says otherwise. The first decision writes
-- the row; only an order moves it.
CREATE TABLE matter (
    id TEXT PRIMARY KEY,
    -- 0: a matter of no office.
    office INTEGER NOT NULL,
    -- When it was first decided, or moved if its number says the office.
    first_us INTEGER NOT NULL,
    -- When an order moved it here.
    moved_us INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX matter_moved ON matter (moved_us) WHERE moved_us IS NOT NULL;
-- What made a task belongs to its office from now on.
INSERT INTO matter (id, office, first_us)
SELECT id, office, first_us FROM (
    SELECT COALESCE(follows, matter) AS id, office, MIN(opened_us) AS first_us FROM task GROUP BY COALESCE(follows, matter)
) WHERE id NOT LIKE 'application/%'
AND id NOT GLOB '[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]*';

-- A decision makes one task of a queue.
DROP INDEX task_follows;
CREATE UNIQUE INDEX task_made ON task (follows, queue) WHERE follows IS NOT NULL;
-- What was selected lately.
CREATE INDEX task_opened ON task (opened_us) WHERE follows IS NOT NULL;

-- What an entry of the log selected, and the tasks that it led to.
CREATE TABLE selection (
    -- Eight times the number of the entry, and what it selected: 1 inspection, 2 sampling, 4 an item of a lot on site.
    number INTEGER PRIMARY KEY,
    inspection INTEGER REFERENCES task (number),
    sampling INTEGER REFERENCES task (number),
    on_site INTEGER REFERENCES task (number),
    CHECK ((number & 7) <> 0),
    CHECK (((number & 1) = 0) = (inspection IS NULL)),
    CHECK (((number & 2) = 0) = (sampling IS NULL)),
    CHECK (((number & 4) = 0) = (on_site IS NULL))
) STRICT;
CREATE INDEX selection_inspection ON selection (inspection) WHERE inspection IS NOT NULL;
CREATE INDEX selection_sampling ON selection (sampling) WHERE sampling IS NOT NULL;
CREATE INDEX selection_on_site ON selection (on_site) WHERE on_site IS NOT NULL;
-- What an entry selected, as its record says: it cannot be committed without the row that names the tasks.
ALTER TABLE log ADD COLUMN selection INTEGER REFERENCES selection (number) DEFERRABLE INITIALLY DEFERRED;
-- Found from the side of the selection, which the database looks for itself when one is written or taken away.
CREATE INDEX log_selection ON log (selection) WHERE selection IS NOT NULL;
