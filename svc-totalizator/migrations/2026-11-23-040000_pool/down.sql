DROP TABLE transfer, share, settlement, bet, known_order;
DROP FUNCTION bet_only_while_open, bet_is_final, settlement_is_exact, share_is_final;
