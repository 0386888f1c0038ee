"""Groat's objects as canonical records.

Nothing is guessed: what the vendor does not say is None.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from duetrail import hookimpl
from duetrail.model import (
    Direction,
    Email,
    EmailStatus,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceStatus,
    Money,
    Record,
    canonical,
    from_unix,
)
from duetrail.source import Connection, Item

from duetrail_groat import wire

# Words that the vendor spells differently; any other word is kept as it is beside `unknown`.
_STATES = {"uncollectible": InvoiceStatus.WRITTEN_OFF}


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record]:
    """One object as one record."""
    match item.wire:
        case wire.Invoice() as invoice:
            yield _invoice(invoice, connection)
        case wire.Email() as email:
            yield _email(email, connection)


def _invoice(invoice: wire.Invoice, connection: Connection) -> Invoice:
    moments = invoice.status_transitions or wire.Transitions()
    lines = invoice.lines or wire.Lines()
    currency = _code(invoice.currency)

    def money(name: str) -> Money | None:
        return Money.from_minor(getattr(invoice, name), currency, f"$.{name}")

    return Invoice(
        connection=connection.name,
        id=invoice.id,
        number=invoice.number,
        kind=InvoiceKind.RECEIVABLE,  # Groat is for sending invoices, not for receiving them
        status=canonical(InvoiceStatus, invoice.status, _STATES),
        status_raw=invoice.status,
        currency=currency,
        subtotal=money("subtotal"),
        tax=money("tax"),
        total=money("total"),
        amount_due=money("amount_due"),
        amount_paid=money("amount_paid"),
        amount_remaining=money("amount_remaining"),
        issued_at=from_unix(moments.finalized_at, "$.status_transitions.finalized_at"),
        due_at=from_unix(invoice.due_date, "$.due_date"),
        paid_at=from_unix(moments.paid_at, "$.status_transitions.paid_at"),
        voided_at=from_unix(moments.voided_at, "$.status_transitions.voided_at"),
        written_off_at=from_unix(
            moments.marked_uncollectible_at, "$.status_transitions.marked_uncollectible_at"
        ),
        customer_id=invoice.customer,
        customer_name=invoice.customer_name,
        billing_email=invoice.customer_email,
        lines_complete=None if lines.has_more is None else not lines.has_more,
        created_at=from_unix(invoice.created, "$.created"),
        lines=tuple(_line(line, f"$.lines.data[{at}]") for at, line in enumerate(lines.data)),
    )


def _line(line: wire.Line, path: str) -> InvoiceLine:
    currency = _code(line.currency)
    period = line.period or wire.Period()

    def money(amount: Decimal | None, name: str) -> Money | None:
        return Money.from_minor(amount, currency, f"{path}.{name}")

    return InvoiceLine(
        id=line.id,
        description=line.description,
        quantity=line.quantity,
        currency=currency,
        unit_price=money(line.unit_amount, "unit_amount"),
        total=money(line.amount, "amount"),
        period_start_at=from_unix(period.start, f"{path}.period.start"),
        period_end_at=from_unix(period.end, f"{path}.period.end"),
    )


def _email(email: wire.Email, connection: Connection) -> Email:
    named = (connection.ref(Invoice, email.invoice),) if email.invoice else ()
    return Email(
        connection=connection.name,
        id=email.id,
        invoices=named,
        direction=Direction.OUTBOUND,  # Groat sends, and does not receive
        status=canonical(EmailStatus, email.status),
        status_raw=email.status,
        bounced=email.bounced,
        to_addresses=email.to or (),
        cc_addresses=email.cc or (),
        subject=email.subject,
        text=email.text,
        planned_at=from_unix(email.scheduled_for, "$.scheduled_for"),
        sent_at=from_unix(email.sent_at, "$.sent_at"),
        opened_at=from_unix(email.opened_at, "$.opened_at"),
        bounced_at=from_unix(email.bounced_at, "$.bounced_at"),
        is_automated=email.automatic,
        reason=email.kind,
        error=email.error,
    )


def _code(currency: str | None) -> str | None:
    """Groat writes `eur`; the exponents of currencies go by `EUR`."""
    return currency.upper() if currency is not None else None
