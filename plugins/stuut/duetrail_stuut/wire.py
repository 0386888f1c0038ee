"""The fields of Stuut's answers that the mapping uses, in Stuut's own words.

Source: Stuut API reference, List Invoices, List Calls, Retrieve a Call, List Partners, Retrieve a
Payment, List Remittances, List Tasks, Get Aging Balance. Everything but an `id` may be absent or
null. Amounts are JSON numbers in minor units; `status`, `transcript`, `recording_url` and `pdf` are
not typed.

Nobody compares or prints these objects, so attrs writes no code for that: half of what a class
costs when it is imported.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from attrs import frozen


@frozen(eq=False, repr=False)
class Address:
    """A postal address; it has no id."""

    name: str | None = None
    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    phone: str | None = None


@frozen(eq=False, repr=False)
class LineItem:
    """A line of an invoice; it has no id."""

    remote_id: str | None = None
    line_number: Decimal | None = None
    name: str | None = None
    description: str | None = None
    product_type: str | None = None
    quantity: Decimal | None = None
    currency: str | None = None
    unit_amount: Decimal | None = None
    total_amount: Decimal | None = None
    total_discount: Decimal | None = None
    total_tax: Decimal | None = None
    period_start_date: datetime | None = None
    period_end_date: datetime | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None


@frozen(eq=False, repr=False)
class Share:
    """What an allocation shows of the payment it is a share of."""

    currency: str | None = None
    amount: Decimal | None = None
    amount_refunded: Decimal | None = None
    status: str | None = None
    payment_method: str | None = None
    reference_number: str | None = None
    timestamp: datetime | None = None


@frozen(kw_only=True, eq=False, repr=False)
class Payment(Share):
    """A payment, inside an allocation or by itself."""

    id: str
    remote_id: str | None = None
    partner_id: str | None = None
    description: str | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None


@frozen(eq=False, repr=False)
class Allocation:
    """The share of a payment that goes to one invoice (`payments[]`)."""

    id: str | None = None
    payment_id: str | None = None
    remote_id: str | None = None
    amount: Decimal | None = None
    approved: bool | None = None
    approved_at: datetime | None = None
    strategy: str | None = None
    payment: Share | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None


@frozen(eq=False, repr=False)
class Invoice:
    """An invoice, without the calls, emails and partner inside it."""

    id: str
    remote_id: str | None = None
    number: str | None = None
    purchase_order_number: str | None = None
    order_number: str | None = None
    type: str | None = None
    status: Any = None
    in_dispute: bool | None = None
    currency: str | None = None
    total_amount: Decimal | None = None
    subtotal: Decimal | None = None
    total_tax: Decimal | None = None
    total_discount: Decimal | None = None
    amount_paid: Decimal | None = None
    amount_due: Decimal | None = None
    issued_at: datetime | None = None
    due_date: datetime | None = None
    paid_at: datetime | None = None
    voided_at: datetime | None = None
    marked_uncollectible_at: datetime | None = None
    promised_to_pay_date: date | None = None
    period_start_date: datetime | None = None
    period_end_date: datetime | None = None
    partner_id: str | None = None
    remote_partner_id: str | None = None
    billing_email: str | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    last_outreach_at: datetime | None = None
    last_outreach_channel: str | None = None
    last_outreach_to: str | None = None
    remote_invoice_pdf: str | None = None
    remote_payment_portal_url: str | None = None
    requires_line_item_sync: bool | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    line_items: tuple[LineItem, ...] | None = None
    payments: tuple[Allocation, ...] | None = None


@frozen(eq=False, repr=False)
class Call:
    """A call inside an invoice; its own `invoices` are cut off there."""

    id: str
    retell_id: str | None = None
    direction: str | None = None
    status: str | None = None
    disconnection_reason: str | None = None
    in_voicemail: bool | None = None
    from_number: str | None = None
    to_number: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    is_automated: bool | None = None
    agent_id: str | None = None
    call_reason: str | None = None
    partner_id: str | None = None
    recording_url: Any = None
    transcript_str: str | None = None
    transcript: Any = None
    summary: str | None = None
    sentiment: str | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None


@frozen(eq=False, repr=False)
class Named:
    """An invoice that a call names; no more of it is read there."""

    id: str | None = None


@frozen(eq=False, repr=False)
class ListedCall(Call):
    """A call by itself or in the list of calls, with the invoices it is about."""

    invoices: tuple[Named, ...] | None = None


@frozen(eq=False, repr=False)
class Attachment:
    """An attached file, without the link that opens it."""

    id: str | None = None
    name: str | None = None
    mime_type: str | None = None
    size: int | None = None
    created_at: datetime | None = None


@frozen(eq=False, repr=False)
class User:
    """A person who works with Stuut."""

    id: str | None = None
    name: str | None = None


@frozen(eq=False, repr=False)
class Email:
    """An email inside an invoice or a remittance; nothing in it says which invoice."""

    id: str
    remote_id: str | None = None
    thread_id: str | None = None
    parent_email_id: str | None = None
    direction: str | None = None
    status: str | None = None
    bounced_addresses: tuple[str, ...] | None = None
    from_email: str | None = None
    to: tuple[str, ...] | None = None
    cc: tuple[str, ...] | None = None
    bcc: tuple[str, ...] | None = None
    reply_to: tuple[str, ...] | None = None
    subject: str | None = None
    body: str | None = None
    snippet: str | None = None
    sent_at: datetime | None = None
    is_automated: bool | None = None
    is_generated: bool | None = None
    author: User | None = None
    author_id: str | None = None
    sent_by_id: str | None = None
    email_reason: str | None = None
    error_message: str | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    attachments: tuple[Attachment, ...] | None = None


@frozen(eq=False, repr=False)
class Contact:
    """A person at a partner."""

    id: str | None = None
    remote_id: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    job_title: str | None = None
    external_role: str | None = None
    is_primary: bool | None = None
    is_email_disabled: bool | None = None
    is_phone_disabled: bool | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None


@frozen(eq=False, repr=False)
class Partner:
    """The customer. Inside a call it lacks the two pause flags."""

    id: str
    remote_id: str | None = None
    name: str | None = None
    legal_name: str | None = None
    is_company: bool | None = None
    is_active: bool | None = None
    parent_id: str | None = None
    account_number: str | None = None
    tax_number: str | None = None
    email: str | None = None
    phone: str | None = None
    timezone: str | None = None
    currency: str | None = None
    is_email_disabled: bool | None = None
    is_phone_disabled: bool | None = None
    is_email_outreach_manually_paused: bool | None = None
    is_call_outreach_manually_paused: bool | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    contacts: tuple[Contact, ...] | None = None


@frozen(eq=False, repr=False)
class RemittanceLine:
    """What a remittance says of one invoice; a number that matches none has no `invoice_id`."""

    invoice_id: str | None = None


@frozen(eq=False, repr=False)
class Remittance:
    """What a customer says a payment is for, without the email it came in."""

    allocations: tuple[RemittanceLine, ...] | None = None


@frozen(eq=False, repr=False)
class Task:
    """A piece of work; nothing in it says which invoice it is about."""

    id: str
    type: str | None = None
    status: str | None = None
    assignee_id: str | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None


@frozen(eq=False, repr=False)
class Owed:
    """What tells of an invoice whether, and how much of it, is open."""

    type: str | None = None
    status: Any = None
    currency: str | None = None
    total_amount: Decimal | None = None
    amount_paid: Decimal | None = None
    amount_due: Decimal | None = None


@frozen(eq=False, repr=False)
class AgingBalance:
    """How many invoices are open, and how much in cents, by days overdue. All are required."""

    days_0_count: int
    days_1_30_count: int
    days_31_60_count: int
    days_61_90_count: int
    days_91_plus_count: int
    days_0_amount: int
    days_1_30_amount: int
    days_31_60_amount: int
    days_61_90_amount: int
    days_91_plus_amount: int
