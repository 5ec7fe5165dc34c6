-- How many letters strangers may still cause to one person (H1): when the person's allowance will be full again. A row is
-- also what applications of one person queue at, so that they come one after the other.
CREATE TABLE letter_allowances (
    person_key bytea PRIMARY KEY,
    full_at timestamptz NOT NULL
);
CREATE INDEX letter_allowances_full ON letter_allowances (full_at);
