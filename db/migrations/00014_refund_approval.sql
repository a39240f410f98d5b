-- A large refund waits for a second person. Those so far were recorded at once.

-- +goose Up
ALTER TABLE refunds ADD COLUMN status TEXT NOT NULL DEFAULT 'done'; -- waiting, done, declined
ALTER TABLE refunds ADD COLUMN decided_by TEXT NOT NULL DEFAULT ''; -- staff id of the second person
ALTER TABLE refunds ADD COLUMN done_at BIGINT NOT NULL DEFAULT 0;   -- when it began to count; 0: it does not
UPDATE refunds SET done_at = made_at;
DROP INDEX refunds_by_time;
CREATE INDEX refunds_by_time ON refunds (done_at, id);

-- +goose Down
DROP INDEX refunds_by_time;
CREATE INDEX refunds_by_time ON refunds (made_at);
ALTER TABLE refunds DROP COLUMN done_at;
ALTER TABLE refunds DROP COLUMN decided_by;
ALTER TABLE refunds DROP COLUMN status;
