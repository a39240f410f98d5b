-- +goose Up
-- The copies that the app makes of itself, also those that failed. The files
-- lie in a folder; a row whose file is not there was made by another instance
-- or taken away by hand.
CREATE TABLE backups (
    name    TEXT   NOT NULL PRIMARY KEY, -- of the file, when it began: names sort by it
    at      BIGINT NOT NULL, -- when it was done and checked, or failed
    size    BIGINT NOT NULL, -- bytes
    events  BIGINT NOT NULL,
    made_by TEXT   NOT NULL, -- an actor
    failure TEXT   NOT NULL DEFAULT ''
);

-- +goose Down
DROP TABLE backups;
