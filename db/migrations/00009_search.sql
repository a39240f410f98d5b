-- What a list finds its codes by. Every index ends in the id, so that a page
-- of whatever filter is read from where it begins and no further.

-- +goose Up
-- hash is that of a piece of a name, an invoice, a number (db/search.go). No
-- reference: codes are never deleted, and each would be looked up a dozen times.
CREATE TABLE code_tokens (
    hash    BIGINT NOT NULL,
    code_id TEXT   NOT NULL,
    PRIMARY KEY (hash, code_id)
);

DROP INDEX codes_by_maker;
DROP INDEX codes_by_status;
DROP INDEX codes_by_paid;
DROP INDEX codes_to_look_at;
CREATE INDEX codes_by_environment ON codes (environment, id);
CREATE INDEX codes_by_maker ON codes (environment, created_by, id);
CREATE INDEX codes_by_status ON codes (environment, status, id);
CREATE INDEX codes_by_maker_status ON codes (environment, created_by, status, id);
CREATE INDEX codes_by_mode ON codes (environment, mode, id) WHERE mode <> 'dgpc';
CREATE INDEX codes_unpaid ON codes (environment, id) WHERE status IN ('creating', 'unknown', 'active', 'cancelling');
CREATE INDEX codes_unpaid_by_maker ON codes (environment, created_by, id) WHERE status IN ('creating', 'unknown', 'active', 'cancelling');
CREATE INDEX codes_by_paid ON codes (environment, paid_at, id) WHERE paid_at > 0;
CREATE INDEX codes_by_paid_by_maker ON codes (environment, created_by, paid_at, id) WHERE paid_at > 0;
CREATE INDEX codes_to_look_at ON codes (environment, id) WHERE attention > 0;

-- +goose Down
DROP INDEX codes_to_look_at;
DROP INDEX codes_by_paid_by_maker;
DROP INDEX codes_by_paid;
DROP INDEX codes_unpaid_by_maker;
DROP INDEX codes_unpaid;
DROP INDEX codes_by_maker_status;
DROP INDEX codes_by_mode;
DROP INDEX codes_by_status;
DROP INDEX codes_by_maker;
DROP INDEX codes_by_environment;
CREATE INDEX codes_to_look_at ON codes (id) WHERE attention > 0;
CREATE INDEX codes_by_paid ON codes (paid_at) WHERE paid_at > 0;
CREATE INDEX codes_by_status ON codes (status, id);
CREATE INDEX codes_by_maker ON codes (created_by, id);
DROP TABLE code_tokens;
