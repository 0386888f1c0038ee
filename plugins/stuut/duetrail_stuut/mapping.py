"""Stuut's objects as canonical records. Source: Stuut API reference, List Invoices."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from duetrail import hookimpl
from duetrail.declared import FieldMapping, computed, each, money, nested, outer, word
from duetrail.model import (
    Email,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    Payment,
    PaymentAllocation,
    PaymentStatus,
    Record,
    Ref,
    day_of,
)
from duetrail.source import Connection, Item
from duetrail.wire import decode
from duetrail_stuut import wire
from duetrail_stuut.callouts import planned_call, planned_email, work
from duetrail_stuut.customers import ADDRESS
from duetrail_stuut.touches import call, email, refs
from duetrail_stuut.values import id_of, in_minor, name_of, same, text_of

_INVOICE_STATUS = {
    "overdue": InvoiceStatus.OPEN,
    "processing": InvoiceStatus.PAYMENT_PENDING,
    "uncollectible": InvoiceStatus.WRITTEN_OFF,
}
_PAYMENT_STATUS = {"pending_match": PaymentStatus.PENDING}


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record]:
    """Touches of which more is made than their mapping tells, and tasks."""
    one = item.wire
    if isinstance(one, wire.Task):
        yield work(one, connection)
    elif item.shape.record is Email:
        invoices = _advised(item, connection)
        yield email(one, connection, invoices)
        yield from planned_email(one, connection, invoices)
    else:
        made = call(item, connection)
        yield made
        yield from planned_call(one, connection, made.invoices)


# --- invoices ------------------------------------------------------------------------------------


def remaining(due: Decimal | None, paid: Decimal | None, total: Decimal | None) -> Decimal | None:
    """What is still to pay, where the documented fields leave no doubt; None elsewhere.

    Stuut does not say whether `amount_due` is before or after payments. It is certain where
    nothing was paid, and where due and total differ by nothing or by exactly what was paid.
    """
    if due is None or paid is None:
        return None
    if paid == 0:
        return due
    if paid > 0 and due == total:
        return due - paid
    if paid > 0 and total is not None and due + paid == total:
        return due
    return None


def _overdue(status: Any) -> bool | None:
    return True if same(name_of(status), "overdue") else None


def _known(is_unknown: bool | None) -> bool | None:
    return None if is_unknown is None else not is_unknown


_money = partial(money, in_minor=in_minor)

_LINE = FieldMapping(
    InvoiceLine,
    remote_id=computed(id_of, "remote_id"),
    line_number="line_number",
    name="name",
    description="description",
    product_type="product_type",
    quantity="quantity",
    currency="currency",
    unit_price=_money("unit_amount"),
    total=_money("total_amount"),
    discount=_money("total_discount"),
    tax=_money("total_tax"),
    period_start_at="period_start_date",
    period_end_at="period_end_date",
    created_at="created_at",
    updated_at="modified_at",
)
# The share of a payment that goes to this invoice.
_ALLOCATION = FieldMapping(
    PaymentAllocation,
    id=computed(id_of, "id"),
    payment_id=computed(id_of, "payment_id"),
    remote_id=computed(id_of, "remote_id"),
    currency=outer("currency"),
    amount=_money("amount"),
    approved="approved",
    approved_at="approved_at",
    strategy="strategy",
    payment_currency="payment.currency",
    payment_amount=_money("payment.amount"),
    payment_refunded=_money("payment.amount_refunded"),
    payment_status=word("payment.status", _PAYMENT_STATUS),
    payment_method=word("payment.payment_method"),
    payment_reference="payment.reference_number",
    paid_at="payment.timestamp",
    created_at="created_at",
    updated_at="modified_at",
)
INVOICE = FieldMapping(
    Invoice,
    id="id",
    remote_id=computed(id_of, "remote_id"),
    number="number",
    purchase_order="purchase_order_number",
    order_number="order_number",
    kind=word("type"),
    status=word(computed(name_of, "status"), _INVOICE_STATUS),
    status_raw=computed(text_of, "status"),
    overdue=computed(_overdue, "status"),
    in_dispute="in_dispute",
    currency="currency",
    total=_money("total_amount"),
    subtotal=_money("subtotal"),
    tax=_money("total_tax"),
    discount=_money("total_discount"),
    amount_paid=_money("amount_paid"),
    amount_due=_money("amount_due"),
    amount_remaining=_money(computed(remaining, "amount_due", "amount_paid", "total_amount")),
    issued_at="issued_at",
    issued_on=computed(day_of, "issued_at"),
    due_at="due_date",
    due_on=computed(day_of, "due_date"),
    paid_at="paid_at",
    voided_at="voided_at",
    written_off_at="marked_uncollectible_at",
    promised_to_pay_on="promised_to_pay_date",
    period_start_at="period_start_date",
    period_end_at="period_end_date",
    customer_id=computed(id_of, "partner_id"),
    customer_remote_id=computed(id_of, "remote_partner_id"),
    billing_email="billing_email",
    billing_address=nested("billing_address", ADDRESS),
    shipping_address=nested("shipping_address", ADDRESS),
    last_outreach_at="last_outreach_at",
    last_outreach_channel=word("last_outreach_channel"),
    last_outreach_to="last_outreach_to",
    document_url="remote_invoice_pdf",
    payment_url="remote_payment_portal_url",
    lines_complete=computed(_known, "requires_line_item_sync"),
    created_at="created_at",
    updated_at="modified_at",
    lines=each("line_items", _LINE),
    allocations=each("payments", _ALLOCATION),
)


# --- payments ------------------------------------------------------------------------------------


PAYMENT = FieldMapping(
    Payment,
    id="id",
    remote_id=computed(id_of, "remote_id"),
    customer_id=computed(id_of, "partner_id"),
    currency="currency",
    amount=_money("amount"),
    refunded=_money("amount_refunded"),
    status=word("status", _PAYMENT_STATUS),
    method=word("payment_method"),
    reference="reference_number",
    description="description",
    paid_at="timestamp",
    created_at="created_at",
    updated_at="modified_at",
)


# --- remittances ---------------------------------------------------------------------------------


def _advised(item: Item, connection: Connection) -> tuple[Ref, ...]:
    """The invoices that the remittances of a page name for the payment this email is about.

    One email may announce several payments, and each of its remittances shows it again.
    """
    if item.shape.name != "remittance.email":
        return ()
    told = [row for row in item.page.data["data"] if _came_in(row, item.id)]
    lines = (line for row in told for line in decode(wire.Remittance, row).allocations or ())
    return refs((line.invoice_id for line in lines), connection)


def _came_in(remittance: object, email_id: str) -> bool:
    email = remittance.get("email") if isinstance(remittance, dict) else None
    return isinstance(email, dict) and str(email.get("id")) == email_id
