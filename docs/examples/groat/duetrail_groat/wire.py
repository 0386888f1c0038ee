"""The fields of Groat's answers that the mapping uses.

In the vendor's own words: List Invoices, List Emails of an Invoice. Amounts are whole minor units,
times are Unix seconds, currencies are in small letters. Only an `id` is required. Whatever is not
named here is kept in the record's `extra`.
"""

from __future__ import annotations

from decimal import Decimal

from attrs import frozen


@frozen
class Period:
    """From when to when a line is charged for."""

    start: int | None = None
    end: int | None = None


@frozen
class Line:
    """A line of an invoice."""

    id: str
    description: str | None = None
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    amount: Decimal | None = None
    currency: str | None = None
    period: Period | None = None


@frozen
class Lines:
    """The first lines of an invoice; `has_more` where there are others."""

    data: tuple[Line, ...] = ()
    has_more: bool | None = None


@frozen
class Transitions:
    """When an invoice came into a state; null for those it was never in."""

    finalized_at: int | None = None
    paid_at: int | None = None
    voided_at: int | None = None
    marked_uncollectible_at: int | None = None


@frozen
class Invoice:
    """An invoice; a draft has no number yet."""

    id: str
    number: str | None = None
    status: str | None = None
    currency: str | None = None
    subtotal: Decimal | None = None
    tax: Decimal | None = None
    total: Decimal | None = None
    amount_due: Decimal | None = None
    amount_paid: Decimal | None = None
    amount_remaining: Decimal | None = None
    created: int | None = None
    due_date: int | None = None
    status_transitions: Transitions | None = None
    customer: str | None = None
    customer_name: str | None = None
    customer_email: str | None = None
    lines: Lines | None = None


@frozen
class Email:
    """An email about an invoice, planned or sent."""

    id: str
    invoice: str | None = None
    kind: str | None = None
    status: str | None = None
    automatic: bool | None = None
    to: tuple[str, ...] | None = None
    cc: tuple[str, ...] | None = None
    subject: str | None = None
    text: str | None = None
    scheduled_for: int | None = None
    sent_at: int | None = None
    opened_at: int | None = None
    bounced: bool | None = None
    bounced_at: int | None = None
    error: str | None = None
