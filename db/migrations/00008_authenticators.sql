-- +goose Up
-- The second step of signing in. secret is sealed with a key outside of the
-- database; last_step is the newest thirty seconds whose code was used, so that
-- none works twice.
CREATE TABLE authenticators (
    staff_id  TEXT   NOT NULL PRIMARY KEY REFERENCES staff (id),
    secret    BYTEA  NOT NULL,
    last_step BIGINT NOT NULL,
    made_at   BIGINT NOT NULL
);

-- Digests of what lets somebody in once without their phone.
CREATE TABLE recovery_codes (
    digest   TEXT NOT NULL PRIMARY KEY,
    staff_id TEXT NOT NULL REFERENCES staff (id)
);
CREATE INDEX recovery_codes_of_staff ON recovery_codes (staff_id);

-- What people did. DOKU's and the system's own events, nearly all there are,
-- cost nothing here.
CREATE INDEX events_of_people ON events (actor, seq) WHERE actor <> 'doku' AND actor <> 'system';

-- +goose Down
DROP INDEX events_of_people;
DROP TABLE recovery_codes;
DROP TABLE authenticators;
