"""The fields of Stripe's answers that the mapping uses, in Stripe's own words.

Source: Stripe API reference. Amounts are whole numbers in the smallest unit that Stripe charges
(see `money`), times are Unix times, and nearly everything may be null.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Address:
    """A postal address."""

    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None


@frozen
class Shipping:
    """Where goods go."""

    name: str | None = None
    phone: str | None = None
    address: Address | None = None


@frozen
class Customer:
    """A row of GET /v1/customers."""

    id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    currency: str | None = None
    address: Address | None = None
    shipping: Shipping | None = None
    created: int | None = None


@frozen
class Period:
    """From when to when a line bills."""

    start: int | None = None
    end: int | None = None


@frozen
class Line:
    """A line of an invoice, or of a credit note, which names no currency and no period."""

    id: str | None = None
    amount: int | None = None
    currency: str | None = None
    description: str | None = None
    quantity: int | None = None
    period: Period | None = None


@frozen
class Lines:
    """The first lines; `has_more` says whether that is all."""

    data: tuple[Line, ...] = ()
    has_more: bool | None = None


@frozen
class StatusTransitions:
    """When an invoice came to where it is."""

    finalized_at: int | None = None
    paid_at: int | None = None
    voided_at: int | None = None
    marked_uncollectible_at: int | None = None


@frozen
class Invoice:
    """A row of GET /v1/invoices."""

    id: str
    number: str | None = None
    status: str | None = None
    currency: str | None = None
    total: int | None = None
    subtotal: int | None = None
    amount_due: int | None = None
    amount_paid: int | None = None
    amount_remaining: int | None = None
    pre_payment_credit_notes_amount: int | None = None
    post_payment_credit_notes_amount: int | None = None
    due_date: int | None = None
    created: int | None = None
    period_start: int | None = None
    period_end: int | None = None
    status_transitions: StatusTransitions | None = None
    customer: str | None = None
    customer_name: str | None = None
    customer_email: str | None = None
    customer_address: Address | None = None
    customer_shipping: Shipping | None = None
    hosted_invoice_url: str | None = None
    invoice_pdf: str | None = None
    lines: Lines | None = None


@frozen
class CreditNote:
    """A row of GET /v1/credit_notes."""

    id: str
    number: str | None = None
    status: str | None = None
    currency: str | None = None
    total: int | None = None
    subtotal: int | None = None
    invoice: str | None = None
    customer: str | None = None
    created: int | None = None
    effective_at: int | None = None
    voided_at: int | None = None
    pdf: str | None = None
    lines: Lines | None = None


@frozen
class MethodDetails:
    """How a charge was paid."""

    type: str | None = None


@frozen
class Charge:
    """A row of GET /v1/charges."""

    id: str
    amount: int | None = None
    amount_refunded: int | None = None
    captured: bool | None = None
    currency: str | None = None
    status: str | None = None
    customer: str | None = None
    description: str | None = None
    payment_method_details: MethodDetails | None = None
    created: int | None = None


@frozen
class Refund:
    """A row of GET /v1/refunds."""

    id: str
    amount: int | None = None
    currency: str | None = None
    status: str | None = None
    charge: str | None = None
    reason: str | None = None
    created: int | None = None


@frozen
class Dispute:
    """A row of GET /v1/disputes: a payment that the customer's bank takes back, or may."""

    id: str
    amount: int | None = None
    currency: str | None = None
    status: str | None = None
    charge: str | None = None
    reason: str | None = None
    created: int | None = None
