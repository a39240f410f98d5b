-- DOKU's settlement files, as they were held against the payments here. Nothing
-- of them changes a payment.

-- +goose Up
CREATE TABLE settlements (
    id          TEXT   NOT NULL PRIMARY KEY,
    environment TEXT   NOT NULL,
    name        TEXT   NOT NULL, -- of the file
    digest      TEXT   NOT NULL, -- of its content: the same file again is the same row
    made_by     TEXT   NOT NULL,
    made_at     BIGINT NOT NULL,
    content     TEXT   NOT NULL  -- what was found, as JSON
);
CREATE UNIQUE INDEX settlements_by_digest ON settlements (environment, digest);

-- +goose Down
DROP TABLE settlements;
