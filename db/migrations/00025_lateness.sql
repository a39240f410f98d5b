-- Whether a code's newest payment came after the deadline is found once, when the
-- payment comes: the deadline may move afterwards, and is by another clock than
-- the payment's date when DOKU asks us.

-- +goose Up
ALTER TABLE codes ADD COLUMN late BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE codes SET late = TRUE WHERE paid_at > 0 AND EXISTS (
    SELECT 1 FROM payments WHERE code_id = codes.id AND late AND standing = 'counted' AND payments.paid_at = codes.paid_at);

-- +goose Down
ALTER TABLE codes DROP COLUMN late;
