DROP INDEX accounts_announced;
ALTER TABLE accounts DROP COLUMN announced_closing;
