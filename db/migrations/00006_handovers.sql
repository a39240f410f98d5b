-- Who handed the goods over, and when: once for each payment of a code, so that
-- a true page of yesterday does not fetch them twice.

-- +goose Up
CREATE TABLE handovers (
    code_id  TEXT   NOT NULL REFERENCES codes (id),
    payments BIGINT NOT NULL, -- that the code had: a reusable one is handed over again
    at       BIGINT NOT NULL,
    staff    TEXT   NOT NULL,
    PRIMARY KEY (code_id, payments)
);

-- +goose Down
DROP TABLE handovers;
