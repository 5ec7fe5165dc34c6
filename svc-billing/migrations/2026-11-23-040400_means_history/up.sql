-- Who chose which card or beneficiary, and when, is kept (G6): each choice is a row, the newest is the one that holds.
ALTER TABLE payment_details DROP CONSTRAINT payment_details_pkey;
ALTER TABLE payment_details ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
-- Empty for choices from before roles were written down.
ALTER TABLE payment_details ADD COLUMN changed_by_role text NOT NULL DEFAULT '';
ALTER TABLE payment_details ALTER COLUMN changed_by_role DROP DEFAULT;

CREATE INDEX payment_details_of_account ON payment_details (account_id, id DESC);

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_details
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
