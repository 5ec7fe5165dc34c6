ALTER TABLE contact_notes ALTER COLUMN actor_role TYPE integer USING
    array_position(ARRAY['anyone', 'client', 'worker', 'candidate', 'manager', 'quality', 'consumables',
                         'root', 'service', 'system'], actor_role);
ALTER TABLE contact_notes RENAME COLUMN actor_id TO by_id;
ALTER TABLE contact_notes RENAME COLUMN actor_role TO by_role;
