"""What stands inside a record and has a table of its own: lines, allocations, contacts and others.

They come in the vendor's order, have no identity of their own, and are replaced with their record.
`duetrail.model.records` says what holds for their fields.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from attrs import frozen

from duetrail.model.comparing import Compared
from duetrail.model.fields import personal, plain
from duetrail.model.making import fast_init
from duetrail.model.money import Money
from duetrail.model.words import (
    AttemptStatus,
    Channel,
    InvoiceStatus,
    PaymentMethod,
    PaymentStatus,
)


@fast_init
@frozen(kw_only=True, eq=False, repr=False)
class InvoiceLine(Compared):
    """One line of an invoice. Lines have no identity of their own at most vendors."""

    id: str | None = plain("the vendor's id, where lines have one")
    remote_id: str | None = plain("its id in the ERP")
    line_number: Decimal | None = plain(
        "its number on the invoice; a decimal, since some count 1.1, 1.2"
    )
    name: str | None = plain("what was sold, in short")
    description: str | None = plain("what was sold, at length")
    product_type: str | None = plain("the vendor's word for the kind of product")
    quantity: Decimal | None = plain("how many")
    currency: str | None = plain("the currency of its amounts")
    unit_price: Money | None = plain("the price of one")
    total: Money | None = plain("the amount of the line")
    discount: Money | None = plain("the discount on it")
    tax: Money | None = plain("the tax on it")
    period_start_at: datetime | None = plain("the beginning of the period it bills")
    period_end_at: datetime | None = plain("the end of the period it bills")
    created_at: datetime | None = plain("when the vendor made it")
    updated_at: datetime | None = plain("when the vendor last changed it")


@fast_init
@frozen(kw_only=True, eq=False, repr=False)
class PaymentAllocation(Compared):
    """The share of one payment that is applied to this invoice.

    Never add up `payment_amount`: one payment may be spread over many invoices.
    `approved` other than True means a proposed match, not applied cash.
    """

    id: str | None = plain("the vendor's id of the allocation")
    payment_id: str | None = plain("the vendor's id of the payment it is a share of")
    remote_id: str | None = plain("its id in the ERP")
    currency: str | None = plain("the currency of `amount`")
    amount: Money | None = plain("the share that goes to this invoice")
    approved: bool | None = plain("yes: applied cash; anything else: a proposed match")
    approved_at: datetime | None = plain("when the match was approved")
    strategy: str | None = plain("the vendor's word for how the match was found")
    payment_currency: str | None = plain("the currency of the payment itself")
    payment_amount: Money | None = plain(
        "the whole payment, in `payment_currency`; never add it up per invoice",
        currency="payment_currency",
    )
    payment_refunded: Money | None = plain(
        "what of the payment was given back, in `payment_currency`", currency="payment_currency"
    )
    payment_status: PaymentStatus | None = plain("how far the payment has come")
    payment_status_raw: str | None = plain("the vendor's word for it")
    payment_method: PaymentMethod | None = plain("how the money moved")
    payment_method_raw: str | None = plain("the vendor's word for it")
    payment_reference: str | None = plain("the reference on the payment, such as a check number")
    paid_at: datetime | None = plain("when the payment was made, by the vendor's account")
    created_at: datetime | None = plain("when the vendor made the allocation")
    updated_at: datetime | None = plain("when the vendor last changed it")


@fast_init
@frozen(kw_only=True, eq=False, repr=False)
class Instalment(Compared):
    """A part of an invoice that is due on a day of its own.

    An invoice with instalments ages by them: each by its own day, and not the invoice once more.
    """

    id: str | None = plain("the vendor's id, where instalments have one")
    status: InvoiceStatus | None = plain("where it stands")
    status_raw: str | None = plain("the vendor's word for it")
    currency: str | None = plain("the currency of its amounts")
    amount: Money | None = plain("how much is to be paid with it")
    amount_paid: Money | None = plain("what of it was paid so far, as reported")
    amount_remaining: Money | None = plain("what of it is still to pay, only where that is certain")
    due_at: datetime | None = plain("when it is due, where the vendor gives a time")
    due_on: date | None = plain("the day it is due, only where a day is certain")
    paid_at: datetime | None = plain("when it was paid in full")


@fast_init
@frozen(kw_only=True, eq=False, repr=False)
class CreditAllocation(Compared):
    """A share of a credit note: applied to an invoice, or paid back.

    It stands on the credit note. Where a vendor shows it only on the invoice, it stands there, and
    names the credit note. A plugin whose vendor shows both fills one, so that it counts once.
    """

    id: str | None = plain("the vendor's id of the allocation")
    credit_note_id: str | None = plain(
        "on an invoice, the id of the credit note that is applied to it"
    )
    applied_invoice_id: str | None = plain(
        "on a credit note, the id of the invoice that it is applied to"
    )
    refund_id: str | None = plain("the id of the Payment by which the share was paid back")
    currency: str | None = plain("the currency of `amount`")
    amount: Money | None = plain("the share; never negative")
    applied_at: datetime | None = plain("when it was applied or paid back")


@fast_init
@frozen(kw_only=True, eq=False, repr=False)
class PaymentApplication(Compared):
    """The share of this payment that is applied to one invoice.

    It stands on the payment. Where a vendor shows it on the invoice, it is a `PaymentAllocation`
    there; where both say it, the invoice's counts. A payment that names one invoice is applied to
    it with its whole `amount`.
    """

    id: str | None = plain("the vendor's id of the application")
    invoice_id: str | None = plain(
        "the id of the invoice, of the same connection; without one it is no application",
        is_needed=True,
    )
    currency: str | None = plain("the currency of `amount`")
    amount: Money | None = plain("the share that goes to the invoice")
    applied_at: datetime | None = plain(
        "when it was applied, where that is another time than that of the payment"
    )
    applied_on: date | None = plain("the day it was applied, only where a day is certain")


@fast_init
@frozen(kw_only=True, eq=False, repr=False)
class CalloutAttempt(Compared):
    """One attempt of a callout. It is neither a Call nor an Email and is never counted as one."""

    id: str | None = plain("the vendor's id, where attempts have one")
    channel: Channel | None = plain("how it was made")
    channel_raw: str | None = plain("the vendor's word for it")
    status: AttemptStatus | None = plain("how it ended")
    status_raw: str | None = plain("the vendor's word for it")
    attempted_at: datetime | None = plain("when it was made")
    duration_seconds: int | None = plain("how long it lasted, in seconds")
    agent_id: str | None = plain("the vendor's id of the agent")
    summary: str | None = personal("the vendor's summary")
    recording_url: str | None = personal("a link to the recording; not fetched")
    transcript_url: str | None = personal("a link to the transcript; not fetched")
    email_subject: str | None = personal("the subject, if it was an email")
    opened_at: datetime | None = plain("when that email was opened")
    clicked_at: datetime | None = plain("when a link in it was followed")


@fast_init
@frozen(kw_only=True, eq=False, repr=False)
class Attachment(Compared):
    """What is known of an attached file; never the file, never a link that opens it."""

    id: str | None = plain("the vendor's id of the file")
    name: str | None = personal("the file's name")
    media_type: str | None = plain("its media type, such as `application/pdf`")
    size_bytes: int | None = plain("its size in bytes")
    created_at: datetime | None = plain("when the vendor made its record of it")


@fast_init
@frozen(kw_only=True, eq=False, repr=False)
class Contact(Compared):
    """A person at a party."""

    id: str | None = plain("the vendor's id")
    remote_id: str | None = plain("the id in the ERP")
    name: str | None = personal("the person's name")
    email: str | None = personal("the person's address")
    phone: str | None = personal("the person's number, as given")
    job_title: str | None = plain("the person's title")
    role: str | None = plain("what the person is to the creditor, in the vendor's words")
    is_primary: bool | None = plain("whether this is the first person to turn to")
    email_disabled: bool | None = plain("yes: this email address must not be used")
    phone_disabled: bool | None = plain("yes: this number must not be used")
    created_at: datetime | None = plain("when the vendor made its record of the person")
    updated_at: datetime | None = plain("when the vendor last changed its record of the person")
