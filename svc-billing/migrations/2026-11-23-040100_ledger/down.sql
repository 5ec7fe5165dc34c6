DROP TABLE open_lines;
DROP TABLE postings;
DROP TABLE transactions;
DROP TABLE accounts;
DROP FUNCTION carry_balances, posting_balances, transaction_balances, assert_balanced, refuse_change;
