-- +goose Up
-- What the audit is asked for by kind and happens seldom is found without
-- walking the log. The common kinds, nearly all there is, cost nothing here.
CREATE INDEX events_rare ON events (kind, seq)
    WHERE kind NOT IN ('created', 'activated', 'paid', 'viewed', 'handed_over', 'expired', 'cancel_asked', 'cancelled');

-- +goose Down
DROP INDEX events_rare;
