-- Who made the application (login): a draft of a disclosure is read by its author and its applicant alone.
ALTER TABLE application ADD COLUMN author TEXT COLLATE "C";
-- 32 random bytes with which the entry about such a draft is sealed until it is submitted.
ALTER TABLE application ADD COLUMN seal BYTEA;
