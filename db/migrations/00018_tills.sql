-- Devices at the counter that several cashiers share, and the PINs by which
-- they come there.

-- +goose Up
-- token_hash is the SHA-256 of the token in the device's cookie or, until
-- link_until, of the one in the link that the device is to open. A till that
-- was removed is gone; the log knows.
CREATE TABLE tills (
    id           TEXT   NOT NULL PRIMARY KEY,
    name         TEXT   NOT NULL,
    token_hash   TEXT   NOT NULL UNIQUE,
    created_by   TEXT   NOT NULL, -- a member's id
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL DEFAULT 0, -- 0: never
    link_until   BIGINT NOT NULL DEFAULT 0  -- 0: it has its device
);

CREATE TABLE pins (
    staff_id TEXT   NOT NULL PRIMARY KEY REFERENCES staff (id),
    hash     TEXT   NOT NULL,
    made_at  BIGINT NOT NULL
);

ALTER TABLE logins ADD COLUMN till_id TEXT NOT NULL DEFAULT ''; -- empty: a device of their own

-- +goose Down
ALTER TABLE logins DROP COLUMN till_id;
DROP TABLE pins;
DROP TABLE tills;
