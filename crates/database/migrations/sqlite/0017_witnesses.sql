-- Cosignatures of witnesses on checkpoints of the log. They prove what they say by themselves, so nothing else has to.
CREATE TABLE log_cosignature (
    -- The name of the log in its checkpoints.
    origin TEXT NOT NULL,
    -- The witness's verifier key.
    witness TEXT NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    -- Seconds since 1970-01-01 UTC, as signed.
    at_s INTEGER NOT NULL,
    -- The line of signature, with its line break.
    line TEXT NOT NULL,
    PRIMARY KEY (origin, witness, size)
) STRICT, WITHOUT ROWID;
