DROP TRIGGER await_seal ON transactions;
DROP FUNCTION await_seal;
DROP TABLE unsealed;
DROP TABLE sealed_entries;
DROP TABLE journal_blocks;
