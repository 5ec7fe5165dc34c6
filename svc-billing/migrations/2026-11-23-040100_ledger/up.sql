-- The double-entry ledger (B1, B2). The database itself holds its invariants: whatever program, whatever bug writes here,
-- a transaction balances, what is written stays, and a balance is the sum of its postings.

CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    owner_kind text NOT NULL CHECK (owner_kind IN ('client', 'worker', 'company')),
    -- The client's or worker's id, or the company account's code.
    owner text NOT NULL CHECK (owner <> ''),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- Debits positive. Kept by the trigger on postings alone.
    balance bigint NOT NULL DEFAULT 0,
    -- Cumulative, positive: what a client has paid, what was paid out to a worker. Kept by the same trigger.
    paid bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    opened_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (owner_kind, owner),
    -- What postings refer to, so that no account ever holds two currencies.
    UNIQUE (id, currency)
);

CREATE TABLE transactions (
    id uuid PRIMARY KEY,
    -- The order in which lists show them. Not the order of commits.
    sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    -- One cause posts once, ever.
    cause text NOT NULL UNIQUE,
    order_id uuid,
    note text NOT NULL,
    actor_role text NOT NULL,
    actor_id text NOT NULL,
    occurred_at timestamptz NOT NULL,
    booked_at timestamptz NOT NULL,
    -- The database transaction that wrote it: only that one may add its postings.
    booked_in xid8 NOT NULL DEFAULT pg_current_xact_id()
);

CREATE INDEX transactions_of_order ON transactions (order_id, sequence DESC) WHERE order_id IS NOT NULL;

CREATE TABLE postings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction_id uuid NOT NULL REFERENCES transactions,
    account_id uuid NOT NULL,
    amount bigint NOT NULL CHECK (amount <> 0),
    currency text NOT NULL,
    reason text NOT NULL,
    FOREIGN KEY (account_id, currency) REFERENCES accounts (id, currency)
);

CREATE INDEX postings_of_transaction ON postings (transaction_id);
CREATE INDEX postings_of_account ON postings (account_id, id DESC);

-- Lines of clients and workers that no invoice holds yet: what the next closing takes. Written by the trigger on
-- postings, emptied by closings.
CREATE TABLE open_lines (
    posting_id bigint PRIMARY KEY REFERENCES postings,
    account_id uuid NOT NULL REFERENCES accounts,
    amount bigint NOT NULL,
    booked_at timestamptz NOT NULL
);

CREATE INDEX open_lines_of_account ON open_lines (account_id, booked_at);

-- Zero-sum and at least two postings, looked at when the transaction commits: only then are all of them there.
CREATE FUNCTION assert_balanced(checked uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    lines bigint;
    total numeric;
BEGIN
    SELECT count(*), coalesce(sum(amount), 0) INTO lines, total FROM postings WHERE transaction_id = checked;
    IF lines < 2 THEN
        RAISE EXCEPTION 'transaction % has % postings and needs two', checked, lines
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transaction_has_two_postings';
    END IF;
    IF total <> 0 THEN
        RAISE EXCEPTION 'the postings of transaction % sum to % and not to zero', checked, total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transaction_balances';
    END IF;
END
$$;

CREATE FUNCTION transaction_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM assert_balanced(NEW.id);
    RETURN NULL;
END
$$;

CREATE FUNCTION posting_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM assert_balanced(NEW.transaction_id);
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER transaction_balances AFTER INSERT ON transactions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION transaction_balances();
CREATE CONSTRAINT TRIGGER posting_balances AFTER INSERT ON postings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION posting_balances();

-- Balances move with the postings, in the same statement. Company accounts are locked first, then by id: everybody locks
-- in this order, so posters that share accounts wait for each other and never deadlock within one statement.
CREATE FUNCTION carry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER carry_balances AFTER INSERT ON postings
    REFERENCING NEW TABLE AS new_postings FOR EACH STATEMENT EXECUTE FUNCTION carry_balances();

-- What is written stays.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON transactions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON postings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_removal BEFORE DELETE OR TRUNCATE ON accounts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_other_identity BEFORE UPDATE OF id, owner_kind, owner, currency ON accounts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- A balance moves only with postings: inside the trigger above, never by a statement of its own.
CREATE TRIGGER refuse_other_balance BEFORE UPDATE OF balance, paid ON accounts
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_first_balance BEFORE INSERT ON accounts
    FOR EACH ROW WHEN (NEW.balance <> 0 OR NEW.paid <> 0) EXECUTE FUNCTION refuse_change();
