ALTER TABLE cookie DROP COLUMN traceparent;
