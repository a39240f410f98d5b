-- +goose Up
-- What went over the wire about no code of ours has names in it too, and is
-- blanked by its own age.
CREATE INDEX exchanges_unblanked ON exchanges (id) WHERE code_id = '' AND url <> '';

-- +goose Down
DROP INDEX exchanges_unblanked;
