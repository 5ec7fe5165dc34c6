ALTER TABLE attempts DROP COLUMN traceparent;
ALTER TABLE periods DROP COLUMN traceparent;
