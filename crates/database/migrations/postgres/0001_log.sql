-- The append-only log: entry `seq` is leaf `seq` of the Merkle tree.
CREATE TABLE log (
    seq BIGINT PRIMARY KEY,
    at_us BIGINT NOT NULL,
    -- First 8 bytes of the entry's hash, so that a changed row can be named.
    mark BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    body BYTEA NOT NULL
);
CREATE INDEX log_subject ON log (subject);

-- Roots of perfect subtrees of 2^level entries, levels 8, 16, 24 …
CREATE TABLE log_node (
    level INTEGER NOT NULL,
    idx BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (level, idx)
);

-- One row: how many entries there are, and the roots of the perfect subtrees that cover them.
CREATE TABLE log_frontier (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    size BIGINT NOT NULL,
    peaks BYTEA NOT NULL
);
INSERT INTO log_frontier VALUES (1, 0, '');

-- Tree heads that were signed and given away.
CREATE TABLE log_head (
    size BIGINT PRIMARY KEY,
    at_us BIGINT NOT NULL,
    root BYTEA NOT NULL,
    signature BYTEA NOT NULL
);

-- Requests with an idempotency key: the entries that answered them.
CREATE TABLE request (
    caller TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    fingerprint BYTEA NOT NULL,
    first_seq BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (caller, key)
);

-- Packs, by the number that records name them by. Nothing is ever removed.
CREATE TABLE pack (
    number BIGINT PRIMARY KEY,
    hash TEXT COLLATE "C" NOT NULL UNIQUE,
    files TEXT NOT NULL
);

-- Secrets, sealed with the key that the server is started with.
CREATE TABLE secret (
    name TEXT COLLATE "C" PRIMARY KEY,
    sealed BYTEA NOT NULL
);
