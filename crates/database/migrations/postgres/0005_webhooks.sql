-- Webhooks: who is told of what in the log, and how far they have been told.
CREATE TABLE webhook (
    id TEXT COLLATE "C" PRIMARY KEY,
    url TEXT NOT NULL,
    -- JSON
    filter TEXT NOT NULL,
    -- Sealed.
    secrets BYTEA NOT NULL,
    active BIGINT NOT NULL,
    -- Why the last attempt failed, or why it is not active.
    note TEXT,
    person TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    -- First entry that has not been delivered.
    next_entry BIGINT NOT NULL,
    -- The delivery under way ends before this entry.
    pending_to BIGINT,
    attempts BIGINT NOT NULL,
    retry_at_us BIGINT NOT NULL,
    -- The server that delivers, and until when nobody else does.
    lease_holder TEXT COLLATE "C",
    lease_until_us BIGINT NOT NULL
);

-- Deliveries that were given up.
CREATE TABLE webhook_dead_letter (
    webhook TEXT COLLATE "C" NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    from_entry BIGINT NOT NULL,
    to_entry BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    reason TEXT NOT NULL,
    -- When it was delivered after all.
    delivered_at_us BIGINT,
    PRIMARY KEY (webhook, from_entry)
);
