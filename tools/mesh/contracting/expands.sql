-- The older version notices none of these statements; the rule must accept this file.
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders ADD COLUMN n2 text NOT NULL DEFAULT '';
CREATE INDEX x ON orders (note);
CREATE TABLE fresh (id uuid PRIMARY KEY);
ALTER TABLE fresh ADD CONSTRAINT a CHECK (id IS NOT NULL);
CREATE UNIQUE INDEX fresh_i ON fresh (id);
CREATE TRIGGER t BEFORE UPDATE ON fresh FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- contract: nothing reads it since 2
DROP TABLE old;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM x;
    RETURN NEW;
END
$$;
