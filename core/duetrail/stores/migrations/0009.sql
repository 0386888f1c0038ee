-- Credit notes and what they are used for, instalments, write-offs of a part, refunds, messages on
-- other channels than email.
ALTER TABLE invoices ADD COLUMN original_invoice_id TEXT;
ALTER TABLE invoices ADD COLUMN amount_credited TEXT;
ALTER TABLE invoices ADD COLUMN amount_credited_minor TEXT;
ALTER TABLE invoices ADD COLUMN amount_written_off TEXT;
ALTER TABLE invoices ADD COLUMN amount_written_off_minor TEXT;
ALTER TABLE emails ADD COLUMN channel TEXT;
ALTER TABLE emails ADD COLUMN channel_raw TEXT;
ALTER TABLE payments ADD COLUMN refund_of_id TEXT;

CREATE INDEX credit_notes_by_invoice ON invoices (connection, original_invoice_id)
WHERE original_invoice_id IS NOT NULL;

CREATE TABLE instalments (
  connection TEXT NOT NULL,
  invoice_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  id TEXT,
  status TEXT,
  status_raw TEXT,
  currency TEXT,
  amount TEXT,
  amount_minor TEXT,
  amount_paid TEXT,
  amount_paid_minor TEXT,
  amount_remaining TEXT,
  amount_remaining_minor TEXT,
  due_at TEXT,
  due_on TEXT,
  paid_at TEXT,
  PRIMARY KEY (connection, invoice_id, position)
) STRICT;

CREATE TABLE credit_allocations (
  connection TEXT NOT NULL,
  invoice_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  id TEXT,
  credit_note_id TEXT,
  applied_invoice_id TEXT,
  refund_id TEXT,
  currency TEXT,
  amount TEXT,
  amount_minor TEXT,
  applied_at TEXT,
  PRIMARY KEY (connection, invoice_id, position)
) STRICT;
