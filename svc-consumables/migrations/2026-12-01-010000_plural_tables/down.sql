ALTER TABLE kit_steps ALTER COLUMN actor_role TYPE integer USING
    array_position(ARRAY['unspecified', 'anyone', 'client', 'worker', 'candidate', 'manager', 'quality',
                         'consumables', 'root', 'service', 'system'], actor_role) - 1;
ALTER TABLE stock_movements ALTER COLUMN actor_role TYPE integer USING
    array_position(ARRAY['unspecified', 'anyone', 'client', 'worker', 'candidate', 'manager', 'quality',
                         'consumables', 'root', 'service', 'system'], actor_role) - 1;

ALTER TABLE cookies RENAME TO cookie;
ALTER TABLE kit_steps RENAME TO kit_step;
ALTER TABLE kit_lines RENAME TO kit_line;
ALTER TABLE kits RENAME TO kit;
ALTER TABLE orders RENAME TO known_order;
ALTER TABLE stock_movements RENAME TO stock_movement;
ALTER TABLE stock_balances RENAME TO stock_balance;
ALTER TABLE materials RENAME TO material;
ALTER TABLE employees RENAME TO employee;

CREATE OR REPLACE FUNCTION stock_movement_apply() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stock_balance
       SET on_hand = on_hand + NEW.on_hand_change, reserved = reserved + NEW.reserved_change
     WHERE material_code = NEW.material_code;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING MESSAGE = 'material ' || NEW.material_code || ' has no balance';
    END IF;
    RETURN NULL;
END $$;
