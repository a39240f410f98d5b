-- What reports add up: by store chain too, with late codes, the time until they
-- were paid, codes that never were, and refunds. The counts are made anew by the
-- program, which knows how.

-- +goose Up
DROP TABLE tallies;
CREATE TABLE tallies (
    environment  TEXT   NOT NULL,
    staff        TEXT   NOT NULL,
    day          TEXT   NOT NULL,
    mode         TEXT   NOT NULL,
    agent        TEXT   NOT NULL,           -- chain of stores of a day's payments; else empty
    codes        BIGINT NOT NULL DEFAULT 0, -- now: all; of a day: issued on it and not refused
    unpaid       BIGINT NOT NULL DEFAULT 0, -- now
    issued_total BIGINT NOT NULL DEFAULT 0, -- of a day: rupiah asked for
    missed       BIGINT NOT NULL DEFAULT 0, -- of a day: of those issued on it, without any payment so far
    missed_total BIGINT NOT NULL DEFAULT 0, -- of a day: rupiah asked for by them
    paid_codes   BIGINT NOT NULL DEFAULT 0, -- of a day: codes whose newest payment is of it
    late_codes   BIGINT NOT NULL DEFAULT 0, -- of a day: of those, paid after the deadline
    waited       BIGINT NOT NULL DEFAULT 0, -- of a day: seconds from making to payment of those
    payments     BIGINT NOT NULL DEFAULT 0, -- of a day: payments that count
    paid_total   BIGINT NOT NULL DEFAULT 0, -- of a day: their rupiah
    refunds      BIGINT NOT NULL DEFAULT 0, -- of a day: recorded on it
    refund_total BIGINT NOT NULL DEFAULT 0, -- of a day: their rupiah
    PRIMARY KEY (environment, day, staff, mode, agent)
);
-- What was counted so far is of the older way.
INSERT INTO settings (name, value) SELECT 'tallies', '2' WHERE EXISTS (SELECT 1 FROM codes) ON CONFLICT (name) DO NOTHING;

-- +goose Down
DROP TABLE tallies;
CREATE TABLE tallies (
    environment  TEXT   NOT NULL,
    staff        TEXT   NOT NULL,
    day          TEXT   NOT NULL,
    mode         TEXT   NOT NULL,
    codes        BIGINT NOT NULL DEFAULT 0,
    unpaid       BIGINT NOT NULL DEFAULT 0,
    issued_total BIGINT NOT NULL DEFAULT 0,
    paid_codes   BIGINT NOT NULL DEFAULT 0,
    payments     BIGINT NOT NULL DEFAULT 0,
    paid_total   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (environment, day, staff, mode)
);
