DROP TABLE attempts;
DROP TABLE invoice_lines;
DROP TABLE invoices;
DROP SEQUENCE invoice_numbers;
DROP TABLE closings;
DROP TABLE periods;
DROP TABLE payment_details;
DROP FUNCTION refuse_other_invoice;
