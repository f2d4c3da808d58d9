-- The time of the last entry, so that the times of entries never run backwards; set while time stands still: what the clock said when
-- somebody confirmed it; and how far a clock may be ahead of the last entry, as the servers are configured.
ALTER TABLE log_frontier ADD COLUMN last_at_us INTEGER;
ALTER TABLE log_frontier ADD COLUMN held_from_us INTEGER;
ALTER TABLE log_frontier ADD COLUMN ahead_us INTEGER NOT NULL DEFAULT 90000000000;
UPDATE log_frontier SET last_at_us = (SELECT max(at_us) FROM log);
