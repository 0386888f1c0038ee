-- What of a payment is applied to which invoices, where a vendor says so at the payment; days of
-- payment.
ALTER TABLE invoices ADD COLUMN paid_on TEXT;
ALTER TABLE payments ADD COLUMN paid_on TEXT;

CREATE TABLE payment_applications (
  connection TEXT NOT NULL,
  payment_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  id TEXT,
  invoice_id TEXT,
  currency TEXT,
  amount TEXT,
  amount_minor TEXT,
  applied_at TEXT,
  applied_on TEXT,
  PRIMARY KEY (connection, payment_id, position)
) STRICT;

CREATE INDEX applications_by_invoice ON payment_applications (connection, invoice_id);
