-- Counts and sums that pages show, kept by the writer in the change that
-- alters them, so that a million codes cost no more to count than ten.
-- With day = '' a row tells how things stand now; else what a day of the
-- shop's zone (2026-11-20) brought.

-- +goose Up
CREATE TABLE tallies (
    environment  TEXT   NOT NULL,
    staff        TEXT   NOT NULL,
    day          TEXT   NOT NULL,
    mode         TEXT   NOT NULL,
    codes        BIGINT NOT NULL DEFAULT 0, -- now: all; of a day: issued on it and not refused
    unpaid       BIGINT NOT NULL DEFAULT 0, -- now
    issued_total BIGINT NOT NULL DEFAULT 0, -- of a day: rupiah asked for
    paid_codes   BIGINT NOT NULL DEFAULT 0, -- of a day: codes whose newest payment is of it
    payments     BIGINT NOT NULL DEFAULT 0, -- of a day: payments that count
    paid_total   BIGINT NOT NULL DEFAULT 0, -- of a day: their rupiah
    PRIMARY KEY (environment, day, staff, mode)
);

-- +goose Down
DROP TABLE tallies;
