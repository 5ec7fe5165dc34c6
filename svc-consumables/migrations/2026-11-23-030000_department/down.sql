DROP TABLE stock_movement, cookie, kit_step, kit_line, kit, service_type_materials, known_order, stock_balance, material, employee;
DROP FUNCTION stock_movement_apply, stock_movement_refuse, stock_balance_guard, stock_balance_empty;
