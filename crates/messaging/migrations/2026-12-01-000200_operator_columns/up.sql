-- The role is stored as its word, as in all tables with an actor. No deployment exists yet, therefore
-- the columns change in one step instead of expand and contract.
-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE parked ALTER COLUMN dropped_by_role TYPE text USING
    (ARRAY ['unspecified', 'anyone', 'client', 'worker', 'candidate', 'manager', 'quality', 'consumables', 'root',
            'service', 'system'])[dropped_by_role + 1];
-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE parked RENAME COLUMN dropped_by TO dropped_by_id;
