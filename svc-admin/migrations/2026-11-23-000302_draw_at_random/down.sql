CREATE INDEX reviewed_orders_completed ON reviewed_orders (order_id) WHERE state = 'completed';
DROP INDEX reviewed_orders_draw;
ALTER TABLE reviewed_orders DROP COLUMN draw_key;
