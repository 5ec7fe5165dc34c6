-- All services name the columns of an actor alike: actor_role and actor_id. Columns are renamed in one
-- step, because no deployment exists yet.
-- contract: no deployment exists yet, so no earlier version reads these columns
ALTER TABLE entry_versions RENAME COLUMN changed_by_role TO actor_role;
-- contract: no deployment exists yet, so no earlier version reads these columns
ALTER TABLE entry_versions RENAME COLUMN changed_by_id TO actor_id;
-- contract: no deployment exists yet, so no earlier version reads these columns
ALTER TABLE audit_entries RENAME COLUMN by_role TO actor_role;
-- contract: no deployment exists yet, so no earlier version reads these columns
ALTER TABLE audit_entries RENAME COLUMN by_id TO actor_id;
-- contract: no deployment exists yet, so no earlier version reads these columns
ALTER TABLE story_entries RENAME COLUMN by_role TO actor_role;
-- contract: no deployment exists yet, so no earlier version reads these columns
ALTER TABLE story_entries RENAME COLUMN by_id TO actor_id;
-- contract: no deployment exists yet, so no earlier version reads these columns
ALTER TABLE case_notes RENAME COLUMN by_role TO actor_role;
-- contract: no deployment exists yet, so no earlier version reads these columns
ALTER TABLE case_notes RENAME COLUMN by_id TO actor_id;
-- contract: no deployment exists yet, so no earlier version reads these columns
ALTER TABLE hypotheses RENAME COLUMN created_by_role TO actor_role;
-- contract: no deployment exists yet, so no earlier version reads these columns
ALTER TABLE hypotheses RENAME COLUMN created_by_id TO actor_id;
