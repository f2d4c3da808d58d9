-- Sign-ins by OpenID Connect whose answer came, so that none is used twice; kept until they expire.
CREATE TABLE used_sign_in (
    -- SHA-256 of the state.
    hash BYTEA PRIMARY KEY,
    expires_at_us BIGINT NOT NULL
);
CREATE INDEX used_sign_in_end ON used_sign_in (expires_at_us);
