-- Lists in the order of payments begin at a moment. Of an index that has only
-- what was paid SQLite needs to hear "paid_at > 0" too, and of two lower bounds it
-- seeks one or the other, whichever its planner happens to meet: at 0 it walks
-- all that was ever paid. These have every code, so that one bound is enough.

-- +goose Up
DROP INDEX codes_by_paid_by_maker;
DROP INDEX codes_by_paid;
CREATE INDEX codes_by_paid ON codes (environment, paid_at, id);
CREATE INDEX codes_by_paid_by_maker ON codes (environment, created_by, paid_at, id);

-- +goose Down
DROP INDEX codes_by_paid_by_maker;
DROP INDEX codes_by_paid;
CREATE INDEX codes_by_paid ON codes (environment, paid_at, id) WHERE paid_at > 0;
CREATE INDEX codes_by_paid_by_maker ON codes (environment, created_by, paid_at, id) WHERE paid_at > 0;
