-- The first schema. Record tables follow duetrail.model (a test compares them); the others are the
-- engine's own. Never edit a migration that has been released: add the next one.

CREATE TABLE invoices (
  connection TEXT NOT NULL,
  id TEXT NOT NULL,
  remote_id TEXT,
  number TEXT,
  purchase_order TEXT,
  order_number TEXT,
  kind TEXT,
  kind_raw TEXT,
  status TEXT,
  status_raw TEXT,
  overdue INTEGER,
  in_dispute INTEGER,
  currency TEXT,
  total TEXT,
  total_minor TEXT,
  subtotal TEXT,
  subtotal_minor TEXT,
  tax TEXT,
  tax_minor TEXT,
  discount TEXT,
  discount_minor TEXT,
  amount_paid TEXT,
  amount_paid_minor TEXT,
  amount_due TEXT,
  amount_due_minor TEXT,
  amount_remaining TEXT,
  amount_remaining_minor TEXT,
  issued_at TEXT,
  issued_on TEXT,
  due_at TEXT,
  due_on TEXT,
  paid_at TEXT,
  voided_at TEXT,
  written_off_at TEXT,
  promised_to_pay_on TEXT,
  period_start_at TEXT,
  period_end_at TEXT,
  customer_id TEXT,
  customer_remote_id TEXT,
  customer_name TEXT,
  billing_email TEXT,
  billing_address TEXT,
  shipping_address TEXT,
  last_outreach_at TEXT,
  last_outreach_channel TEXT,
  last_outreach_channel_raw TEXT,
  last_outreach_to TEXT,
  document_url TEXT,
  payment_url TEXT,
  lines_complete INTEGER,
  outbound_calls INTEGER,
  inbound_calls INTEGER,
  created_at TEXT,
  updated_at TEXT,
  absent_since TEXT,
  PRIMARY KEY (connection, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE invoice_lines (
  connection TEXT NOT NULL,
  invoice_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  id TEXT,
  remote_id TEXT,
  line_number TEXT,
  name TEXT,
  description TEXT,
  product_type TEXT,
  quantity TEXT,
  currency TEXT,
  unit_price TEXT,
  unit_price_minor TEXT,
  total TEXT,
  total_minor TEXT,
  discount TEXT,
  discount_minor TEXT,
  tax TEXT,
  tax_minor TEXT,
  period_start_at TEXT,
  period_end_at TEXT,
  created_at TEXT,
  updated_at TEXT,
  PRIMARY KEY (connection, invoice_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment_allocations (
  connection TEXT NOT NULL,
  invoice_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  id TEXT,
  payment_id TEXT,
  remote_id TEXT,
  currency TEXT,
  amount TEXT,
  amount_minor TEXT,
  approved INTEGER,
  approved_at TEXT,
  strategy TEXT,
  payment_currency TEXT,
  payment_amount TEXT,
  payment_amount_minor TEXT,
  payment_refunded TEXT,
  payment_refunded_minor TEXT,
  payment_status TEXT,
  payment_status_raw TEXT,
  payment_method TEXT,
  payment_method_raw TEXT,
  payment_reference TEXT,
  paid_at TEXT,
  created_at TEXT,
  updated_at TEXT,
  PRIMARY KEY (connection, invoice_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE calls (
  connection TEXT NOT NULL,
  id TEXT NOT NULL,
  customer_id TEXT,
  provider_id TEXT,
  callout_id TEXT,
  direction TEXT,
  direction_raw TEXT,
  status TEXT,
  status_raw TEXT,
  outcome TEXT,
  outcome_raw TEXT,
  voicemail INTEGER,
  from_number TEXT,
  to_number TEXT,
  started_at TEXT,
  answered_at TEXT,
  ended_at TEXT,
  duration_seconds INTEGER,
  billed_seconds INTEGER,
  reason TEXT,
  agent_kind TEXT,
  agent_kind_raw TEXT,
  agent_id TEXT,
  recording_url TEXT,
  transcript_url TEXT,
  transcript TEXT,
  transcript_parts TEXT,
  summary TEXT,
  sentiment TEXT,
  sentiment_raw TEXT,
  keywords TEXT,
  tags TEXT,
  currency TEXT,
  cost TEXT,
  cost_minor TEXT,
  created_at TEXT,
  updated_at TEXT,
  absent_since TEXT,
  PRIMARY KEY (connection, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE callouts (
  connection TEXT NOT NULL,
  id TEXT NOT NULL,
  customer_id TEXT,
  derived INTEGER,
  kind TEXT,
  kind_raw TEXT,
  status TEXT,
  status_raw TEXT,
  priority TEXT,
  priority_raw TEXT,
  channels TEXT,
  scheduled_at TEXT,
  started_at TEXT,
  completed_at TEXT,
  contact_name TEXT,
  contact_email TEXT,
  contact_phone TEXT,
  agent_id TEXT,
  attempts_total INTEGER,
  attempts_successful INTEGER,
  created_at TEXT,
  updated_at TEXT,
  absent_since TEXT,
  PRIMARY KEY (connection, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE callout_attempts (
  connection TEXT NOT NULL,
  callout_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  id TEXT,
  channel TEXT,
  channel_raw TEXT,
  status TEXT,
  status_raw TEXT,
  attempted_at TEXT,
  duration_seconds INTEGER,
  agent_id TEXT,
  summary TEXT,
  recording_url TEXT,
  transcript_url TEXT,
  email_subject TEXT,
  opened_at TEXT,
  clicked_at TEXT,
  PRIMARY KEY (connection, callout_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE emails (
  connection TEXT NOT NULL,
  id TEXT NOT NULL,
  customer_id TEXT,
  remote_id TEXT,
  thread_id TEXT,
  parent_id TEXT,
  callout_id TEXT,
  direction TEXT,
  direction_raw TEXT,
  status TEXT,
  status_raw TEXT,
  delivery_status TEXT,
  delivery_status_raw TEXT,
  bounced INTEGER,
  bounced_addresses TEXT,
  from_address TEXT,
  to_addresses TEXT,
  cc_addresses TEXT,
  bcc_addresses TEXT,
  reply_to_addresses TEXT,
  subject TEXT,
  text TEXT,
  html TEXT,
  preview TEXT,
  planned_at TEXT,
  sent_at TEXT,
  opened_at TEXT,
  clicked_at TEXT,
  bounced_at TEXT,
  initiator_kind TEXT,
  initiator_kind_raw TEXT,
  initiator_id TEXT,
  initiator_name TEXT,
  is_automated INTEGER,
  is_generated INTEGER,
  reason TEXT,
  error TEXT,
  created_at TEXT,
  updated_at TEXT,
  absent_since TEXT,
  PRIMARY KEY (connection, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE attachments (
  connection TEXT NOT NULL,
  email_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  id TEXT,
  name TEXT,
  media_type TEXT,
  size_bytes INTEGER,
  created_at TEXT,
  PRIMARY KEY (connection, email_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE parties (
  connection TEXT NOT NULL,
  id TEXT NOT NULL,
  remote_id TEXT,
  name TEXT,
  legal_name TEXT,
  is_company INTEGER,
  is_active INTEGER,
  parent_id TEXT,
  account_number TEXT,
  tax_number TEXT,
  email TEXT,
  phone TEXT,
  timezone TEXT,
  currency TEXT,
  email_disabled INTEGER,
  phone_disabled INTEGER,
  email_paused INTEGER,
  call_paused INTEGER,
  billing_address TEXT,
  shipping_address TEXT,
  created_at TEXT,
  updated_at TEXT,
  absent_since TEXT,
  PRIMARY KEY (connection, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE contacts (
  connection TEXT NOT NULL,
  party_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  id TEXT,
  remote_id TEXT,
  name TEXT,
  email TEXT,
  phone TEXT,
  job_title TEXT,
  role TEXT,
  is_primary INTEGER,
  email_disabled INTEGER,
  phone_disabled INTEGER,
  created_at TEXT,
  updated_at TEXT,
  PRIMARY KEY (connection, party_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE payments (
  connection TEXT NOT NULL,
  id TEXT NOT NULL,
  remote_id TEXT,
  customer_id TEXT,
  currency TEXT,
  amount TEXT,
  amount_minor TEXT,
  refunded TEXT,
  refunded_minor TEXT,
  status TEXT,
  status_raw TEXT,
  method TEXT,
  method_raw TEXT,
  reference TEXT,
  description TEXT,
  paid_at TEXT,
  created_at TEXT,
  updated_at TEXT,
  absent_since TEXT,
  PRIMARY KEY (connection, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX invoices_by_number ON invoices (connection, number);
CREATE INDEX invoices_by_remote_id ON invoices (connection, remote_id);
CREATE INDEX invoices_by_customer ON invoices (connection, customer_id, period_start_at);
CREATE INDEX emails_by_callout ON emails (connection, callout_id);

CREATE TABLE links (
  connection TEXT NOT NULL,
  record TEXT NOT NULL,
  id TEXT NOT NULL,
  invoice_connection TEXT NOT NULL,
  invoice_id TEXT NOT NULL,
  how TEXT NOT NULL,
  rule TEXT NOT NULL,
  PRIMARY KEY (connection, record, id, invoice_connection, invoice_id, how, rule)
) STRICT, WITHOUT ROWID;

CREATE INDEX links_by_invoice ON links (invoice_connection, invoice_id);

CREATE TABLE copies (
  connection TEXT NOT NULL,
  record TEXT NOT NULL,
  id TEXT NOT NULL,
  resource TEXT NOT NULL,
  shape TEXT NOT NULL,
  within TEXT NOT NULL,
  version TEXT NOT NULL,
  hash BLOB NOT NULL,
  page INTEGER NOT NULL,
  path TEXT NOT NULL,
  run INTEGER NOT NULL, -- the last that saw it just so
  lost INTEGER NOT NULL, -- 0, or the first run that proved it is not there any more
  PRIMARY KEY (connection, record, resource, shape, id, within)
) STRICT, WITHOUT ROWID;

CREATE INDEX copies_by_worth ON copies (connection, record, id, resource, shape, version, hash);
CREATE INDEX copies_by_page ON copies (page);

CREATE TABLE bodies (
  hash BLOB NOT NULL PRIMARY KEY,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE derivations (
  connection TEXT NOT NULL,
  record TEXT NOT NULL,
  id TEXT NOT NULL,
  derived TEXT NOT NULL,
  derived_id TEXT NOT NULL,
  PRIMARY KEY (connection, record, id, derived, derived_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE pages (
  number INTEGER PRIMARY KEY,
  connection TEXT NOT NULL,
  resource TEXT NOT NULL,
  shard TEXT NOT NULL,
  run INTEGER NOT NULL,
  url TEXT NOT NULL,
  status INTEGER NOT NULL,
  received_at TEXT NOT NULL,
  body BLOB NOT NULL -- zlib
) STRICT;

CREATE TABLE extras (
  page INTEGER PRIMARY KEY, -- one that was dropped
  extras BLOB NOT NULL -- zlib
) STRICT;

CREATE TABLE suppressed (
  kind TEXT NOT NULL, -- address, number, name
  size INTEGER NOT NULL, -- digits of a number, words of a name
  salt BLOB NOT NULL, -- the same in every row
  hash BLOB NOT NULL, -- blake2b, keyed with the salt
  PRIMARY KEY (kind, size, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE rejects (
  connection TEXT NOT NULL,
  resource TEXT NOT NULL,
  shape TEXT NOT NULL,
  key TEXT NOT NULL,
  within TEXT NOT NULL,
  shard TEXT NOT NULL,
  item TEXT,
  path TEXT NOT NULL,
  json_path TEXT NOT NULL,
  reason TEXT NOT NULL,
  plugin TEXT NOT NULL,
  page INTEGER NOT NULL,
  run INTEGER NOT NULL,
  raw TEXT NOT NULL,
  PRIMARY KEY (connection, resource, shape, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoints (
  connection TEXT NOT NULL,
  resource TEXT NOT NULL,
  shard TEXT NOT NULL,
  run INTEGER NOT NULL,
  at TEXT NOT NULL, -- when that run began
  state TEXT NOT NULL, -- begun, done, unknown, failed, incomplete, limited
  cursor TEXT, -- JSON: how far the listing was read
  PRIMARY KEY (connection, resource, shard)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  run INTEGER PRIMARY KEY,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  state TEXT NOT NULL, -- running, interrupted, ended, remapped
  summary TEXT
) STRICT;

CREATE VIEW absent AS
SELECT connection, 'invoices' AS record, id, absent_since FROM invoices WHERE absent_since IS NOT NULL
UNION ALL
SELECT connection, 'calls', id, absent_since FROM calls WHERE absent_since IS NOT NULL
UNION ALL
SELECT connection, 'callouts', id, absent_since FROM callouts WHERE absent_since IS NOT NULL
UNION ALL
SELECT connection, 'emails', id, absent_since FROM emails WHERE absent_since IS NOT NULL
UNION ALL
SELECT connection, 'parties', id, absent_since FROM parties WHERE absent_since IS NOT NULL
UNION ALL
SELECT connection, 'payments', id, absent_since FROM payments WHERE absent_since IS NOT NULL;

CREATE VIEW touches AS
SELECT
  connection, 'calls' AS record, id,
  coalesce(started_at, created_at) AS at,
  CASE WHEN started_at IS NOT NULL THEN 'started_at' WHEN created_at IS NOT NULL THEN 'created_at' END AS at_field,
  direction, status, status_raw, outcome, customer_id, callout_id
FROM calls
UNION ALL
SELECT
  connection, 'callouts', id,
  coalesce(scheduled_at, created_at),
  CASE WHEN scheduled_at IS NOT NULL THEN 'scheduled_at' WHEN created_at IS NOT NULL THEN 'created_at' END,
  NULL, status, status_raw, kind, customer_id, id
FROM callouts
UNION ALL
SELECT
  connection, 'emails', id,
  coalesce(sent_at, planned_at, created_at),
  CASE WHEN sent_at IS NOT NULL THEN 'sent_at' WHEN planned_at IS NOT NULL THEN 'planned_at' WHEN created_at IS NOT NULL THEN 'created_at' END,
  direction, status, status_raw,
  CASE WHEN bounced = 1 THEN 'bounced' WHEN clicked_at IS NOT NULL THEN 'clicked' WHEN opened_at IS NOT NULL THEN 'opened' END,
  customer_id, callout_id
FROM emails;
