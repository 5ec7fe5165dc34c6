ALTER TABLE parked RENAME COLUMN dropped_by_id TO dropped_by;
ALTER TABLE parked ALTER COLUMN dropped_by_role TYPE integer USING
    array_position(ARRAY ['unspecified', 'anyone', 'client', 'worker', 'candidate', 'manager', 'quality', 'consumables',
                          'root', 'service', 'system'], dropped_by_role) - 1;
