-- When the personal detail of a code's customer was blanked; 0: it was not.

-- +goose Up
ALTER TABLE codes ADD COLUMN blanked_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX codes_unblanked ON codes (id) WHERE blanked_at = 0;

-- +goose Down
DROP INDEX codes_unblanked;
ALTER TABLE codes DROP COLUMN blanked_at;
