-- A cashier's shift, frozen. What happened is cut by the log's sequence: each
-- event belongs to exactly one shift of the cashier whose code it is about.

-- +goose Up
CREATE TABLE closings (
    id          TEXT   NOT NULL PRIMARY KEY,
    environment TEXT   NOT NULL,
    staff       TEXT   NOT NULL,
    number      BIGINT NOT NULL, -- 1, 2, 3 … of the cashier
    after_seq   BIGINT NOT NULL, -- events after it …
    up_to_seq   BIGINT NOT NULL, -- … up to this one
    began_at    BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    made_by     TEXT   NOT NULL,
    form_id     TEXT   NOT NULL UNIQUE,
    content     TEXT   NOT NULL, -- JSON, never changed
    digest      TEXT   NOT NULL  -- keyed, of all the above
);
CREATE UNIQUE INDEX closings_of_staff ON closings (environment, staff, number);

-- +goose Down
DROP TABLE closings;
