DROP TRIGGER refuse_change ON payment_details;
DELETE FROM payment_details old USING payment_details newer
    WHERE newer.account_id = old.account_id AND newer.id > old.id;
ALTER TABLE payment_details DROP COLUMN changed_by_role;
ALTER TABLE payment_details DROP COLUMN id;
DROP INDEX IF EXISTS payment_details_of_account;
ALTER TABLE payment_details ADD PRIMARY KEY (account_id);
