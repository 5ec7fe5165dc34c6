-- Table names are plural and actors' roles are words, as in all services. The old names are not kept
-- beside the new ones, because no deployment exists yet.
-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE employee RENAME TO employees;
-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE material RENAME TO materials;
-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE stock_balance RENAME TO stock_balances;
-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE stock_movement RENAME TO stock_movements;
-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE known_order RENAME TO orders;
-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE kit RENAME TO kits;
-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE kit_line RENAME TO kit_lines;
-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE kit_step RENAME TO kit_steps;
-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE cookie RENAME TO cookies;

-- Numbers of artel.access.v1.Role become the words of a token's roles claim.
-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE kit_steps ALTER COLUMN actor_role TYPE text USING
    (ARRAY['unspecified', 'anyone', 'client', 'worker', 'candidate', 'manager', 'quality', 'consumables',
           'root', 'service', 'system'])[actor_role + 1];
-- contract: no deployment exists yet, so no running program uses the old form
ALTER TABLE stock_movements ALTER COLUMN actor_role TYPE text USING
    (ARRAY['unspecified', 'anyone', 'client', 'worker', 'candidate', 'manager', 'quality', 'consumables',
           'root', 'service', 'system'])[actor_role + 1];

CREATE OR REPLACE FUNCTION stock_movement_apply() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stock_balances
       SET on_hand = on_hand + NEW.on_hand_change, reserved = reserved + NEW.reserved_change
     WHERE material_code = NEW.material_code;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING MESSAGE = 'material ' || NEW.material_code || ' has no balance';
    END IF;
    RETURN NULL;
END $$;
