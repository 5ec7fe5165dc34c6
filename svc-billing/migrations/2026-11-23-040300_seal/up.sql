-- The journal's seal (B10): hash-linked blocks over every transaction.

CREATE TABLE journal_blocks (
    height bigint PRIMARY KEY CHECK (height >= 1),
    previous bytea NOT NULL CHECK (length(previous) = 32),
    hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    entries integer NOT NULL CHECK (entries >= 1),
    sealed_at timestamptz NOT NULL,
    -- A chain, not a tree.
    UNIQUE (previous)
);

CREATE TABLE sealed_entries (
    transaction_id uuid PRIMARY KEY REFERENCES transactions,
    height bigint NOT NULL REFERENCES journal_blocks,
    position integer NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    UNIQUE (height, position)
);

-- What waits for the next block. Transactions commit in another order than they are numbered, so "after the last one
-- sealed" would lose some; a row here is what keeps each from being forgotten.
CREATE TABLE unsealed (
    transaction_id uuid PRIMARY KEY REFERENCES transactions
);

INSERT INTO unsealed SELECT id FROM transactions;

CREATE FUNCTION await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO unsealed SELECT id FROM new_transactions;
    RETURN NULL;
END
$$;

CREATE TRIGGER await_seal AFTER INSERT ON transactions
    REFERENCING NEW TABLE AS new_transactions FOR EACH STATEMENT EXECUTE FUNCTION await_seal();

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_blocks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
