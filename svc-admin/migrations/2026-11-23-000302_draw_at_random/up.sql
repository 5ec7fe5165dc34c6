-- Order ids ascend with time. A draw that starts from a random point needs a key that doesn't.
ALTER TABLE reviewed_orders ADD COLUMN draw_key uuid NOT NULL DEFAULT gen_random_uuid();
CREATE INDEX reviewed_orders_draw ON reviewed_orders (draw_key) WHERE state = 'completed';
DROP INDEX reviewed_orders_completed;
