"""Exante's emails as canonical records: of a timeline, as drafts, and of conversations.

Source: Exante API reference, collections-outreach, email and conversations. An email of a timeline
names no invoice and may stand on several, so the core links it to each by the key; a draft is the
same email under other names. A message of a conversation names a customer and no invoice.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from duetrail.model import (
    AgentKind,
    DeliveryStatus,
    Direction,
    Email,
    EmailStatus,
    Invoice,
    canonical,
)
from duetrail.source import Connection
from duetrail.wire import utc
from duetrail_exante import wire

_STATUS = {"pending": EmailStatus.QUEUED}
_DELIVERY_STATUS = {"bounce_detected": DeliveryStatus.BOUNCED}
_INITIATOR = {"agent": AgentKind.AI, "user": AgentKind.HUMAN}


def of_timeline(email: wire.Email, connection: Connection) -> Email:
    """An email of an invoice's outreach timeline, which shows outbound ones only."""
    initiator = email.initiator or wire.Initiator()
    notice = email.bounce_callout or wire.BounceCallout()
    return Email(
        connection=connection.name,
        id=email.uid,
        direction=Direction.OUTBOUND,
        status=canonical(EmailStatus, email.status, _STATUS),
        status_raw=email.status,
        delivery_status=canonical(DeliveryStatus, email.delivery_status, _DELIVERY_STATUS),
        delivery_status_raw=email.delivery_status,
        bounced=_bounced(email),
        bounced_addresses=email.bouncing_recipient_emails or (),
        from_address=email.from_email,
        to_addresses=email.to_emails or (),
        cc_addresses=email.cc_emails or (),
        subject=email.subject,
        text=email.body_text,
        planned_at=email.planned_send_at,
        sent_at=email.sent_at,
        bounced_at=_moment(notice.detected_at),
        initiator_kind=canonical(AgentKind, initiator.type, _INITIATOR),
        initiator_kind_raw=initiator.type,
        initiator_id=initiator.uid,
        initiator_name=initiator.name,
        error=email.error_message,
        created_at=email.created_at,
        extra=_unread(email, notice),
    )


def _unread(email: wire.Email, notice: wire.BounceCallout) -> dict[str, Any]:
    """What was looked at but could not be used: it stays in `extra` as it came."""
    extra: dict[str, Any] = {}
    if email.is_bounced is not None and email.is_bounced != _bounced(email):
        extra["is_bounced"] = email.is_bounced
    if notice.detected_at and _moment(notice.detected_at) is None:
        extra["bounce_callout"] = {"detected_at": notice.detected_at}
    return extra


def _bounced(email: wire.Email) -> bool | None:
    """Bounced by any of three signs; where none is given, `is_bounced` has the word."""
    said = (email.delivery_status or "").casefold()
    return (
        True if email.bounce_callout is not None or said == "bounce_detected" else email.is_bounced
    )


def of_draft(draft: wire.Draft, connection: Connection) -> Email:
    """An email that is being written or waits to be sent."""
    about = draft.context_id
    return Email(
        connection=connection.name,
        id=draft.uid,
        invoices=(connection.ref(Invoice, about),) if about else (),
        direction=Direction.OUTBOUND,
        status=canonical(EmailStatus, draft.status, _STATUS),
        status_raw=draft.status,
        from_address=draft.from_email,
        to_addresses=draft.to or (),
        cc_addresses=draft.cc or (),
        bcc_addresses=draft.bcc or (),
        subject=draft.subject,
        text=draft.body_text,
        html=draft.body_html,
        planned_at=draft.planned_send_at,
        created_at=draft.created_at,
        updated_at=draft.updated_at,
    )


def of_conversation(message: wire.Message, page: Any, connection: Connection) -> Email:
    """A message of a conversation; whose customer's it is stands beside the messages."""
    customer = page["data"].get("party_uid")
    direction = message.message_direction or message.direction
    initiator = None if _is_customer(message) else message.sender_type
    return Email(
        connection=connection.name,
        id=message.uid,
        customer_id=customer if isinstance(customer, str) else None,
        remote_id=message.provider_message_id,
        thread_id=message.conversation_uid or page["data"].get("uid"),
        direction=canonical(Direction, direction),
        direction_raw=direction,
        from_address=(message.from_ or wire.Sender()).email,
        to_addresses=message.to or (),
        cc_addresses=message.cc or (),
        subject=message.subject,
        text=message.body_text,
        html=message.body_html,
        preview=message.snippet,
        sent_at=message.sent_at,
        initiator_kind=canonical(AgentKind, initiator, _INITIATOR),
        initiator_kind_raw=initiator,
        initiator_id=message.sender_uid if initiator else None,
        created_at=message.created_on,
        extra=_aside(message),
    )


def _aside(message: wire.Message) -> dict[str, Any]:
    """Of the sender and of the direction what no field says: it stays in `extra` as it came."""
    extra: dict[str, Any] = {}
    if _is_customer(message) or not message.sender_type:
        extra = {"sender_type": message.sender_type, "sender_uid": message.sender_uid}
    if message.message_direction and message.direction != message.message_direction:
        extra["direction"] = message.direction
    return {key: value for key, value in extra.items() if value is not None}


def _is_customer(message: wire.Message) -> bool:
    """Whether the customer wrote it, who initiates nothing of the creditor's."""
    return (message.sender_type or "").casefold() == "party"


def _moment(text: str | None) -> datetime | None:
    """A time that is typed as text only: as in RFC 3339, as in emails, or not legible."""
    for read in (utc, _email_date):
        try:
            return read(text or "")
        except (TypeError, ValueError, IndexError, OverflowError):
            continue
    return None


def _email_date(text: str) -> datetime:
    return utc(parsedate_to_datetime(text).isoformat())
