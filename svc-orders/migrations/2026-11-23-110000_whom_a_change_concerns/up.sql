-- Who performed the order when it changed, or was taken off it by this very change: a worker's watch goes by this, and so
-- hears of an order that is theirs no longer.
ALTER TABLE order_changes ADD COLUMN worker_id uuid REFERENCES workers;
CREATE INDEX order_changes_of_worker ON order_changes (worker_id, at) WHERE worker_id IS NOT NULL;
