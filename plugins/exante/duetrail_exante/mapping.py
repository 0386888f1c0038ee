"""Exante's objects as canonical records.

Source: Exante API reference, invoices and collections-outreach. A list row names no currency: its
amounts stay in minor units until the header of its timeline brings one. An email names no invoice
and may stand on the timelines of several, so the core links it to each by the key.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from duetrail import hookimpl
from duetrail.model import (
    AgentKind,
    Contact,
    DeliveryStatus,
    Direction,
    Email,
    EmailStatus,
    Invoice,
    InvoiceStatus,
    Money,
    Party,
    Record,
    canonical,
    day_of,
)
from duetrail.source import Connection, Item
from duetrail.wire import utc
from duetrail_exante import wire

_INVOICE_STATUS = {
    "approved": InvoiceStatus.OPEN,
    "scheduled": InvoiceStatus.OPEN,
    "sent": InvoiceStatus.OPEN,
    "overdue": InvoiceStatus.OPEN,
    "cancelled": InvoiceStatus.VOID,
}
_EMAIL_STATUS = {"pending": EmailStatus.QUEUED}
_DELIVERY_STATUS = {"bounce_detected": DeliveryStatus.BOUNCED}
_INITIATOR = {"agent": AgentKind.AI, "user": AgentKind.HUMAN}


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record]:
    """An invoice or its customer from the list, or what a timeline holds."""
    match item.wire:
        case wire.Invoice() as invoice:
            yield _invoice(invoice, connection)
        case wire.Client() as client:
            yield _party(client, connection)
        case wire.Header() as header:
            yield _header(header, connection)
        case wire.Email() as email:
            yield _email(email, connection)


# --- invoices ------------------------------------------------------------------------------------


def _invoice(invoice: wire.Invoice, connection: Connection) -> Invoice:
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
        total=Money.from_minor(invoice.total_cents, None),
        subtotal=Money.from_minor(invoice.subtotal_cents, None),
        tax=Money.from_minor(invoice.tax_cents, None),
        discount=Money.from_minor(invoice.discount_cents, None),
        amount_paid=Money.from_minor(invoice.amount_paid_cents, None),
        amount_due=Money.from_minor(invoice.amount_due_cents, None),
        amount_remaining=Money.from_minor(invoice.amount_remaining_cents, None),
        issued_at=invoice.issue_date,
        issued_on=day_of(invoice.issue_date),
        due_at=invoice.due_date,
        due_on=day_of(invoice.due_date),
        paid_at=invoice.paid_date,
        customer_id=client.uid,
        customer_name=client.name,
        billing_email=contact.email,
    )


def _header(header: wire.Header, connection: Connection) -> Invoice:
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
    )


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


# --- emails --------------------------------------------------------------------------------------


def _email(email: wire.Email, connection: Connection) -> Email:
    initiator = email.initiator or wire.Initiator()
    notice = email.bounce_callout or wire.BounceCallout()
    return Email(
        connection=connection.name,
        id=email.uid,
        direction=Direction.OUTBOUND,
        status=canonical(EmailStatus, email.status, _EMAIL_STATUS),
        status_raw=email.status,
        delivery_status=canonical(DeliveryStatus, email.delivery_status, _DELIVERY_STATUS),
        delivery_status_raw=email.delivery_status,
        bounced=_bounced(email),
        bounced_addresses=email.bouncing_recipient_emails or (),
        from_address=email.from_email,
        to_addresses=email.to_emails or (),
        cc_addresses=email.cc_emails or (),
        subject=email.subject,
        text=email.body_text,
        planned_at=email.planned_send_at,
        sent_at=email.sent_at,
        bounced_at=_moment(notice.detected_at),
        initiator_kind=canonical(AgentKind, initiator.type, _INITIATOR),
        initiator_kind_raw=initiator.type,
        initiator_id=initiator.uid,
        initiator_name=initiator.name,
        error=email.error_message,
        created_at=email.created_at,
        extra=_unread(email, notice),
    )


def _unread(email: wire.Email, notice: wire.BounceCallout) -> dict[str, Any]:
    """What was looked at but could not be used: it stays in `extra` as it came."""
    extra: dict[str, Any] = {}
    if email.is_bounced is not None and email.is_bounced != _bounced(email):
        extra["is_bounced"] = email.is_bounced
    if notice.detected_at and _moment(notice.detected_at) is None:
        extra["bounce_callout"] = {"detected_at": notice.detected_at}
    return extra


def _bounced(email: wire.Email) -> bool | None:
    """Bounced by any of three signs; where none is given, `is_bounced` has the word."""
    if email.bounce_callout is not None or _is(email.delivery_status, "bounce_detected"):
        return True
    return email.is_bounced


# --- values --------------------------------------------------------------------------------------


def _is(word: str | None, name: str) -> bool | None:
    """True where the word says so; another word says nothing about it."""
    return True if word is not None and word.casefold() == name else None


def _moment(text: str | None) -> datetime | None:
    """A time that is typed as text only: as in RFC 3339, as in emails, or not legible."""
    for read in (utc, _email_date):
        try:
            return read(text or "")
        except (TypeError, ValueError, IndexError, OverflowError):
            continue
    return None


def _email_date(text: str) -> datetime:
    return utc(parsedate_to_datetime(text).isoformat())
