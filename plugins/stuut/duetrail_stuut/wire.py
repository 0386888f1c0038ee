"""The fields of Stuut's answers that no declared mapping names, in Stuut's own words.

Source: Stuut API reference, List Invoices, List Calls, Retrieve a Call, List Partners, Retrieve a
Payment, List Remittances, List Tasks, Get Aging Balance. Everything but an `id` may be absent or
null. Amounts are JSON numbers in minor units; `status`, `transcript`, `recording_url` and `pdf` are
not typed.

Nobody compares or prints these objects, so attrs writes no code for that: half of what a class
costs when it is imported.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import frozen


@frozen(eq=False, repr=False)
class User:
    """A person who works with Stuut."""

    id: str | None = None
    name: str | None = None


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
