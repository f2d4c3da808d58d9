-- Accounts of people and machines. Lists are JSON arrays of texts.
CREATE TABLE account (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- 0 person, 1 machine.
    machine INTEGER NOT NULL,
    roles TEXT NOT NULL,
    offices TEXT NOT NULL,
    enterprise TEXT NOT NULL,
    -- Argon2 in the PHC string format.
    password TEXT,
    -- Issuer and subject at an identity provider.
    subject TEXT UNIQUE,
    failures INTEGER NOT NULL DEFAULT 0,
    locked_until_us INTEGER NOT NULL DEFAULT 0,
    disabled INTEGER NOT NULL DEFAULT 0,
    created_at_us INTEGER NOT NULL
) STRICT;

-- Links by which a person chooses a password, once. Only hashes are kept of this, of sessions and of tokens.
CREATE TABLE invitation (
    hash BLOB PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (number),
    expires_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX invitation_account ON invitation (account);

CREATE TABLE session (
    hash BLOB PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (number),
    created_at_us INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account);

CREATE TABLE token (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL REFERENCES account (number),
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL,
    revoked_at_us INTEGER
) STRICT;
CREATE INDEX token_account ON token (account);

-- The trail is read by kind, the latest first; decisions are far more than all the rest.
CREATE INDEX log_kind ON log (kind, seq) WHERE kind <> 1;
