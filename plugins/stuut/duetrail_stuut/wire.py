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
