-- The page of exchanges finds a page of the common kinds and verdicts soon
-- without any help; these find the rare ones. What a callback brings about adds
-- to neither.

-- +goose Up
CREATE INDEX exchanges_rare_kinds ON exchanges (kind, id) WHERE kind NOT IN ('create', 'status', 'notification');
CREATE INDEX exchanges_rare_verdicts ON exchanges (verdict, id) WHERE verdict NOT IN ('verified', 'done');

-- +goose Down
DROP INDEX exchanges_rare_verdicts;
DROP INDEX exchanges_rare_kinds;
