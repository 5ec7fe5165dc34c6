CREATE OR REPLACE FUNCTION carry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A balanced pair that is slipped into an old transaction would pass the check above.
    IF EXISTS (
        SELECT FROM new_postings line JOIN transactions cause ON cause.id = line.transaction_id
        WHERE cause.booked_in <> pg_current_xact_id()
    ) THEN
        RAISE EXCEPTION 'postings are booked together with their transaction, not later'
            USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM 1 FROM accounts WHERE id IN (SELECT account_id FROM new_postings)
        ORDER BY owner_kind <> 'company', id FOR NO KEY UPDATE;
    UPDATE accounts SET
        balance = balance + moved.amount,
        paid = paid + CASE owner_kind WHEN 'company' THEN 0 ELSE moved.settled END,
        version = version + 1,
        changed_at = clock_timestamp()
    FROM (
        SELECT account_id, sum(amount)::bigint AS amount,
            coalesce(sum(abs(amount)) FILTER (WHERE reason IN ('payment', 'payout')), 0)::bigint AS settled
        FROM new_postings GROUP BY account_id
    ) moved
    WHERE accounts.id = moved.account_id;
    INSERT INTO open_lines (posting_id, account_id, amount, booked_at)
    SELECT line.id, line.account_id, line.amount, cause.booked_at
    FROM new_postings line
    JOIN transactions cause ON cause.id = line.transaction_id
    JOIN accounts account ON account.id = line.account_id AND account.owner_kind <> 'company'
    WHERE line.reason NOT IN ('payment', 'payout');
    RETURN NULL;
END
$$;

ALTER TABLE unsealed_entries RENAME TO unsealed;

CREATE OR REPLACE FUNCTION await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO unsealed SELECT id FROM new_transactions;
    RETURN NULL;
END
$$;

ALTER TABLE invoices DROP CONSTRAINT invoices_status_check;
UPDATE invoices SET status = 'payout-failed' WHERE status = 'payout_failed';
ALTER TABLE invoices ADD CONSTRAINT invoices_status_check
    CHECK (status IN ('issued', 'paid', 'overdue', 'payout-failed'));

ALTER TABLE payment_details RENAME COLUMN actor_id TO changed_by;
ALTER TABLE payment_details RENAME COLUMN actor_role TO changed_by_role;
