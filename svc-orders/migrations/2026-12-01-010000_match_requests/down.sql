DROP VIEW match_queue;
ALTER TABLE match_requests RENAME CONSTRAINT match_requests_order_id_fkey TO match_queue_order_id_fkey;
ALTER TABLE match_requests RENAME CONSTRAINT match_requests_pkey TO match_queue_pkey;
ALTER TABLE match_requests RENAME COLUMN attempted TO tried;
ALTER TABLE match_requests RENAME COLUMN requested TO wanted;
ALTER TABLE match_requests RENAME TO match_queue;
