"""The canonical records: Invoice, Call, Callout, Email, the Party they concern, and Payment.

Nothing is mandatory but identity: `connection` (whose account it was read with) and `id` (the
vendor's own, opaque). None means the vendor did not say; nothing is guessed.

- Money fields are `Money` in the record's `currency`, unless the field names another.
- Fields ending in `_at` are aware datetimes in UTC, in `_on` calendar days, in `_seconds` seconds.
- Every canonical word `x` has the vendor's own beside it in `x_raw`.
- `invoices` of a touch are the invoices the vendor itself names; the store adds links for
  containment and keys.
- `extra` holds what the vendor sent and no field has a home for. It is filled by `duetrail.read`
  and on request; the store keeps it in the page the record came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import attrs
from attrs import field, frozen

from duetrail.model.money import Money
from duetrail.model.values import Address, Ref
from duetrail.model.words import (
    AgentKind,
    AttemptStatus,
    CallOutcome,
    CalloutKind,
    CalloutStatus,
    CallStatus,
    Channel,
    DeliveryStatus,
    Direction,
    EmailStatus,
    InvoiceKind,
    InvoiceStatus,
    PaymentMethod,
    PaymentStatus,
    Priority,
    Sentiment,
)


def _extra() -> Any:
    return field(factory=dict, eq=False, repr=False)


def _personal() -> Any:
    return field(default=None, repr=False)


def _personal_list() -> Any:
    return field(default=(), repr=False)


@frozen(kw_only=True)
class Record:
    """What every record has: identity, and what had no home.

    Attributes:
        connection: The name of the connection it was read with.
        id: The vendor's id; together with `connection` and the table it is the identity.
        extra: What the vendor sent beyond the fields, as received.
    """

    table: ClassVar[str]

    connection: str
    id: str
    extra: Mapping[str, Any] = _extra()

    @property
    def ref(self) -> Ref:
        """A reference to this record."""
        return Ref(self.connection, self.table, self.id)


@frozen(kw_only=True)
class InvoiceLine:
    """One line of an invoice. Lines have no identity of their own at most vendors."""

    id: str | None = None
    remote_id: str | None = None
    line_number: Decimal | None = None
    name: str | None = None
    description: str | None = None
    product_type: str | None = None
    quantity: Decimal | None = None
    currency: str | None = None
    unit_price: Money | None = None
    total: Money | None = None
    discount: Money | None = None
    tax: Money | None = None
    period_start_at: datetime | None = None
    period_end_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@frozen(kw_only=True)
class PaymentAllocation:
    """The share of one payment that is applied to this invoice.

    Never add up `payment_amount`: one payment may be spread over many invoices.
    `approved` other than True means a proposed match, not applied cash.
    """

    id: str | None = None
    payment_id: str | None = None
    remote_id: str | None = None
    currency: str | None = None
    amount: Money | None = None
    approved: bool | None = None
    approved_at: datetime | None = None
    strategy: str | None = None
    payment_currency: str | None = None
    payment_amount: Money | None = field(default=None, metadata={"currency": "payment_currency"})
    payment_refunded: Money | None = field(default=None, metadata={"currency": "payment_currency"})
    payment_status: PaymentStatus | None = None
    payment_status_raw: str | None = None
    payment_method: PaymentMethod | None = None
    payment_method_raw: str | None = None
    payment_reference: str | None = None
    paid_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@frozen(kw_only=True)
class Invoice(Record):
    """A demand for payment, as one vendor knows it.

    `amount_due` is what the vendor calls so, before or after payments; `amount_remaining` is
    filled only where it is certain. `customer_id` is the id of a Party of the same connection.
    `outbound_calls` and `inbound_calls` are how many calls a usage bill charges for, as the vendor
    counts them.
    """

    table: ClassVar[str] = "invoices"

    remote_id: str | None = None
    number: str | None = None
    purchase_order: str | None = None
    order_number: str | None = None
    kind: InvoiceKind | None = None
    kind_raw: str | None = None
    status: InvoiceStatus | None = None
    status_raw: str | None = None
    overdue: bool | None = None
    in_dispute: bool | None = None
    currency: str | None = None
    total: Money | None = None
    subtotal: Money | None = None
    tax: Money | None = None
    discount: Money | None = None
    amount_paid: Money | None = None
    amount_due: Money | None = None
    amount_remaining: Money | None = None
    issued_at: datetime | None = None
    issued_on: date | None = None
    due_at: datetime | None = None
    due_on: date | None = None
    paid_at: datetime | None = None
    voided_at: datetime | None = None
    written_off_at: datetime | None = None
    promised_to_pay_on: date | None = None
    period_start_at: datetime | None = None
    period_end_at: datetime | None = None
    customer_id: str | None = None
    customer_remote_id: str | None = None
    customer_name: str | None = _personal()
    billing_email: str | None = _personal()
    billing_address: Address | None = _personal()
    shipping_address: Address | None = _personal()
    last_outreach_at: datetime | None = None
    last_outreach_channel: Channel | None = None
    last_outreach_channel_raw: str | None = None
    last_outreach_to: str | None = _personal()
    document_url: str | None = _personal()
    payment_url: str | None = _personal()
    lines_complete: bool | None = None
    outbound_calls: int | None = None
    inbound_calls: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    lines: tuple[InvoiceLine, ...] = field(default=(), metadata={"table": "invoice_lines"})
    allocations: tuple[PaymentAllocation, ...] = field(
        default=(), metadata={"table": "payment_allocations"}
    )


@frozen(kw_only=True)
class Contact:
    """A person at a party."""

    id: str | None = None
    remote_id: str | None = None
    name: str | None = _personal()
    email: str | None = _personal()
    phone: str | None = _personal()
    job_title: str | None = None
    role: str | None = None
    is_primary: bool | None = None
    email_disabled: bool | None = None
    phone_disabled: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@frozen(kw_only=True)
class Party(Record):
    """A customer or other counterparty.

    `email_disabled`, `phone_disabled` (this address must not be used) and `email_paused`,
    `call_paused` (outreach is on hold) are four different facts.
    """

    table: ClassVar[str] = "parties"

    remote_id: str | None = None
    name: str | None = _personal()
    legal_name: str | None = _personal()
    is_company: bool | None = None
    is_active: bool | None = None
    parent_id: str | None = None
    account_number: str | None = None
    tax_number: str | None = _personal()
    email: str | None = _personal()
    phone: str | None = _personal()
    timezone: str | None = None
    currency: str | None = None
    email_disabled: bool | None = None
    phone_disabled: bool | None = None
    email_paused: bool | None = None
    call_paused: bool | None = None
    billing_address: Address | None = _personal()
    shipping_address: Address | None = _personal()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    contacts: tuple[Contact, ...] = field(default=(), metadata={"table": "contacts"})


@frozen(kw_only=True)
class Touch(Record):
    """A step on an invoice's trail: what Call, Callout and Email share.

    Attributes:
        invoices: The invoices the vendor names for it.
        customer_id: The Party it concerns, of the same connection.
    """

    invoices: tuple[Ref, ...] = ()
    customer_id: str | None = None


@frozen(kw_only=True)
class Call(Touch):
    """A telephone call.

    Numbers are kept as given. `cost` is the price of the call, `reason` why it is made,
    `transcript_parts` a transcript in the vendor's own structure.
    """

    table: ClassVar[str] = "calls"

    provider_id: str | None = None
    callout_id: str | None = None
    direction: Direction | None = None
    direction_raw: str | None = None
    status: CallStatus | None = None
    status_raw: str | None = None
    outcome: CallOutcome | None = None
    outcome_raw: str | None = None
    voicemail: bool | None = None
    from_number: str | None = _personal()
    to_number: str | None = _personal()
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: int | None = None
    billed_seconds: int | None = None
    reason: str | None = _personal()
    agent_kind: AgentKind | None = None
    agent_kind_raw: str | None = None
    agent_id: str | None = None
    recording_url: str | None = _personal()
    transcript_url: str | None = _personal()
    transcript: str | None = _personal()
    transcript_parts: Any = _personal()
    summary: str | None = _personal()
    sentiment: Sentiment | None = None
    sentiment_raw: str | None = None
    keywords: tuple[str, ...] = _personal_list()
    tags: tuple[str, ...] = ()
    currency: str | None = None
    cost: Money | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@frozen(kw_only=True)
class CalloutAttempt:
    """One attempt of a callout. It is neither a Call nor an Email and is never counted as one."""

    id: str | None = None
    channel: Channel | None = None
    channel_raw: str | None = None
    status: AttemptStatus | None = None
    status_raw: str | None = None
    attempted_at: datetime | None = None
    duration_seconds: int | None = None
    agent_id: str | None = None
    summary: str | None = _personal()
    recording_url: str | None = _personal()
    transcript_url: str | None = _personal()
    email_subject: str | None = _personal()
    opened_at: datetime | None = None
    clicked_at: datetime | None = None


@frozen(kw_only=True)
class Callout(Touch):
    """A planned collection action on an invoice.

    `derived` is True where the vendor has no such object and ours is read off a planned call or
    an unsent email.
    """

    table: ClassVar[str] = "callouts"

    derived: bool = False
    kind: CalloutKind | None = None
    kind_raw: str | None = None
    status: CalloutStatus | None = None
    status_raw: str | None = None
    priority: Priority | None = None
    priority_raw: str | None = None
    channels: tuple[Channel, ...] = ()
    scheduled_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    contact_name: str | None = _personal()
    contact_email: str | None = _personal()
    contact_phone: str | None = _personal()
    agent_id: str | None = None
    attempts_total: int | None = None
    attempts_successful: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    attempts: tuple[CalloutAttempt, ...] = field(default=(), metadata={"table": "callout_attempts"})


@frozen(kw_only=True)
class Attachment:
    """What is known of an attached file; never the file, never a link that opens it."""

    id: str | None = None
    name: str | None = _personal()
    media_type: str | None = None
    size_bytes: int | None = None
    created_at: datetime | None = None


@frozen(kw_only=True)
class Email(Touch):
    """An email. `html` and `text` are untrusted text of third parties; `reason` is why it is sent.

    `bounced`, `status` and `delivery_status` are three independent facts.
    """

    table: ClassVar[str] = "emails"

    remote_id: str | None = None
    thread_id: str | None = None
    parent_id: str | None = None
    callout_id: str | None = None
    direction: Direction | None = None
    direction_raw: str | None = None
    status: EmailStatus | None = None
    status_raw: str | None = None
    delivery_status: DeliveryStatus | None = None
    delivery_status_raw: str | None = None
    bounced: bool | None = None
    bounced_addresses: tuple[str, ...] = _personal_list()
    from_address: str | None = _personal()
    to_addresses: tuple[str, ...] = _personal_list()
    cc_addresses: tuple[str, ...] = _personal_list()
    bcc_addresses: tuple[str, ...] = _personal_list()
    reply_to_addresses: tuple[str, ...] = _personal_list()
    subject: str | None = _personal()
    text: str | None = _personal()
    html: str | None = _personal()
    preview: str | None = _personal()
    planned_at: datetime | None = None
    sent_at: datetime | None = None
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    bounced_at: datetime | None = None
    initiator_kind: AgentKind | None = None
    initiator_kind_raw: str | None = None
    initiator_id: str | None = None
    initiator_name: str | None = _personal()
    is_automated: bool | None = None
    is_generated: bool | None = None
    reason: str | None = _personal()
    error: str | None = _personal()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    attachments: tuple[Attachment, ...] = field(default=(), metadata={"table": "attachments"})


@frozen(kw_only=True)
class Payment(Record):
    """Money received, or paid back where `amount` is negative.

    It may be spread over many invoices, or over none: what it settles are the
    `PaymentAllocation`s of invoices that name it in `payment_id`.
    """

    table: ClassVar[str] = "payments"

    remote_id: str | None = None
    customer_id: str | None = None
    currency: str | None = None
    amount: Money | None = None
    refunded: Money | None = None
    status: PaymentStatus | None = None
    status_raw: str | None = None
    method: PaymentMethod | None = None
    method_raw: str | None = None
    reference: str | None = None
    description: str | None = _personal()
    paid_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


RECORDS: tuple[type[Record], ...] = (Invoice, Call, Callout, Email, Party, Payment)
"""Every kind of record, in the order in which they are shown."""

BY_TABLE: Mapping[str, type[Record]] = {record.table: record for record in RECORDS}
"""Every kind of record by its table name."""


def fields_of(record: type[Any]) -> tuple[attrs.Attribute[Any], ...]:
    """The declared fields of a record or child, with their types resolved, without `extra`."""
    attrs.resolve_types(record)
    return tuple(f for f in attrs.fields(record) if f.name != "extra")
