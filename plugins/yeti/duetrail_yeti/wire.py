"""The fields of Yeti's answers that the mapping uses, in Yeti's own words.

Source: Yeti's customer API. An operator may hide any attribute, and releases differ, so everything
but an `id` may be absent or null. Amounts are text in plain decimal notation. The counters of
calls and the single parts of an amount have no column; they stay in `extra`.
"""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from duetrail.wire import named


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
    """What was billed, for which time."""

    reference: str | None = None
    start_date: datetime | None = named("start-date")
    end_date: datetime | None = named("end-date")
    has_pdf: bool | None = named("has-pdf")
    amount_spent: str | None = named("amount-spent")


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
    """Whose invoice it is."""

    account: ToOne | None = None


@frozen
class Invoice:
    """A row of GET /invoices with `include=account`."""

    id: str
    attributes: InvoiceAttributes | None = None
    relationships: Relationships | None = None
