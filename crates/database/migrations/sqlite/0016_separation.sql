-- What gives an account more rights, or lets somebody into it: asked for by one administrator, approved by another.
CREATE TABLE account_change (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL REFERENCES account (number),
    -- What is wanted, as JSON: `kind` is rights, link, unbind or token.
    wanted TEXT NOT NULL,
    -- Hash of the one-time link that opens something once it is approved.
    link BLOB,
    -- pending, approved, rejected; what was pending at expires_at_us is over.
    state TEXT NOT NULL,
    -- The account that asked and the one that settled it; none on the server itself.
    asked_by INTEGER,
    asked_at_us INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL,
    settled_by INTEGER,
    settled_at_us INTEGER,
    -- When the owner of the account said that they had read of it.
    seen_at_us INTEGER
) STRICT;
CREATE INDEX account_change_account ON account_change (account, number);
CREATE INDEX account_change_pending ON account_change (number) WHERE state = 'pending';

-- One row: whether one administrator alone may do what takes two.
CREATE TABLE administration (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    lone INTEGER NOT NULL,
    -- 1 if an operator said so on the server itself: then it does not end by itself.
    declared INTEGER NOT NULL,
    since_us INTEGER NOT NULL
) STRICT;
INSERT INTO administration
    SELECT 1, CASE WHEN COUNT(*) >= 2 THEN 0 ELSE 1 END, 0, 0 FROM account
    WHERE roles LIKE '%"administrator"%' AND machine = 0 AND disabled = 0
      AND (password IS NOT NULL OR subject IS NOT NULL);

-- The second half of a link that two administrators hand over.
ALTER TABLE invitation ADD COLUMN code BLOB;

-- The token that made this one.
ALTER TABLE token ADD COLUMN parent INTEGER;
CREATE INDEX token_parent ON token (parent) WHERE parent IS NOT NULL;

-- The office that recorded an event; none if it was recorded for all of them.
ALTER TABLE event ADD COLUMN office INTEGER;
