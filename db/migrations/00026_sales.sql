-- Money without a code is told apart by what DOKU called the sale: that of other
-- systems often names neither till nor transaction. Of money from before this it
-- is not known.

-- +goose Up
ALTER TABLE payments ADD COLUMN sale TEXT NOT NULL DEFAULT '';
CREATE INDEX payments_of_sale ON payments (sale) WHERE code_id IS NULL;

-- +goose Down
DROP INDEX payments_of_sale;
ALTER TABLE payments DROP COLUMN sale;
