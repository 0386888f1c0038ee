"""Stuut's objects as canonical records. Source: Stuut API reference, List Invoices."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from duetrail import hookimpl
from duetrail.model import (
    Channel,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceStatus,
    Payment,
    PaymentAllocation,
    PaymentMethod,
    PaymentStatus,
    Record,
    Ref,
    canonical,
    day_of,
)
from duetrail.source import Connection, Item
from duetrail.wire import decode
from duetrail_stuut import wire
from duetrail_stuut.callouts import planned_call, planned_email, work
from duetrail_stuut.customers import address_of, party
from duetrail_stuut.touches import call, email, refs
from duetrail_stuut.values import Amount, amounts, id_of, name_of, same, text_of

_INVOICE_STATUS = {
    "overdue": InvoiceStatus.OPEN,
    "processing": InvoiceStatus.PAYMENT_PENDING,
    "uncollectible": InvoiceStatus.WRITTEN_OFF,
}
_PAYMENT_STATUS = {"pending_match": PaymentStatus.PENDING}


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record]:
    """An invoice, what stands inside one, or what Stuut lists beside them."""
    match item.wire:
        case wire.Invoice() as one:
            yield _invoice(one, connection)
        case wire.Partner() as one:
            yield party(one, connection)
        case wire.Call() as one:
            made = call(one, connection)
            yield made
            yield from planned_call(one, connection, made.invoices)
        case wire.Email() as one:
            invoices = _advised(item, connection)
            yield email(one, connection, invoices)
            yield from planned_email(one, connection, invoices)
        case wire.Payment() as one:
            yield _payment(one, connection)
        case wire.Task() as one:
            yield work(one, connection)


# --- invoices ------------------------------------------------------------------------------------


def _invoice(invoice: wire.Invoice, connection: Connection) -> Invoice:
    money = amounts(connection)
    currency = invoice.currency
    return Invoice(
        connection=connection.name,
        id=invoice.id,
        remote_id=id_of(invoice.remote_id),
        number=invoice.number,
        purchase_order=invoice.purchase_order_number,
        order_number=invoice.order_number,
        kind=canonical(InvoiceKind, invoice.type),
        kind_raw=invoice.type,
        status=canonical(InvoiceStatus, name_of(invoice.status), _INVOICE_STATUS),
        status_raw=text_of(invoice.status),
        overdue=True if same(name_of(invoice.status), "overdue") else None,
        in_dispute=invoice.in_dispute,
        currency=currency,
        total=money(invoice.total_amount, currency, "$.total_amount"),
        subtotal=money(invoice.subtotal, currency, "$.subtotal"),
        tax=money(invoice.total_tax, currency, "$.total_tax"),
        discount=money(invoice.total_discount, currency, "$.total_discount"),
        amount_paid=money(invoice.amount_paid, currency, "$.amount_paid"),
        amount_due=money(invoice.amount_due, currency, "$.amount_due"),
        amount_remaining=money(remaining(invoice), currency, "$.amount_due"),
        issued_at=invoice.issued_at,
        issued_on=day_of(invoice.issued_at),
        due_at=invoice.due_date,
        due_on=day_of(invoice.due_date),
        paid_at=invoice.paid_at,
        voided_at=invoice.voided_at,
        written_off_at=invoice.marked_uncollectible_at,
        promised_to_pay_on=invoice.promised_to_pay_date,
        period_start_at=invoice.period_start_date,
        period_end_at=invoice.period_end_date,
        customer_id=id_of(invoice.partner_id),
        customer_remote_id=id_of(invoice.remote_partner_id),
        billing_email=invoice.billing_email,
        billing_address=address_of(invoice.billing_address),
        shipping_address=address_of(invoice.shipping_address),
        last_outreach_at=invoice.last_outreach_at,
        last_outreach_channel=canonical(Channel, invoice.last_outreach_channel),
        last_outreach_channel_raw=invoice.last_outreach_channel,
        last_outreach_to=invoice.last_outreach_to,
        document_url=invoice.remote_invoice_pdf,
        payment_url=invoice.remote_payment_portal_url,
        lines_complete=(
            None if invoice.requires_line_item_sync is None else not invoice.requires_line_item_sync
        ),
        created_at=invoice.created_at,
        updated_at=invoice.modified_at,
        lines=tuple(
            _line(line, money, f"$.line_items[{at}]")
            for at, line in enumerate(invoice.line_items or ())
        ),
        allocations=tuple(
            _allocation(part, currency, money, f"$.payments[{at}]")
            for at, part in enumerate(invoice.payments or ())
        ),
    )


def remaining(invoice: wire.Invoice | wire.Owed) -> Decimal | None:
    """What is still to pay, where the documented fields leave no doubt; None elsewhere.

    Stuut does not say whether `amount_due` is before or after payments. It is certain where
    nothing was paid, and where due and total differ by nothing or by exactly what was paid.
    """
    due, paid, total = invoice.amount_due, invoice.amount_paid, invoice.total_amount
    if due is None or paid is None:
        return None
    if paid == 0:
        return due
    if paid > 0 and due == total:
        return due - paid
    if paid > 0 and total is not None and due + paid == total:
        return due
    return None


def _line(line: wire.LineItem, money: Amount, path: str) -> InvoiceLine:
    return InvoiceLine(
        remote_id=line.remote_id,
        line_number=line.line_number,
        name=line.name,
        description=line.description,
        product_type=line.product_type,
        quantity=line.quantity,
        currency=line.currency,
        unit_price=money(line.unit_amount, line.currency, f"{path}.unit_amount"),
        total=money(line.total_amount, line.currency, f"{path}.total_amount"),
        discount=money(line.total_discount, line.currency, f"{path}.total_discount"),
        tax=money(line.total_tax, line.currency, f"{path}.total_tax"),
        period_start_at=line.period_start_date,
        period_end_at=line.period_end_date,
        created_at=line.created_at,
        updated_at=line.modified_at,
    )


def _allocation(
    part: wire.Allocation, currency: str | None, money: Amount, path: str
) -> PaymentAllocation:
    payment = part.payment or wire.Share()
    return PaymentAllocation(
        id=part.id,
        payment_id=part.payment_id,
        remote_id=part.remote_id,
        currency=currency,
        amount=money(part.amount, currency, f"{path}.amount"),
        approved=part.approved,
        approved_at=part.approved_at,
        strategy=part.strategy,
        payment_currency=payment.currency,
        payment_amount=money(payment.amount, payment.currency, f"{path}.payment.amount"),
        payment_refunded=money(
            payment.amount_refunded, payment.currency, f"{path}.payment.amount_refunded"
        ),
        payment_status=canonical(PaymentStatus, payment.status, _PAYMENT_STATUS),
        payment_status_raw=payment.status,
        payment_method=canonical(PaymentMethod, payment.payment_method),
        payment_method_raw=payment.payment_method,
        payment_reference=payment.reference_number,
        paid_at=payment.timestamp,
        created_at=part.created_at,
        updated_at=part.modified_at,
    )


# --- payments ------------------------------------------------------------------------------------


def _payment(payment: wire.Payment, connection: Connection) -> Payment:
    money, currency = amounts(connection), payment.currency
    return Payment(
        connection=connection.name,
        id=payment.id,
        remote_id=id_of(payment.remote_id),
        customer_id=id_of(payment.partner_id),
        currency=currency,
        amount=money(payment.amount, currency, "$.amount"),
        refunded=money(payment.amount_refunded, currency, "$.amount_refunded"),
        status=canonical(PaymentStatus, payment.status, _PAYMENT_STATUS),
        status_raw=payment.status,
        method=canonical(PaymentMethod, payment.payment_method),
        method_raw=payment.payment_method,
        reference=payment.reference_number,
        description=payment.description,
        paid_at=payment.timestamp,
        created_at=payment.created_at,
        updated_at=payment.modified_at,
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
