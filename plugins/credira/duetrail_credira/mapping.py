"""Credira's objects as canonical records.

Source: Credira API reference, Get Calls, Get Callouts, Get Emails. Nothing is inferred: a list row
of a call names no direction and no start, so its record has none.
"""

from __future__ import annotations

from collections.abc import Iterator

from duetrail import hookimpl
from duetrail.errors import BadItem
from duetrail.model import (
    AgentKind,
    Call,
    Callout,
    CalloutKind,
    CalloutStatus,
    CallStatus,
    Channel,
    Email,
    EmailStatus,
    Invoice,
    Priority,
    Record,
    Ref,
    canonical,
)
from duetrail.source import Connection, Item
from duetrail_credira import wire


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record]:
    """One row as one record."""
    match item.wire:
        case wire.Call() as call:
            yield _call(call, connection)
        case wire.Callout() as callout:
            yield _callout(callout, connection)
        case wire.Email() as email:
            yield _email(email, connection)


def _call(call: wire.Call, connection: Connection) -> Call:
    if call.duration is not None and call.duration < 0:
        raise BadItem("a call lasts less than nothing", path="$.duration")
    return Call(
        connection=connection.name,
        id=call.id,
        invoices=_invoices(call.invoice_id, connection),
        status=canonical(CallStatus, call.status),
        status_raw=call.status,
        from_number=call.from_,
        to_number=call.to,
        duration_seconds=call.duration,
        agent_kind=AgentKind.AI if call.voice_agent_id else None,
        agent_id=call.voice_agent_id,
        recording_url=call.call_recording_url,
        transcript_url=call.transcription_url,
        created_at=call.created_time,
    )


def _callout(callout: wire.Callout, connection: Connection) -> Callout:
    contact = callout.target_contact or wire.Contact()
    actions = callout.actions or wire.Actions()
    return Callout(
        connection=connection.name,
        id=callout.id,
        invoices=_invoices(callout.invoice_id, connection),
        kind=canonical(CalloutKind, callout.type),
        kind_raw=callout.type,
        status=canonical(CalloutStatus, callout.status),
        status_raw=callout.status,
        priority=canonical(Priority, callout.priority),
        priority_raw=callout.priority,
        channels=_channels(actions),
        scheduled_at=callout.scheduled_time,
        contact_name=contact.name,
        contact_email=contact.email,
        contact_phone=contact.phone,
        agent_id=actions.voice_agent_id,
        created_at=callout.created_time,
        updated_at=callout.updated_time,
    )


def _email(email: wire.Email, connection: Connection) -> Email:
    return Email(
        connection=connection.name,
        id=email.id,
        callout_id=email.callout_id,
        status=canonical(EmailStatus, email.status),
        status_raw=email.status,
        bounced=email.bounced,
        to_addresses=(email.recipient_email,) if email.recipient_email else (),
        subject=email.subject,
        sent_at=email.sent_time,
        opened_at=email.opened_time,
        clicked_at=email.clicked_time,
        created_at=email.created_time,
    )


def _invoices(invoice_id: str | None, connection: Connection) -> tuple[Ref, ...]:
    return (connection.ref(Invoice, invoice_id),) if invoice_id else ()


def _channels(actions: wire.Actions) -> tuple[Channel, ...]:
    enabled = {Channel.CALL: actions.calls_enabled, Channel.EMAIL: actions.emails_enabled}
    return tuple(channel for channel, on in enabled.items() if on)
