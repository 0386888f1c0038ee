"""Groat's objects as canonical records: List Invoices, List Emails of an Invoice.

Which field comes from which key, in the vendor's own words. Amounts are whole minor units, times
are Unix seconds, currencies are in small letters. Only an `id` is required, and nothing is guessed:
what the vendor does not say is None. Whatever is not named is kept in `extra`.
"""

from duetrail.declared import FieldMapping, each, invoice_id, lookup, money, unix, upper, word
from duetrail.model import Direction, Email, Invoice, InvoiceKind, InvoiceLine, InvoiceStatus

# Words that the vendor spells differently; any other word is kept as it is beside `unknown`.
_STATES = {"uncollectible": InvoiceStatus.WRITTEN_OFF}

_LINE = FieldMapping(
    InvoiceLine,
    id="id",
    description="description",
    quantity="quantity",
    currency=upper("currency"),
    unit_price=money("unit_amount"),
    total=money("amount"),
    period_start_at=unix("period.start"),
    period_end_at=unix("period.end"),
)
INVOICE = FieldMapping(
    Invoice,
    id="id",
    number="number",
    kind=InvoiceKind.RECEIVABLE,  # Groat is for sending invoices, not for receiving them
    status=word("status", _STATES),
    currency=upper("currency"),
    subtotal=money("subtotal"),
    tax=money("tax"),
    total=money("total"),
    amount_due=money("amount_due"),
    amount_paid=money("amount_paid"),
    amount_remaining=money("amount_remaining"),
    issued_at=unix("status_transitions.finalized_at"),
    due_at=unix("due_date"),
    paid_at=unix("status_transitions.paid_at"),
    voided_at=unix("status_transitions.voided_at"),
    written_off_at=unix("status_transitions.marked_uncollectible_at"),
    customer_id="customer",
    customer_name="customer_name",
    billing_email="customer_email",
    lines_complete=lookup("lines.has_more", {False: True, True: False}),
    lines=each("lines.data", _LINE),
    created_at=unix("created"),
)
EMAIL = FieldMapping(
    Email,
    id="id",
    invoices=invoice_id("invoice"),
    direction=Direction.OUTBOUND,  # Groat sends, and does not receive
    status=word("status"),
    bounced="bounced",
    to_addresses="to",
    cc_addresses="cc",
    subject="subject",
    text="text",
    planned_at=unix("scheduled_for"),
    sent_at=unix("sent_at"),
    opened_at=unix("opened_at"),
    bounced_at=unix("bounced_at"),
    is_automated="automatic",
    reason="kind",
    error="error",
)
