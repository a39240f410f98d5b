-- A code knows how much of its money a person set aside, so that lists can tell it
-- from income without reading its payments.

-- +goose Up
ALTER TABLE codes ADD COLUMN aside_total BIGINT NOT NULL DEFAULT 0;
UPDATE codes SET aside_total = (SELECT CAST(SUM(amount) AS BIGINT) FROM payments WHERE code_id = codes.id AND standing = 'aside')
	WHERE id IN (SELECT code_id FROM payments WHERE standing = 'aside');

-- +goose Down
ALTER TABLE codes DROP COLUMN aside_total;
