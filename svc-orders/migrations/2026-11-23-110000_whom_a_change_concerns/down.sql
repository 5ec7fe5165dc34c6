ALTER TABLE order_changes DROP COLUMN worker_id;
