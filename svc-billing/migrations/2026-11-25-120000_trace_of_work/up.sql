-- The trace (W3C) in which the work was written down: it goes on when the work is done. Null where nothing was traced, and in
-- rows of releases that didn't know of it.
ALTER TABLE periods ADD COLUMN traceparent text;
ALTER TABLE attempts ADD COLUMN traceparent text;
