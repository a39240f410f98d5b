-- Money that the shop gave back itself, in cash or by transfer: a till cannot.

-- +goose Up
CREATE TABLE refunds (
    id      TEXT   NOT NULL PRIMARY KEY,
    code_id TEXT   NOT NULL REFERENCES codes (id),
    amount  BIGINT NOT NULL,
    method  TEXT   NOT NULL,
    reason  TEXT   NOT NULL,
    made_by TEXT   NOT NULL,
    made_at BIGINT NOT NULL
);
CREATE INDEX refunds_of_code ON refunds (code_id, id);
CREATE INDEX refunds_by_time ON refunds (made_at);

-- +goose Down
DROP TABLE refunds;
