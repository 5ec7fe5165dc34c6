-- Each statement removes something from the older version; the rule must name each of them.
DROP TABLE old;
ALTER TABLE orders DROP COLUMN note;
ALTER TABLE orders RENAME COLUMN a TO b;
alter table orders alter column a set not null;
ALTER TABLE orders ALTER COLUMN a TYPE bigint;
ALTER TABLE orders ADD COLUMN z text NOT NULL;
ALTER TABLE orders ADD COLUMN y text NOT NULL, ADD COLUMN x int NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN w text NOT NULL, ALTER COLUMN v SET DEFAULT 0;
ALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0);
ALTER TABLE orders ADD FOREIGN KEY (a) REFERENCES b;
CREATE UNIQUE INDEX u ON orders (a);
CREATE TRIGGER t BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- contract:
DROP INDEX x;
