-- The next closing that the account was last announced with. Once that has passed, the account is announced anew, also
-- if nothing else happens to it. The epoch: never announced.
ALTER TABLE accounts ADD COLUMN announced_closing timestamptz NOT NULL DEFAULT 'epoch';

CREATE INDEX accounts_announced ON accounts (owner_kind, announced_closing) WHERE owner_kind <> 'company';
