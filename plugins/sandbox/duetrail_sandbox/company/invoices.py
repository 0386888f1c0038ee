"""Invoices with their lines and payments, and everything that happened on them.

Amounts are integers of minor units, moments are aware UTC datetimes. A field that is ``None``
is unknown or has not happened; vendors show it as null or leave it out.
"""

from __future__ import annotations

from datetime import date, datetime

from attrs import frozen

from duetrail_sandbox.company.people import Customer, User
from duetrail_sandbox.company.touches import Call, Callout, Email, VoiceCall

__all__ = ["Allocation", "Bill", "Invoice", "Line", "Payment"]


@frozen(kw_only=True)
class Line:
    """One line of an invoice; ``total`` is quantity times unit, before tax and discount."""

    number: int
    remote_id: str
    name: str
    quantity: int | float
    unit: int
    total: int
    tax: int
    discount: int


@frozen(kw_only=True)
class Payment:
    """Money received; ``amount`` is the whole payment, however many invoices it covers."""

    id: str
    remote_id: str
    amount: int
    currency: str
    method: str
    status: str
    time: datetime
    reference: str
    refunded: int | None
    payer: str
    customer_id: str


@frozen(kw_only=True)
class Allocation:
    """The share of a payment that goes to one invoice; unapproved is only a proposal."""

    id: str
    payment: Payment
    amount: int
    strategy: str
    approved: bool | None
    approver: User | None
    created: datetime


@frozen(kw_only=True)
class Bill:
    """The part of an invoice that is settled when it is written, before its story begins."""

    index: int
    id: str
    remote_id: str
    number: str | None
    customer: Customer
    currency: str
    kind: str
    lines: tuple[Line, ...]
    lines_complete: bool
    subtotal: int
    tax: int
    discount: int
    total: int
    purchase_order: str | None
    order_number: str | None
    terms: int


@frozen(kw_only=True)
class Invoice(Bill):
    """An invoice with everything that happened on it, at Stuut and at Credira."""

    status: str
    amount_due: int
    paid: int
    created: datetime
    modified: datetime
    issued: datetime | None
    due: datetime | None
    paid_at: datetime | None
    voided_at: datetime | None
    written_off_at: datetime | None
    promised_on: date | None
    in_dispute: bool | None
    memo: str | None
    note: str | None
    emails: tuple[Email, ...]
    calls: tuple[Call, ...]
    allocations: tuple[Allocation, ...]
    voice_calls: tuple[VoiceCall, ...]
    callouts: tuple[Callout, ...]

    @property
    def remaining(self) -> int:
        """What is left to pay; Stuut sorts by it but does not show it."""
        return self.amount_due - self.paid

    @property
    def settled(self) -> datetime | None:
        """When it was paid, voided or given up; ``None`` while it is none of these."""
        return self.paid_at or self.voided_at or self.written_off_at

    @property
    def outreach(self) -> tuple[datetime, str, str] | None:
        """The newest outbound contact that took place: when, by which channel, to whom."""
        done = [
            (e.sent, "email", e.to[0])
            for e in self.emails
            if e.direction == "outbound" and e.sent is not None
        ]
        done += [
            (c.start, "call", c.to_number)
            for c in self.calls
            if c.direction == "outbound" and c.start is not None
        ]
        return max(done, default=None)

    @property
    def last_inbound(self) -> datetime | None:
        """When the customer last wrote or rang; Stuut sorts by it but does not show it."""
        heard = [e.sent for e in self.emails if e.direction == "inbound" and e.sent is not None]
        heard += [c.start for c in self.calls if c.direction == "inbound" and c.start is not None]
        return max(heard, default=None)
