-- The enterprise registry and the history of enterprises. Nothing in it is ever removed.

-- One row: whoever holds it changes the registry next. When the last change was recorded.
CREATE TABLE registry_turn (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at_us BIGINT NOT NULL
);
INSERT INTO registry_turn VALUES (1, 0);

-- Enterprises, by the number that records name them by.
CREATE TABLE enterprise (
    number BIGINT PRIMARY KEY,
    name TEXT,
    at_us BIGINT NOT NULL
);

-- Customs code, USCC, AEO code or another identifier: each belongs to one enterprise.
CREATE TABLE identifier (
    id TEXT COLLATE "C" PRIMARY KEY,
    kind SMALLINT NOT NULL,
    enterprise BIGINT NOT NULL,
    at_us BIGINT NOT NULL
);
CREATE INDEX identifier_enterprise ON identifier (enterprise);

-- Lists of fact names, separated by tabs: many records state the same facts.
CREATE TABLE fact_list (
    number INTEGER PRIMARY KEY,
    names TEXT COLLATE "C" NOT NULL UNIQUE
);

-- What was stated about an enterprise: facts from valid_from to valid_to (days since 1970-01-01), recorded at at_us.
-- A row with `withdraws` takes an earlier one back.
CREATE TABLE enterprise_record (
    number BIGINT PRIMARY KEY,
    enterprise BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER,
    -- The list of their names; the values are separated by tabs, an empty one is stated to be unknown.
    fact_list INTEGER NOT NULL,
    facts TEXT NOT NULL,
    -- The other enterprise of a relation.
    related BIGINT,
    ground TEXT NOT NULL,
    person TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    withdraws BIGINT
);
CREATE INDEX record_enterprise ON enterprise_record (enterprise, number);
CREATE UNIQUE INDEX record_withdrawn ON enterprise_record (withdraws) WHERE withdraws IS NOT NULL;

-- Kinds of events, and how many events of each have not been withdrawn.
CREATE TABLE event_kind (
    number SMALLINT PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    events BIGINT NOT NULL
);

-- What happened to or with an enterprise on a day. A row with `withdraws` takes an earlier one back.
CREATE TABLE event (
    number BIGINT PRIMARY KEY,
    enterprise BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    day INTEGER NOT NULL,
    amount_fen BIGINT NOT NULL,
    ground TEXT NOT NULL,
    person TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    withdraws BIGINT
);
CREATE INDEX event_enterprise ON event (enterprise, kind, day);
CREATE INDEX event_of_kind ON event (kind, number);
CREATE UNIQUE INDEX event_withdrawn ON event (withdraws) WHERE withdraws IS NOT NULL;

-- The same by day, without what was withdrawn, so that five years are at most 1,827 rows.
CREATE TABLE event_day (
    enterprise BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    day INTEGER NOT NULL,
    events BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL CHECK (amount_fen BETWEEN -10000000000000000 AND 10000000000000000),
    PRIMARY KEY (enterprise, kind, day)
);
