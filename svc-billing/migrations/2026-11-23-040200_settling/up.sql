-- Periods, invoices, charges and payouts (B5–B7).

-- For exclusion constraints over a word and a range.
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- How a client pays, or whom the payout provider pays for a worker.
CREATE TABLE payment_details (
    account_id uuid PRIMARY KEY REFERENCES accounts,
    provider text NOT NULL,
    token text NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE periods (
    id uuid PRIMARY KEY,
    owner_kind text NOT NULL CHECK (owner_kind IN ('client', 'worker')),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL,
    -- Null while accounts are still being closed.
    closed_at timestamptz,
    CHECK (starts_at < ends_at),
    -- No moment is closed twice.
    EXCLUDE USING gist (owner_kind WITH =, tstzrange(starts_at, ends_at) WITH &&)
);

CREATE INDEX periods_unfinished ON periods (ends_at) WHERE closed_at IS NULL;

-- One account of one period, closed: once, whichever replica did it.
CREATE TABLE closings (
    period_id uuid NOT NULL REFERENCES periods,
    account_id uuid NOT NULL REFERENCES accounts,
    -- As the owner sees it: positive was invoiced, anything else is carried over.
    total bigint NOT NULL,
    closed_at timestamptz NOT NULL,
    PRIMARY KEY (period_id, account_id)
);

CREATE SEQUENCE invoice_numbers;

CREATE TABLE invoices (
    id uuid PRIMARY KEY,
    sequence bigint NOT NULL UNIQUE,
    number text NOT NULL UNIQUE,
    account_id uuid NOT NULL REFERENCES accounts,
    period_id uuid NOT NULL REFERENCES periods,
    amount bigint NOT NULL CHECK (amount > 0),
    currency text NOT NULL,
    line_count integer NOT NULL CHECK (line_count > 0),
    status text NOT NULL CHECK (status IN ('issued', 'paid', 'overdue', 'payout-failed')),
    issued_at timestamptz NOT NULL,
    paid_at timestamptz,
    CHECK ((status = 'paid') = (paid_at IS NOT NULL)),
    UNIQUE (account_id, period_id),
    FOREIGN KEY (period_id, account_id) REFERENCES closings
);

CREATE INDEX invoices_of_account ON invoices (account_id, sequence DESC);

-- Paid is final, and what was asked for never changes.
CREATE FUNCTION refuse_other_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'paid' OR (NEW.id, NEW.sequence, NEW.number, NEW.account_id, NEW.period_id, NEW.amount,
            NEW.currency, NEW.line_count, NEW.issued_at)
        IS DISTINCT FROM (OLD.id, OLD.sequence, OLD.number, OLD.account_id, OLD.period_id, OLD.amount,
            OLD.currency, OLD.line_count, OLD.issued_at) THEN
        RAISE EXCEPTION 'invoice % is final in this respect', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER refuse_other_invoice BEFORE UPDATE ON invoices
    FOR EACH ROW EXECUTE FUNCTION refuse_other_invoice();
CREATE TRIGGER refuse_removal BEFORE DELETE OR TRUNCATE ON invoices
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Every line is in at most one invoice, ever.
CREATE TABLE invoice_lines (
    posting_id bigint PRIMARY KEY REFERENCES postings,
    invoice_id uuid NOT NULL REFERENCES invoices
);

CREATE INDEX invoice_lines_of_invoice ON invoice_lines (invoice_id, posting_id);

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice_lines
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Work: each row is one attempt to charge a client or to pay a worker out. Its id is the idempotency key that the
-- provider gets, so an attempt whose outcome is unknown is repeated under the same id.
CREATE TABLE attempts (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('charge', 'payout')),
    invoice_id uuid NOT NULL REFERENCES invoices,
    account_id uuid NOT NULL REFERENCES accounts,
    number integer NOT NULL CHECK (number >= 1),
    status text NOT NULL CHECK (status IN ('pending', 'accepted', 'succeeded', 'failed')),
    -- Frozen at the first try: a repeated request must be the same request.
    provider text,
    token text,
    -- The provider's own id.
    reference text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    tries integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    CHECK ((status IN ('succeeded', 'failed')) = (finished_at IS NOT NULL)),
    CHECK ((provider IS NULL) = (token IS NULL)),
    UNIQUE (invoice_id, number)
);

-- Money never leaves twice: one attempt under way, and one success, per invoice.
CREATE UNIQUE INDEX attempts_one_under_way ON attempts (invoice_id) WHERE status IN ('pending', 'accepted');
CREATE UNIQUE INDEX attempts_one_success ON attempts (invoice_id) WHERE status = 'succeeded';
CREATE INDEX attempts_due ON attempts (kind, due_at) WHERE status IN ('pending', 'accepted');
CREATE INDEX attempts_of_account ON attempts (account_id, id DESC);
CREATE INDEX attempts_of_kind ON attempts (kind, id DESC);
