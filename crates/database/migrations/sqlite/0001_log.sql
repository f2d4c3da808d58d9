-- The append-only log: entry `seq` is leaf `seq` of the Merkle tree.
CREATE TABLE log (
    seq INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    subject TEXT NOT NULL,
    body BLOB NOT NULL,
    -- First 8 bytes of the entry's hash, so that a changed row can be named.
    mark INTEGER NOT NULL
) STRICT;
CREATE INDEX log_subject ON log (subject);

-- Roots of perfect subtrees of 2^level entries, levels 8, 16, 24 …
CREATE TABLE log_node (
    level INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;

-- One row: how many entries there are, and the roots of the perfect subtrees that cover them.
CREATE TABLE log_frontier (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    size INTEGER NOT NULL,
    peaks BLOB NOT NULL
) STRICT;
INSERT INTO log_frontier VALUES (1, 0, x'');

-- Tree heads that were signed and given away.
CREATE TABLE log_head (
    size INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,
    root BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;

-- Requests with an idempotency key: the entries that answered them.
CREATE TABLE request (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    first_seq INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;

-- Packs, by the number that records name them by. Nothing is ever removed.
CREATE TABLE pack (
    number INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    files TEXT NOT NULL
) STRICT;

-- Secrets, sealed with the key that the server is started with.
CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
