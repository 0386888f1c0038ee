"""Exante's objects as canonical records: invoices and customers; emails are in `emails`.

Source: Exante API reference, invoices and collections-outreach. A list row names no currency: its
amounts stay in minor units until a header or a detail brings one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from duetrail import hookimpl
from duetrail.model import (
    Contact,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceStatus,
    Money,
    Party,
    Record,
    canonical,
    day_of,
)
from duetrail.source import Connection, Item
from duetrail_exante import emails, wire

_INVOICE_STATUS = {
    "approved": InvoiceStatus.OPEN,
    "scheduled": InvoiceStatus.OPEN,
    "sent": InvoiceStatus.OPEN,
    "overdue": InvoiceStatus.OPEN,
    "cancelled": InvoiceStatus.VOID,
}
_INVOICE_KIND = {
    "accounts_receivable": InvoiceKind.RECEIVABLE,
    "accounts_payable": InvoiceKind.PAYABLE,
}


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record]:
    """An invoice in one of its three forms, a customer, or an email in one of its three."""
    match item.wire:
        case wire.Detail() as detail:
            yield _detail(detail, connection)
        case wire.Invoice() as invoice:
            # The list has accounts receivable only, and does not say so in each row.
            yield evolve(_invoice(invoice, None, connection), kind=InvoiceKind.RECEIVABLE)
        case wire.Client() as client:
            yield _party(client, connection)
        case wire.Header() as header:
            yield _header(header, item.page.data, connection)
        case wire.Email() as email:
            yield emails.of_timeline(email, connection)
        case wire.Draft() as draft:
            yield emails.of_draft(draft, connection)
        case wire.Message() as message:
            yield emails.of_conversation(message, item.page.data, connection)


# --- invoices ------------------------------------------------------------------------------------


def _invoice(invoice: wire.Invoice, currency: str | None, connection: Connection) -> Invoice:
    client = (invoice.parties or wire.Parties()).client or wire.Payer()
    contact = client.billing_contact or wire.PayerContact()
    return Invoice(
        connection=connection.name,
        id=invoice.uid,
        number=invoice.invoice_number,
        status=canonical(InvoiceStatus, invoice.status, _INVOICE_STATUS),
        status_raw=invoice.status,
        overdue=_is(invoice.status, "overdue"),
        in_dispute=_is(invoice.status, "disputed"),
        currency=currency,
        total=Money.from_minor(invoice.total_cents, currency),
        subtotal=Money.from_minor(invoice.subtotal_cents, currency),
        tax=Money.from_minor(invoice.tax_cents, currency),
        discount=Money.from_minor(invoice.discount_cents, currency),
        amount_paid=Money.from_minor(invoice.amount_paid_cents, currency),
        amount_due=Money.from_minor(invoice.amount_due_cents, currency),
        amount_remaining=Money.from_minor(invoice.amount_remaining_cents, currency),
        amount_credited=Money.from_minor(invoice.pre_payment_credit_notes_cents, currency),
        issued_at=invoice.issue_date,
        issued_on=day_of(invoice.issue_date),
        due_at=invoice.due_date,
        due_on=day_of(invoice.due_date),
        paid_at=invoice.paid_date,
        customer_id=client.uid,
        customer_name=client.name,
        billing_email=contact.email,
    )


def _detail(detail: wire.Detail, connection: Connection) -> Invoice:
    invoice = _invoice(detail, detail.currency, connection)
    client, target = invoice.customer_id, detail.target_party_uid
    return evolve(
        invoice,
        kind=canonical(InvoiceKind, detail.invoice_type, _INVOICE_KIND),
        kind_raw=detail.invoice_type,
        customer_id=client or target,
        document_url=detail.invoice_link,
        lines=tuple(_line(line, detail.currency) for line in detail.line_items or ()),
        # That both are one is likely, and nowhere said.
        extra={"target_party_uid": target} if client and target and client != target else {},
    )


def _line(line: wire.Line, invoice_currency: str | None) -> InvoiceLine:
    currency = line.currency or invoice_currency
    return InvoiceLine(
        id=line.uid,
        name=line.context_name,
        product_type=line.context_type,
        quantity=line.quantity,
        currency=currency,
        unit_price=Money.from_minor(line.unit_price, currency),
        total=Money.from_minor(line.line_total, currency),
    )


def _header(header: wire.Header, page: Any, connection: Connection) -> Invoice:
    return Invoice(
        connection=connection.name,
        id=header.uid,
        number=header.invoice_number,
        status=canonical(InvoiceStatus, header.status, _INVOICE_STATUS),
        status_raw=header.status,
        overdue=_is(header.status, "overdue"),
        in_dispute=_is(header.status, "disputed"),
        currency=header.currency,
        amount_due=Money.from_minor(header.amount_due_cents, header.currency),
        issued_at=header.issue_date,
        issued_on=day_of(header.issue_date),
        due_at=header.due_date,
        due_on=day_of(header.due_date),
        paid_at=header.paid_date,
        customer_id=header.target_party_uid,
        customer_name=header.counterparty_name,
        extra=_beside(page),
    )


def _beside(page: Any) -> dict[str, Any]:
    """The bounced addresses of the whole invoice, which stand beside it and are no email's."""
    key = "bouncing_recipient_emails"
    return {key: page["data"][key]} if page["data"].get(key) else {}


# --- customers -----------------------------------------------------------------------------------


def _party(client: wire.Client, connection: Connection) -> Party:
    contact = client.billing_contact
    return Party(
        connection=connection.name,
        id=client.uid,
        name=client.name,
        contacts=(_contact(contact),) if contact else (),
    )


def _contact(contact: wire.Contact) -> Contact:
    return Contact(
        id=contact.uid,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        job_title=contact.title,
    )


# --- values --------------------------------------------------------------------------------------


def _is(word: str | None, name: str) -> bool | None:
    """True where the word says so; another word says nothing about it."""
    return True if word is not None and word.casefold() == name else None
