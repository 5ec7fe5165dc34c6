-- Columns of actors, names of tables and words of states as in all services. The old ones are not kept
-- beside the new ones, because no deployment exists yet.
-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE payment_details RENAME COLUMN changed_by_role TO actor_role;
-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE payment_details RENAME COLUMN changed_by TO actor_id;

-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE invoices DROP CONSTRAINT invoices_status_check;
UPDATE invoices SET status = 'payout_failed' WHERE status = 'payout-failed';
-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE invoices ADD CONSTRAINT invoices_status_check
    CHECK (status IN ('issued', 'paid', 'overdue', 'payout_failed'));

-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE unsealed RENAME TO unsealed_entries;

CREATE OR REPLACE FUNCTION await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO unsealed_entries SELECT id FROM new_transactions;
    RETURN NULL;
END
$$;

-- An account changes when the service says that its transaction was booked, not when the database's own
-- clock says so: all times of the service come from one clock.
CREATE OR REPLACE FUNCTION carry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A balanced pair that is added to an old transaction would pass the check of the sum.
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
        changed_at = greatest(changed_at, moved.booked_at)
    FROM (
        SELECT line.account_id, sum(line.amount)::bigint AS amount, max(cause.booked_at) AS booked_at,
            coalesce(sum(abs(line.amount)) FILTER (WHERE line.reason IN ('payment', 'payout')), 0)::bigint
                AS settled
        FROM new_postings line JOIN transactions cause ON cause.id = line.transaction_id
        GROUP BY line.account_id
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
