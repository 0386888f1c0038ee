"""The fields of Yeti's answers that the mapping uses, in Yeti's own words.

Source: Yeti's customer API. An operator may hide any attribute, and releases differ, so everything
but an `id` may be absent or null. Amounts are text in plain decimal notation, durations are whole
seconds. What is not named here has no column; it stays in `extra`.
"""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from duetrail.wire import named


@frozen
class Linkage:
    """The name of another object."""

    id: str


@frozen
class ToOne:
    """A relationship: `data` is absent if not asked for, null if the other object is gone."""

    data: Linkage | None = None


@frozen
class Relationships:
    """Whose it is."""

    account: ToOne | None = None


@frozen
class AccountAttributes:
    """What an account is called, and since March 2026 its currency."""

    name: str | None = None
    currency: str | None = None


@frozen
class Account:
    """A row of GET /accounts; the same object may stand in `included` of another answer."""

    id: str
    attributes: AccountAttributes | None = None


@frozen
class InvoiceAttributes:
    """What was billed, for which time, and for how many calls of either direction."""

    reference: str | None = None
    start_date: datetime | None = named("start-date")
    end_date: datetime | None = named("end-date")
    has_pdf: bool | None = named("has-pdf")
    amount_spent: str | None = named("amount-spent")
    originated_calls_count: int | None = named("originated-calls-count")
    terminated_calls_count: int | None = named("terminated-calls-count")


@frozen
class Invoice:
    """A row of GET /invoices with `include=account`."""

    id: str
    attributes: InvoiceAttributes | None = None
    relationships: Relationships | None = None


@frozen
class CallAttributes:
    """What calls of both directions show.

    `success` is whether somebody answered; the numbers are free text from the signalling, here as
    they were after normalization.
    """

    time_start: datetime | None = named("time-start")
    time_connect: datetime | None = named("time-connect")
    time_end: datetime | None = named("time-end")
    duration: int | None = None
    success: bool | None = None
    src_prefix_routing: str | None = named("src-prefix-routing")
    dst_prefix_routing: str | None = named("dst-prefix-routing")
    rec: bool | None = None


@frozen
class CdrAttributes(CallAttributes):
    """What the one who made a call is shown of it, and its price, whoever is paid it."""

    src_prefix: str | None = named("src-prefix-in")
    dst_prefix: str | None = named("dst-prefix-in")
    call_id: str | None = named("orig-call-id")
    disconnect_code: int | None = named("lega-disconnect-code")
    disconnect_reason: str | None = named("lega-disconnect-reason")
    billed_duration: int | None = named("customer-duration")
    price: str | None = named("customer-price")


@frozen
class IncomingCdrAttributes(CallAttributes):
    """The same, as the one who was called is shown it, without what it pays.

    `vendor-price` is mostly what it earns, and has no VAT.
    """

    src_prefix: str | None = named("src-prefix-out")
    dst_prefix: str | None = named("dst-prefix-out")
    call_id: str | None = named("term-call-id")
    disconnect_code: int | None = named("legb-disconnect-code")
    disconnect_reason: str | None = named("legb-disconnect-reason")
    billed_duration: int | None = named("vendor-duration")


@frozen
class Cdr:
    """A row of GET /cdrs with `include=account`: the last attempt of a call that was made."""

    id: str
    attributes: CdrAttributes | None = None
    relationships: Relationships | None = None


@frozen
class IncomingCdr:
    """A row of GET /incoming-cdrs with `include=account`: one attempt to reach the customer."""

    id: str
    attributes: IncomingCdrAttributes | None = None
    relationships: Relationships | None = None


@frozen
class PaymentAttributes:
    """What was paid; releases before 2026 show no currency."""

    amount: str | None = None
    currency: str | None = None
    status: str | None = None
    type_name: str | None = named("type-name")
    notes: str | None = None
    created_at: datetime | None = named("created-at")


@frozen
class Payment:
    """A row of GET /payments with `include=account`."""

    id: str
    attributes: PaymentAttributes | None = None
    relationships: Relationships | None = None
