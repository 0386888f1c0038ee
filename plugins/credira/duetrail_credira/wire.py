"""The fields of Credira's answers that the mapping uses, in Credira's own words.

Source: Credira API reference, Get Calls, Get Call by ID, Get Callouts, Get Callout Response, Get
Emails. Nullability is nowhere stated, so everything but an `id` may be absent or null. Words are
open: any text may appear.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from attrs import frozen

from duetrail.wire import named


@frozen
class Call:
    """A row of GET /calls; thinner than what GET /calls/{id} gives."""

    id: str
    invoice_id: str | None = None
    status: str | None = None
    duration: int | None = None
    from_: str | None = named("from")
    to: str | None = None
    voice_agent_id: str | None = None
    call_recording_url: str | None = None
    transcription_url: str | None = None
    created_time: datetime | None = None


@frozen
class CallDetail(Call):
    """What GET /calls/{id} gives: a row of the list, and more."""

    updated_time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    call_type: str | None = None
    cost: Decimal | None = None
    currency: str | None = None
    keywords: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    summary: str | None = None


@frozen
class Contact:
    """Whom a callout is meant for."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


@frozen
class Actions:
    """What a callout may do."""

    calls_enabled: bool | None = None
    emails_enabled: bool | None = None
    voice_agent_id: str | None = None


@frozen
class Callout:
    """A row of GET /callouts."""

    id: str
    invoice_id: str | None = None
    status: str | None = None
    type: str | None = None
    priority: str | None = None
    scheduled_time: datetime | None = None
    target_contact: Contact | None = None
    actions: Actions | None = None
    created_time: datetime | None = None
    updated_time: datetime | None = None


@frozen
class Attempt:
    """One attempt of a callout: a call or an email, as `type` says; it names neither."""

    attempt_id: str | None = None
    type: str | None = None
    status: str | None = None
    timestamp: datetime | None = None
    duration: int | None = None
    call_recording_url: str | None = None
    transcription_url: str | None = None
    summary: str | None = None
    voice_agent_id: str | None = None
    email_subject: str | None = None
    opened_time: datetime | None = None
    clicked_time: datetime | None = None


@frozen
class Response:
    """What GET /callouts/{id}/response gives: what became of a callout."""

    callout_id: str
    total_attempts: int | None = None
    successful_attempts: int | None = None
    responses: tuple[Attempt, ...] | None = None
    completed_time: datetime | None = None


@frozen
class Email:
    """A row of GET /emails; it names its callout and no invoice."""

    id: str
    callout_id: str | None = None
    subject: str | None = None
    recipient_email: str | None = None
    status: str | None = None
    bounced: bool | None = None
    created_time: datetime | None = None
    sent_time: datetime | None = None
    opened_time: datetime | None = None
    clicked_time: datetime | None = None
