DROP TABLE letter_allowances;
