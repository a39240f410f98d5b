-- The foot of a list adds up the amounts of the codes that it counts, refused ones
-- too. In what is kept for all time those were left out; days and months, which
-- reports add up, go on without such codes and their amounts.

-- +goose Up
UPDATE tallies SET issued_total = issued_total + COALESCE((SELECT SUM(amount) FROM codes WHERE codes.environment = tallies.environment
    AND codes.created_by = tallies.staff AND codes.status = 'rejected' AND codes.mode = tallies.mode), 0) WHERE day = '';

-- +goose Down
UPDATE tallies SET issued_total = issued_total - COALESCE((SELECT SUM(amount) FROM codes WHERE codes.environment = tallies.environment
    AND codes.created_by = tallies.staff AND codes.status = 'rejected' AND codes.mode = tallies.mode), 0) WHERE day = '';
