-- +goose Up
-- One row for each place a member of staff is signed in at. A session without
-- its row is worth nothing, so deleting the row ends it.
CREATE TABLE logins (
    id         TEXT   NOT NULL PRIMARY KEY,
    staff_id   TEXT   NOT NULL REFERENCES staff (id),
    device     TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    made_at    BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX logins_of_staff ON logins (staff_id, id);

-- One-time links: to join, or for a new password, and then staff_id is whose.
-- digest is of the token in the link, so that whoever reads the database
-- cannot open it. A link that was used or withdrawn is gone; the log knows.
CREATE TABLE invites (
    id         TEXT   NOT NULL PRIMARY KEY,
    digest     TEXT   NOT NULL UNIQUE,
    staff_id   TEXT   NOT NULL DEFAULT '',
    email      TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    role       TEXT   NOT NULL,
    made_by    TEXT   NOT NULL,
    made_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE invites;
DROP TABLE logins;
