-- A row is a request to match an order: the table and its columns now say so. No deployment exists
-- yet. The view lets the version before run on this schema, so that a roll-out can be taken back; a
-- later migration drops it.
-- contract: the view below takes the table's name.
ALTER TABLE match_queue RENAME TO match_requests;
-- contract: the view below has the old name.
ALTER TABLE match_requests RENAME COLUMN wanted TO requested;
-- contract: the view below has the old name.
ALTER TABLE match_requests RENAME COLUMN tried TO attempted;
-- contract: no statement names it.
ALTER TABLE match_requests RENAME CONSTRAINT match_queue_pkey TO match_requests_pkey;
-- contract: no statement names it.
ALTER TABLE match_requests RENAME CONSTRAINT match_queue_order_id_fkey TO match_requests_order_id_fkey;
CREATE VIEW match_queue AS
    SELECT order_id, slot_start, slot_end, requested AS wanted, attempted AS tried, retry_at, traceparent
    FROM match_requests;
