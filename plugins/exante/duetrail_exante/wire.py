"""The fields of Exante's answers that the mapping uses, in Exante's own words.

Source: Exante API reference, invoices, collections-outreach, email and conversations. Nullability
is nowhere stated, so everything but a `uid` may be absent or null. Amounts are whole numbers of
minor units. Words are open: any text may appear, in upper or lower case.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from attrs import frozen

from duetrail.wire import named

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""How Exante writes every `uid`."""


@frozen
class PayerContact:
    """Of the person who pays, what an invoice keeps."""

    email: str | None = None


@frozen
class Payer:
    """Of the customer, what an invoice keeps."""

    uid: str | None = None
    name: str | None = None
    billing_contact: PayerContact | None = None


@frozen
class Parties:
    """Who is on an invoice, by role; the other roles are not documented."""

    client: Payer | None = None


@frozen
class Invoice:
    """A row of GET /api/invoices; it names no currency."""

    uid: str
    invoice_number: str | None = None
    status: str | None = None
    subtotal_cents: int | None = None
    discount_cents: int | None = None
    tax_cents: int | None = None
    total_cents: int | None = None
    pre_payment_credit_notes_cents: int | None = None
    amount_due_cents: int | None = None
    amount_paid_cents: int | None = None
    amount_remaining_cents: int | None = None
    issue_date: datetime | None = None
    due_date: datetime | None = None
    paid_date: datetime | None = None
    parties: Parties | None = None


@frozen
class Line:
    """A line of an invoice's detail. Both amounts are in minor units, though not named so."""

    uid: str | None = None
    context_type: str | None = None
    context_name: str | None = None
    currency: str | None = None
    quantity: Decimal | None = None
    unit_price: int | None = None
    line_total: int | None = None


@frozen
class Detail(Invoice):
    """An invoice of GET /api/invoices/{invoice_uid}: what the list shows of it, and more."""

    currency: str | None = None
    invoice_type: str | None = None
    invoice_link: str | None = None
    target_party_uid: str | None = None
    line_items: tuple[Line, ...] | None = None


@frozen
class Contact:
    """The person at a customer who gets the bills."""

    uid: str | None = None
    name: str | None = None
    title: str | None = None
    email: str | None = None
    phone: str | None = None


@frozen
class Client:
    """The customer inside a row of GET /api/invoices."""

    uid: str
    name: str | None = None
    billing_contact: Contact | None = None


@frozen
class Header:
    """The invoice above its timeline, GET /api/invoices/{invoice_uid}/outreach."""

    uid: str
    invoice_number: str | None = None
    target_party_uid: str | None = None
    counterparty_name: str | None = None
    amount_due_cents: int | None = None
    currency: str | None = None
    status: str | None = None
    issue_date: datetime | None = None
    due_date: datetime | None = None
    paid_date: datetime | None = None


@frozen
class Initiator:
    """Who had an email sent: an agent of Exante's, or a user."""

    type: str | None = None
    uid: str | None = None
    name: str | None = None


@frozen
class BounceCallout:
    """The notice of a bounce shown beside an email: no callout in Duetrail's sense."""

    detected_at: str | None = None


@frozen
class Email:
    """An email of a timeline; it names no invoice."""

    uid: str
    initiator: Initiator | None = None
    from_email: str | None = None
    to_emails: tuple[str, ...] | None = None
    cc_emails: tuple[str, ...] | None = None
    subject: str | None = None
    body_text: str | None = None
    status: str | None = None
    delivery_status: str | None = None
    is_bounced: bool | None = None
    bounce_callout: BounceCallout | None = None
    bouncing_recipient_emails: tuple[str, ...] | None = None
    error_message: str | None = None
    sent_at: datetime | None = None
    planned_send_at: datetime | None = None
    created_at: datetime | None = None


@frozen
class Draft:
    """A row of GET /api/email/drafts: an email of a timeline that is not sent yet."""

    uid: str
    from_email: str | None = None
    to: tuple[str, ...] | None = None
    cc: tuple[str, ...] | None = None
    bcc: tuple[str, ...] | None = None
    subject: str | None = None
    body_text: str | None = None
    body_html: str | None = None
    context_id: str | None = None
    planned_send_at: datetime | None = None
    status: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@frozen
class Conversation:
    """Of a row of GET /api/conversations, what decides whether its messages are read."""

    uid: str
    organization_uid: str | None = None
    channel: str | None = None
    updated_on: datetime | None = None


@frozen
class Sender:
    """Who a message is from."""

    email: str | None = None


@frozen
class Message:
    """An email in GET /api/conversations/{conversation_uid}; it names no invoice."""

    uid: str
    conversation_uid: str | None = None
    sender_uid: str | None = None
    sender_type: str | None = None
    direction: str | None = None
    message_direction: str | None = None
    provider_message_id: str | None = None
    from_: Sender | None = named("from")
    to: tuple[str, ...] | None = None
    cc: tuple[str, ...] | None = None
    subject: str | None = None
    snippet: str | None = None
    body_text: str | None = None
    body_html: str | None = None
    sent_at: datetime | None = None
    created_on: datetime | None = None
