-- Webhooks: who is told of what in the log, and how far they have been told.
CREATE TABLE webhook (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    -- JSON
    filter TEXT NOT NULL,
    -- Sealed.
    secrets BLOB NOT NULL,
    active INTEGER NOT NULL,
    -- Why the last attempt failed, or why it is not active.
    note TEXT,
    person TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    -- First entry that has not been delivered.
    next_entry INTEGER NOT NULL,
    -- The delivery under way ends before this entry.
    pending_to INTEGER,
    attempts INTEGER NOT NULL,
    retry_at_us INTEGER NOT NULL,
    -- The server that delivers, and until when nobody else does.
    lease_holder TEXT,
    lease_until_us INTEGER NOT NULL
) STRICT;

-- Deliveries that were given up.
CREATE TABLE webhook_dead_letter (
    webhook TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    from_entry INTEGER NOT NULL,
    to_entry INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    reason TEXT NOT NULL,
    -- When it was delivered after all.
    delivered_at_us INTEGER,
    PRIMARY KEY (webhook, from_entry)
) STRICT, WITHOUT ROWID;
