-- +goose Up
-- Lists of codes that somebody handed in at once. They are issued one by one,
-- whatever happens to the browser or the program meanwhile.
CREATE TABLE batches (
    id          TEXT   NOT NULL PRIMARY KEY,
    environment TEXT   NOT NULL,
    name        TEXT   NOT NULL, -- of the file, empty when it was typed
    digest      TEXT   NOT NULL, -- of the orders, to notice the same list twice
    form_id     TEXT   NOT NULL UNIQUE,
    state       TEXT   NOT NULL, -- running, stopped, done
    made_by     TEXT   NOT NULL REFERENCES staff (id),
    made_at     BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL DEFAULT 0,
    lines       BIGINT NOT NULL  -- how many it has
);
CREATE INDEX batches_by_maker ON batches (made_by, id);
CREATE INDEX batches_running ON batches (environment, id) WHERE state = 'running';

-- One order each. wanted is blanked as soon as a code has it all.
CREATE TABLE batch_lines (
    batch_id TEXT   NOT NULL REFERENCES batches (id),
    line     BIGINT NOT NULL, -- in the file, the first is 1
    form_id  TEXT   NOT NULL UNIQUE,
    wanted   TEXT   NOT NULL, -- the order as JSON
    code_id  TEXT   NOT NULL DEFAULT '',
    mistakes TEXT   NOT NULL DEFAULT '', -- why there is no code, as JSON
    PRIMARY KEY (batch_id, line)
);
CREATE INDEX batch_lines_open ON batch_lines (batch_id, line) WHERE code_id = '' AND mistakes = '';

-- +goose Down
DROP TABLE batch_lines;
DROP TABLE batches;
