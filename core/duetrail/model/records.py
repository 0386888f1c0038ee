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
from typing import Any, ClassVar

from attrs import field, frozen

from duetrail.model.children import (
    Attachment,
    CalloutAttempt,
    Contact,
    CreditAllocation,
    Instalment,
    InvoiceLine,
    PaymentAllocation,
    PaymentApplication,
)
from duetrail.model.comparing import Compared
from duetrail.model.fields import children, personal, plain
from duetrail.model.making import fast_init
from duetrail.model.money import Money
from duetrail.model.values import Address, Ref
from duetrail.model.words import (
    AgentKind,
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


@fast_init
@frozen(kw_only=True, eq=False, repr=False)
class Record(Compared):
    """What every record has: identity, and what had no home.

    Attributes:
        connection: The name of the connection it was read with.
        id: The vendor's id; together with `connection` and the table it is the identity.
        extra: What the vendor sent beyond the fields, as received.
    """

    table: ClassVar[str]

    connection: str = field(metadata={"help": "the name of the connection it was read with"})
    id: str = field(
        metadata={"help": "the vendor's id, opaque; unique within connection and record"}
    )
    extra: Mapping[str, Any] = field(
        factory=dict,
        eq=False,
        repr=False,
        metadata={
            "help": "what the vendor sent and no field has a home for, as received; filled by "
            "`read`, empty on records read back from a store, which keeps it in the page"
        },
    )

    @property
    def ref(self) -> Ref:
        """A reference to this record."""
        return Ref(self.connection, self.table, self.id)


@fast_init
@frozen(kw_only=True, eq=False, repr=False)
class Invoice(Record):
    """A demand for payment, or a credit note, as one vendor knows it.

    `kind` says who owes whom, so no amount is negative for being owed the other way: a credit note
    of 10 has a `total` of 10, its `amount_paid` is what was used of it, and its `amount_remaining`
    what was not.

    `amount_due` is what the vendor calls so, before or after payments; `amount_remaining` is
    filled only where it is certain. `customer_id` is the id of a Party of the same connection.
    `outbound_calls` and `inbound_calls` are how many calls a usage bill charges for, as the vendor
    counts them.
    """

    table: ClassVar[str] = "invoices"

    remote_id: str | None = plain("its id in the system it came from, usually the ERP")
    number: str | None = plain("the number printed on it; several invoices may share one")
    purchase_order: str | None = plain("the customer's purchase order")
    order_number: str | None = plain("the sales order")
    kind: InvoiceKind | None = plain("who owes whom")
    kind_raw: str | None = plain("the vendor's word for it")
    status: InvoiceStatus | None = plain("where it stands")
    status_raw: str | None = plain("the vendor's word for it")
    overdue: bool | None = plain(
        "whether the vendor calls it overdue; null where it does not say, never worked out from a "
        "clock"
    )
    in_dispute: bool | None = plain("whether the vendor says it is disputed")
    currency: str | None = plain("the code the vendor gave, usually ISO 4217")
    total: Money | None = plain("what it was issued for, tax and discount included")
    subtotal: Money | None = plain("the sum before tax and discount")
    tax: Money | None = plain("the tax in it")
    discount: Money | None = plain("the discount on it")
    amount_paid: Money | None = plain("what was paid so far, as reported")
    amount_due: Money | None = plain("what the vendor calls due, be it before or after payments")
    amount_remaining: Money | None = plain("what is still to pay, only where that is certain")
    issued_at: datetime | None = plain("when it was issued")
    issued_on: date | None = plain("the day it was issued, only where a day is certain")
    due_at: datetime | None = plain("when it is due, where the vendor gives a time")
    due_on: date | None = plain("the day it is due, only where a day is certain")
    paid_at: datetime | None = plain("when it was paid in full")
    voided_at: datetime | None = plain("when it was voided")
    written_off_at: datetime | None = plain("when it was given up as uncollectible")
    promised_to_pay_on: date | None = plain("the day by which payment is promised")
    period_start_at: datetime | None = plain("the beginning of the period it bills")
    period_end_at: datetime | None = plain("the end of the period it bills")
    customer_id: str | None = plain("the id of the customer, a Party of the same connection")
    customer_remote_id: str | None = plain("the customer's id in the ERP")
    customer_name: str | None = personal(
        "the customer's name, where it stands on the invoice itself"
    )
    billing_email: str | None = personal("where it is sent")
    billing_address: Address | None = personal("the address it is made out to")
    shipping_address: Address | None = personal("where the goods went")
    last_outreach_at: datetime | None = plain("when the customer was last reached out to about it")
    last_outreach_channel: Channel | None = plain("how")
    last_outreach_channel_raw: str | None = plain("the vendor's word for it")
    last_outreach_to: str | None = personal("the address or number that was used")
    document_url: str | None = personal("a link to the document; not fetched")
    payment_url: str | None = personal("a link by which the customer can pay")
    lines_complete: bool | None = plain(
        "whether `lines` holds all its lines; null where the vendor does not say"
    )
    outbound_calls: int | None = plain(
        "how many calls of the customer's a usage bill charges for, as the vendor counts them"
    )
    inbound_calls: int | None = plain("how many calls to the customer it charges for")
    created_at: datetime | None = plain("when the vendor made its record of it")
    updated_at: datetime | None = plain("when the vendor last changed its record of it")
    lines: tuple[InvoiceLine, ...] = children("invoice_lines", "its lines, in the vendor's order")
    allocations: tuple[PaymentAllocation, ...] = children(
        "payment_allocations", "the shares of payments applied to it, or proposed to be"
    )
    original_invoice_id: str | None = plain(
        "on a credit note, the id of the invoice that it corrects, of the same connection",
        since="1.1",
    )
    amount_credited: Money | None = plain("what credit notes took off it, as reported", since="1.1")
    amount_written_off: Money | None = plain(
        "what of it was given up as uncollectible, as reported", since="1.1"
    )
    instalments: tuple[Instalment, ...] = children(
        "instalments", "the parts that are due one by one, where it is paid so", since="1.1"
    )
    credit_allocations: tuple[CreditAllocation, ...] = children(
        "credit_allocations",
        "on a credit note, what it is used for; on an invoice, the credit notes applied to it, "
        "where the vendor shows them only there",
        since="1.1",
    )
    paid_on: date | None = plain(
        "the day it was paid in full, only where a day is certain", since="1.2"
    )


@fast_init
@frozen(kw_only=True, eq=False, repr=False)
class Party(Record):
    """A customer or other counterparty.

    `email_disabled`, `phone_disabled` (this address must not be used) and `email_paused`,
    `call_paused` (outreach is on hold) are four different facts.
    """

    table: ClassVar[str] = "parties"

    remote_id: str | None = plain("its id in the ERP")
    name: str | None = personal("the name in use")
    legal_name: str | None = personal("the registered name")
    is_company: bool | None = plain("a company (yes) or a person (no)")
    is_active: bool | None = plain("whether the vendor holds it to be active")
    parent_id: str | None = plain("the id of the Party it belongs to, of the same connection")
    account_number: str | None = plain("the number of its account with the creditor")
    tax_number: str | None = personal("its tax number")
    email: str | None = personal("its address")
    phone: str | None = personal("its number, as given")
    timezone: str | None = plain("its time zone, as given")
    currency: str | None = plain("the currency it is billed in")
    email_disabled: bool | None = plain("yes: this email address must not be used")
    phone_disabled: bool | None = plain("yes: this number must not be used")
    email_paused: bool | None = plain("yes: email outreach is on hold")
    call_paused: bool | None = plain("yes: call outreach is on hold")
    billing_address: Address | None = personal("the address on its invoices")
    shipping_address: Address | None = personal("where goods go")
    created_at: datetime | None = plain("when the vendor made its record of it")
    updated_at: datetime | None = plain("when the vendor last changed its record of it")
    contacts: tuple[Contact, ...] = children("contacts", "the people there")


@fast_init
@frozen(kw_only=True, eq=False, repr=False)
class Touch(Record):
    """A step on an invoice's trail: what Call, Callout and Email share.

    Attributes:
        invoices: The invoices the vendor names for it.
        customer_id: The Party it concerns, of the same connection.
    """

    invoices: tuple[Ref, ...] = plain(
        "the invoices the vendor itself names for it; in the store they are rows of `links`",
        default=(),
    )
    customer_id: str | None = plain("the id of the Party it concerns, of the same connection")


@fast_init
@frozen(kw_only=True, eq=False, repr=False)
class Call(Touch):
    """A telephone call.

    Numbers are kept as given. `cost` is the price of the call, `reason` why it is made,
    `transcript_parts` a transcript in the vendor's own structure.
    """

    table: ClassVar[str] = "calls"

    provider_id: str | None = plain("the id at the telephony provider behind the vendor")
    callout_id: str | None = plain("the id of the Callout that led to it, of the same connection")
    direction: Direction | None = plain("to the customer or from them")
    direction_raw: str | None = plain("the vendor's word for it")
    status: CallStatus | None = plain("how far it has come")
    status_raw: str | None = plain("the vendor's word for it")
    outcome: CallOutcome | None = plain("what the caller reached")
    outcome_raw: str | None = plain("the vendor's word for it, such as why the line was closed")
    voicemail: bool | None = plain("whether it went to voicemail")
    from_number: str | None = personal("the caller's number, as given")
    to_number: str | None = personal("the number called, as given")
    started_at: datetime | None = plain("when it began")
    answered_at: datetime | None = plain("when it was answered")
    ended_at: datetime | None = plain("when it ended")
    duration_seconds: int | None = plain("how long it lasted, in seconds")
    billed_seconds: int | None = plain("how long it is billed for, in seconds")
    reason: str | None = personal("why it is made, in the vendor's words")
    agent_kind: AgentKind | None = plain("who spoke for the creditor")
    agent_kind_raw: str | None = plain("the vendor's word for it")
    agent_id: str | None = plain("the vendor's id of the agent")
    recording_url: str | None = personal("a link to the recording; not fetched")
    transcript_url: str | None = personal("a link to the transcript; not fetched")
    transcript: str | None = personal("what was said, as text")
    transcript_parts: Any = personal("what was said, in the vendor's own structure")
    summary: str | None = personal("the vendor's summary")
    sentiment: Sentiment | None = plain("the mood the vendor heard")
    sentiment_raw: str | None = plain("the vendor's word for it")
    keywords: tuple[str, ...] = personal("words the vendor found in it", default=())
    tags: tuple[str, ...] = plain("labels given to it at the vendor", default=())
    currency: str | None = plain("the currency of `cost`")
    cost: Money | None = plain("the price of the call")
    created_at: datetime | None = plain("when the vendor made its record of it")
    updated_at: datetime | None = plain("when the vendor last changed its record of it")


@fast_init
@frozen(kw_only=True, eq=False, repr=False)
class Callout(Touch):
    """A planned collection action on an invoice.

    `derived` is True where the vendor has no such object and ours is read off a planned call or
    an unsent email.
    """

    table: ClassVar[str] = "callouts"

    derived: bool = plain(
        "yes where the vendor has no such object and this one is read off a planned call or an "
        "unsent email",
        default=False,
    )
    kind: CalloutKind | None = plain("what it is for")
    kind_raw: str | None = plain("the vendor's word for it")
    status: CalloutStatus | None = plain("how far it has come")
    status_raw: str | None = plain("the vendor's word for it")
    priority: Priority | None = plain("how urgent the vendor holds it to be")
    priority_raw: str | None = plain("the vendor's word for it")
    channels: tuple[Channel, ...] = plain("how the customer is to be reached", default=())
    scheduled_at: datetime | None = plain("when it is to happen")
    started_at: datetime | None = plain("when it began")
    completed_at: datetime | None = plain("when it was done")
    contact_name: str | None = personal("whom it is meant for")
    contact_email: str | None = personal("that contact's email address")
    contact_phone: str | None = personal("that contact's number, as given")
    agent_id: str | None = plain("the vendor's id of the agent")
    attempts_total: int | None = plain("how many attempts the vendor counts")
    attempts_successful: int | None = plain("how many of them the vendor counts as successful")
    created_at: datetime | None = plain("when the vendor made its record of it")
    updated_at: datetime | None = plain("when the vendor last changed its record of it")
    attempts: tuple[CalloutAttempt, ...] = children(
        "callout_attempts", "its attempts, where the vendor lists them"
    )


@fast_init
@frozen(kw_only=True, eq=False, repr=False)
class Email(Touch):
    """An email, or another written message, such as an SMS: then `channel` says so.

    `html` and `text` are untrusted text of third parties; `reason` is why it is sent.
    `bounced`, `status` and `delivery_status` are three independent facts.
    """

    table: ClassVar[str] = "emails"

    remote_id: str | None = plain("its id at the mail system behind the vendor")
    thread_id: str | None = plain("the vendor's id of the conversation")
    parent_id: str | None = plain(
        "the id of the Email it answers or follows, of the same connection"
    )
    callout_id: str | None = plain("the id of the Callout that led to it, of the same connection")
    direction: Direction | None = plain("to the customer or from them")
    direction_raw: str | None = plain("the vendor's word for it")
    status: EmailStatus | None = plain("how far it has come on the sender's side")
    status_raw: str | None = plain("the vendor's word for it")
    delivery_status: DeliveryStatus | None = plain("what came back from the receiving side")
    delivery_status_raw: str | None = plain("the vendor's word for it")
    bounced: bool | None = plain("whether any address bounced; null where the vendor does not say")
    bounced_addresses: tuple[str, ...] = personal("the addresses that bounced", default=())
    from_address: str | None = personal("the sender")
    to_addresses: tuple[str, ...] = personal("the recipients", default=())
    cc_addresses: tuple[str, ...] = personal("those in copy", default=())
    bcc_addresses: tuple[str, ...] = personal("those in blind copy", default=())
    reply_to_addresses: tuple[str, ...] = personal("where answers go", default=())
    subject: str | None = personal("the subject")
    text: str | None = personal("the body as plain text; untrusted text of third parties")
    html: str | None = personal(
        "the body as HTML; untrusted text of third parties, never to be rendered as it is"
    )
    preview: str | None = personal("its first words, where the vendor gives only these")
    planned_at: datetime | None = plain("when it is to be sent")
    sent_at: datetime | None = plain("when it was sent")
    opened_at: datetime | None = plain("when it was first known to be opened")
    clicked_at: datetime | None = plain("when a link in it was first known to be followed")
    bounced_at: datetime | None = plain("when it bounced")
    initiator_kind: AgentKind | None = plain("who had it sent")
    initiator_kind_raw: str | None = plain("the vendor's word for it")
    initiator_id: str | None = plain("the vendor's id of whoever had it sent")
    initiator_name: str | None = personal("their name")
    is_automated: bool | None = plain("whether it was sent without a person")
    is_generated: bool | None = plain("whether its text was written by a machine")
    reason: str | None = personal("why it is sent, in the vendor's words")
    error: str | None = personal("why it could not be sent, in the vendor's words")
    created_at: datetime | None = plain("when the vendor made its record of it")
    updated_at: datetime | None = plain("when the vendor last changed its record of it")
    attachments: tuple[Attachment, ...] = children("attachments", "what is known of attached files")
    channel: Channel | None = plain(
        "how it was sent, if it is no email but another written message", since="1.1"
    )
    channel_raw: str | None = plain("the vendor's word for it", since="1.1")


@fast_init
@frozen(kw_only=True, eq=False, repr=False)
class Payment(Record):
    """Money received, or paid back where `amount` is negative (a refund).

    It may be spread over many invoices, or over none: what it settles are its `applications`, or
    the `PaymentAllocation`s of invoices that name it in `payment_id`. What was paid back of it is
    told by `refunded`, and by refunds that name it in `refund_of_id` where the vendor shows them:
    subtract `refunded` only where there are none.
    """

    table: ClassVar[str] = "payments"

    remote_id: str | None = plain("its id in the ERP")
    customer_id: str | None = plain(
        "the customer it came from: the id of a party of the same connection"
    )
    currency: str | None = plain("its currency")
    amount: Money | None = plain("the whole of it, however many invoices it covers")
    refunded: Money | None = plain("how much of it was paid back")
    status: PaymentStatus | None = plain("how far it has come")
    status_raw: str | None = plain("the vendor's word for it")
    method: PaymentMethod | None = plain("how the money moved")
    method_raw: str | None = plain("the vendor's word for it")
    reference: str | None = plain("what it is called on a bank statement")
    description: str | None = personal("what somebody noted about it")
    paid_at: datetime | None = plain("when it was paid")
    created_at: datetime | None = plain("when the vendor first recorded it")
    updated_at: datetime | None = plain("when the vendor last changed its record of it")
    refund_of_id: str | None = plain(
        "of a refund, the id of the Payment that it pays back", since="1.1"
    )
    paid_on: date | None = plain("the day it was paid, only where a day is certain", since="1.2")
    applications: tuple[PaymentApplication, ...] = children(
        "payment_applications",
        "the invoices that it is applied to, where the vendor says so at the payment",
        since="1.2",
    )


RECORDS: tuple[type[Record], ...] = (Invoice, Call, Callout, Email, Party, Payment)
"""Every kind of record, in the order in which they are shown."""

BY_TABLE: Mapping[str, type[Record]] = {record.table: record for record in RECORDS}
"""Every kind of record by its table name."""
