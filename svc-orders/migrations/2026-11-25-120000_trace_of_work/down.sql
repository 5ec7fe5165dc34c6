ALTER TABLE match_queue DROP COLUMN traceparent;
