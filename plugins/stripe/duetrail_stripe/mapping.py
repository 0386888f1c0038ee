"""Stripe's objects as canonical records.

Source: Stripe API reference. A credit note is an invoice the other way; a refund, and what a bank
takes back in a dispute, is a payment the other way, which names the charge it pays back.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from attrs import evolve

from duetrail import hookimpl
from duetrail.model import (
    Address,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceStatus,
    Party,
    Payment,
    PaymentMethod,
    PaymentStatus,
    Record,
    canonical,
    from_unix,
)
from duetrail.source import Connection, Item
from duetrail_stripe import wire
from duetrail_stripe.money import currency_of, money

_INVOICE_STATUS = {"uncollectible": InvoiceStatus.WRITTEN_OFF}
# What is credited is applied, paid back or put on the balance at once: no note has credit left.
_CREDIT_NOTE_STATUS = {"issued": InvoiceStatus.PAID}
_PAYMENT_STATUS = {
    "succeeded": PaymentStatus.SETTLED,
    "requires_action": PaymentStatus.PENDING,
    "canceled": PaymentStatus.CANCELLED,
}
# Money is back with the bank while a dispute lasts, and stays there if it is lost. A warning is an
# inquiry: nothing was taken yet.
_DISPUTE_STATUS = {
    "lost": PaymentStatus.SETTLED,
    "won": PaymentStatus.CANCELLED,
    "prevented": PaymentStatus.CANCELLED,
    "warning_closed": PaymentStatus.CANCELLED,
    "needs_response": PaymentStatus.PENDING,
    "under_review": PaymentStatus.PENDING,
    "warning_needs_response": PaymentStatus.PENDING,
    "warning_under_review": PaymentStatus.PENDING,
}
_METHODS = {
    "ach_debit": PaymentMethod.ACH,
    "us_bank_account": PaymentMethod.ACH,
    "ach_credit_transfer": PaymentMethod.ACH,
    "sepa_debit": PaymentMethod.DIRECT_DEBIT,
    "bacs_debit": PaymentMethod.DIRECT_DEBIT,
    "au_becs_debit": PaymentMethod.DIRECT_DEBIT,
    "acss_debit": PaymentMethod.DIRECT_DEBIT,
    "card_present": PaymentMethod.CARD,
    "klarna": PaymentMethod.PAY_LATER,
    "afterpay_clearpay": PaymentMethod.PAY_LATER,
    "affirm": PaymentMethod.PAY_LATER,
    "alipay": PaymentMethod.WALLET,
    "wechat_pay": PaymentMethod.WALLET,
    "cashapp": PaymentMethod.WALLET,
    "paypal": PaymentMethod.WALLET,
    "customer_balance": PaymentMethod.BALANCE,
}


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record]:
    """One row as one record."""
    match item.wire:
        case wire.Customer() as customer:
            yield _party(customer, connection)
        case wire.Invoice() as invoice:
            yield _invoice(invoice, connection)
        case wire.CreditNote() as note:
            yield _credit_note(note, connection)
        case wire.Charge() as charge:
            yield _payment(charge, connection)
        case wire.Refund() | wire.Dispute() as back:
            yield _paid_back(back, connection)


def _party(customer: wire.Customer, connection: Connection) -> Party:
    shipping = customer.shipping
    return Party(
        connection=connection.name,
        id=customer.id,
        name=customer.name,
        email=customer.email,
        phone=customer.phone,
        currency=currency_of(customer.currency),
        billing_address=_address(customer.address),
        shipping_address=_shipped_to(shipping),
        created_at=from_unix(customer.created, "$.created"),
    )


def _invoice(invoice: wire.Invoice, connection: Connection) -> Invoice:
    currency = currency_of(invoice.currency)
    since = invoice.status_transitions or wire.StatusTransitions()
    lines = invoice.lines or wire.Lines()
    return Invoice(
        connection=connection.name,
        id=invoice.id,
        number=invoice.number,
        kind=InvoiceKind.RECEIVABLE,
        status=canonical(InvoiceStatus, invoice.status, _INVOICE_STATUS),
        status_raw=invoice.status,
        currency=currency,
        total=money(invoice.total, currency, "$.total"),
        subtotal=money(invoice.subtotal, currency, "$.subtotal"),
        amount_paid=money(invoice.amount_paid, currency, "$.amount_paid"),
        amount_due=money(invoice.amount_due, currency, "$.amount_due"),
        amount_remaining=money(invoice.amount_remaining, currency, "$.amount_remaining"),
        amount_credited=money(_credited(invoice), currency, "$.pre_payment_credit_notes_amount"),
        issued_at=from_unix(since.finalized_at, "$.status_transitions.finalized_at"),
        due_at=from_unix(invoice.due_date, "$.due_date"),
        paid_at=from_unix(since.paid_at, "$.status_transitions.paid_at"),
        voided_at=from_unix(since.voided_at, "$.status_transitions.voided_at"),
        written_off_at=from_unix(
            since.marked_uncollectible_at, "$.status_transitions.marked_uncollectible_at"
        ),
        period_start_at=from_unix(invoice.period_start, "$.period_start"),
        period_end_at=from_unix(invoice.period_end, "$.period_end"),
        customer_id=invoice.customer,
        customer_name=invoice.customer_name,
        billing_email=invoice.customer_email,
        billing_address=_address(invoice.customer_address),
        shipping_address=_shipped_to(invoice.customer_shipping),
        document_url=invoice.invoice_pdf,
        payment_url=invoice.hosted_invoice_url,
        lines_complete=None if lines.has_more is None else not lines.has_more,
        created_at=from_unix(invoice.created, "$.created"),
        lines=_lines(lines, currency),
    )


def _credited(invoice: wire.Invoice) -> int | None:
    """What credit notes took off it, before and after it was paid."""
    found = (invoice.pre_payment_credit_notes_amount, invoice.post_payment_credit_notes_amount)
    known = [one for one in found if one is not None]
    return sum(known) if known else None


def _lines(lines: wire.Lines, currency: str | None) -> tuple[InvoiceLine, ...]:
    """The lines of an invoice or credit note, in its currency where they name none."""
    return tuple(_line(line, currency, f"$.lines.data[{i}]") for i, line in enumerate(lines.data))


def _line(line: wire.Line, currency: str | None, path: str) -> InvoiceLine:
    currency, period = currency_of(line.currency) or currency, line.period or wire.Period()
    return InvoiceLine(
        id=line.id,
        description=line.description,
        quantity=None if line.quantity is None else Decimal(line.quantity),
        currency=currency,
        total=money(line.amount, currency, f"{path}.amount"),
        period_start_at=from_unix(period.start, f"{path}.period.start"),
        period_end_at=from_unix(period.end, f"{path}.period.end"),
    )


def _credit_note(note: wire.CreditNote, connection: Connection) -> Invoice:
    currency = currency_of(note.currency)
    lines = note.lines or wire.Lines()
    return Invoice(
        connection=connection.name,
        id=note.id,
        number=note.number,
        kind=InvoiceKind.CREDIT_NOTE,
        status=canonical(InvoiceStatus, note.status, _CREDIT_NOTE_STATUS),
        status_raw=note.status,
        currency=currency,
        total=money(note.total, currency, "$.total"),
        subtotal=money(note.subtotal, currency, "$.subtotal"),
        original_invoice_id=note.invoice,
        customer_id=note.customer,
        issued_at=from_unix(note.effective_at, "$.effective_at"),
        voided_at=from_unix(note.voided_at, "$.voided_at"),
        document_url=note.pdf,
        lines_complete=None if lines.has_more is None else not lines.has_more,
        created_at=from_unix(note.created, "$.created"),
        lines=_lines(lines, currency),
    )


def _payment(charge: wire.Charge, connection: Connection) -> Payment:
    currency = currency_of(charge.currency)
    method = charge.payment_method_details.type if charge.payment_method_details else None
    return Payment(
        connection=connection.name,
        id=charge.id,
        customer_id=charge.customer,
        currency=currency,
        amount=money(charge.amount, currency, "$.amount"),
        refunded=money(charge.amount_refunded, currency, "$.amount_refunded"),
        status=_charge_status(charge),
        status_raw=charge.status,
        method=canonical(PaymentMethod, method, _METHODS),
        method_raw=method,
        description=charge.description,
        created_at=from_unix(charge.created, "$.created"),
        # It decides the status of few charges.
        extra={} if charge.captured is None else {"captured": charge.captured},
    )


def _charge_status(charge: wire.Charge) -> PaymentStatus | None:
    """How far the money has come.

    A charge that succeeded and is not captured holds money on the card and moves none. Given up, or
    left for too long, it is refunded, and counts as any other that is: its refund is listed, too.
    """
    status = canonical(PaymentStatus, charge.status, _PAYMENT_STATUS)
    if status is PaymentStatus.SETTLED and charge.captured is False and not charge.amount_refunded:
        return PaymentStatus.PENDING
    return status


def _paid_back(back: wire.Refund | wire.Dispute, connection: Connection) -> Payment:
    """What a refund or dispute takes back; Stripe writes the amount without the minus."""
    currency = currency_of(back.currency)
    amount = None if back.amount is None else -back.amount
    words = _DISPUTE_STATUS if isinstance(back, wire.Dispute) else _PAYMENT_STATUS
    return Payment(
        connection=connection.name,
        id=back.id,
        refund_of_id=back.charge,
        currency=currency,
        amount=money(amount, currency, "$.amount"),
        status=canonical(PaymentStatus, back.status, words),
        status_raw=back.status,
        description=back.reason,
        created_at=from_unix(back.created, "$.created"),
    )


def _address(address: wire.Address | None) -> Address | None:
    """An address; one that is null all through is none."""
    if address is None or address == wire.Address():
        return None
    return Address(
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        state=address.state,
        postal_code=address.postal_code,
        country=address.country,
    )


def _shipped_to(shipping: wire.Shipping | None) -> Address | None:
    if shipping is None or shipping == wire.Shipping():
        return None
    return evolve(_address(shipping.address) or Address(), name=shipping.name, phone=shipping.phone)
