-- The columns of an actor have the same names in all services, and the role is a word: the one of a
-- token's claim `roles`. A number without a word becomes NULL, which the column refuses.
-- contract: no deployment exists yet, so no earlier version uses these columns
ALTER TABLE contact_notes RENAME COLUMN by_role TO actor_role;
-- contract: no deployment exists yet, so no earlier version uses these columns
ALTER TABLE contact_notes RENAME COLUMN by_id TO actor_id;
-- contract: no deployment exists yet, so no earlier version uses these columns
ALTER TABLE contact_notes ALTER COLUMN actor_role TYPE text USING
    (ARRAY['anyone', 'client', 'worker', 'candidate', 'manager', 'quality', 'consumables', 'root',
           'service', 'system'])[actor_role];
