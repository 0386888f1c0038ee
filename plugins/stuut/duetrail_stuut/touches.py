"""Stuut's calls and emails. Source: Stuut API reference, List Invoices, List Calls."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import attrs

from duetrail.model import (
    AgentKind,
    Attachment,
    Call,
    CallOutcome,
    CallStatus,
    Direction,
    Email,
    EmailStatus,
    Invoice,
    Ref,
    Sentiment,
    canonical,
)
from duetrail.source import Connection
from duetrail_stuut import wire
from duetrail_stuut.values import id_of, text_of

_CALL_STATUS = {"pending_approval": CallStatus.PLANNED}
_EMAIL_STATUS = {"pending": EmailStatus.QUEUED, "error": EmailStatus.FAILED}


def call(call: wire.Call, connection: Connection) -> Call:
    """The call; by itself it names the invoices it is about."""
    return Call(
        connection=connection.name,
        id=call.id,
        invoices=_named(call, connection),
        provider_id=call.retell_id,
        customer_id=id_of(call.partner_id),
        direction=canonical(Direction, call.direction),
        direction_raw=call.direction,
        status=canonical(CallStatus, call.status, _CALL_STATUS),
        status_raw=call.status,
        outcome=CallOutcome.VOICEMAIL
        if call.in_voicemail
        else canonical(CallOutcome, call.disconnection_reason),
        outcome_raw=call.disconnection_reason,
        voicemail=call.in_voicemail,
        from_number=call.from_number,
        to_number=call.to_number,
        started_at=call.start_time,
        ended_at=call.end_time,
        duration_seconds=_seconds(call.start_time, call.end_time),
        reason=call.call_reason,
        agent_kind=_agent(call.is_automated),
        agent_id=call.agent_id,
        recording_url=text_of(call.recording_url, "url"),
        transcript=call.transcript_str,
        transcript_parts=call.transcript,
        summary=call.summary,
        sentiment=canonical(Sentiment, call.sentiment),
        sentiment_raw=call.sentiment,
        created_at=call.created_at,
        updated_at=call.modified_at,
    )


def _named(call: wire.Call, connection: Connection) -> tuple[Ref, ...]:
    named = call.invoices if isinstance(call, wire.ListedCall) else None
    return refs((invoice.id for invoice in named), connection) if named else ()


def refs(ids: Iterable[str | None], connection: Connection) -> tuple[Ref, ...]:
    """References to the invoices of these ids, each once."""
    return tuple(dict.fromkeys(connection.ref(Invoice, id) for id in ids if id))


def email(email: wire.Email, connection: Connection, invoices: tuple[Ref, ...] = ()) -> Email:
    """The email; `invoices` are those that what it stood in names."""
    bounced = email.bounced_addresses
    return Email(
        connection=connection.name,
        id=email.id,
        invoices=invoices,
        remote_id=id_of(email.remote_id),
        thread_id=id_of(email.thread_id),
        parent_id=id_of(email.parent_email_id),
        direction=canonical(Direction, email.direction),
        direction_raw=email.direction,
        status=canonical(EmailStatus, email.status, _EMAIL_STATUS),
        status_raw=email.status,
        bounced=None if bounced is None else bool(bounced),
        bounced_addresses=bounced or (),
        from_address=email.from_email,
        to_addresses=email.to or (),
        cc_addresses=email.cc or (),
        bcc_addresses=email.bcc or (),
        reply_to_addresses=email.reply_to or (),
        subject=email.subject,
        html=email.body,
        preview=email.snippet,
        sent_at=email.sent_at,
        initiator_kind=_initiator_kind(email),
        initiator_id=_initiator(email),
        initiator_name=_initiator_name(email),
        is_automated=email.is_automated,
        is_generated=email.is_generated,
        reason=email.email_reason,
        error=email.error_message,
        created_at=email.created_at,
        updated_at=email.modified_at,
        attachments=tuple(_attachment(part) for part in email.attachments or ()),
        extra=_other_people(email),
    )


def _initiator(email: wire.Email) -> str | None:
    """Who sent it; before that, who wrote it."""
    return id_of(email.sent_by_id) or _author(email)


def _author(email: wire.Email) -> str | None:
    return id_of(email.author_id) or id_of(email.author.id if email.author else None)


def _initiator_name(email: wire.Email) -> str | None:
    """The author's name, where nobody else sent it."""
    is_author = email.author is not None and _initiator(email) == _author(email)
    return email.author.name if email.author and is_author else None


def _initiator_kind(email: wire.Email) -> AgentKind | None:
    """A person is named, or it was sent automatically; where both are said, neither is certain."""
    is_named = email.author is not None or _initiator(email) is not None
    is_automated = email.is_automated is True
    if is_named is is_automated:
        return None
    return AgentKind.HUMAN if is_named else AgentKind.AUTOMATION


def _other_people(email: wire.Email) -> dict[str, Any]:
    """What is said of the author where that is not, or not only, who is told as the initiator."""
    author = email.author or wire.User()
    ids = {id for id in (email.sent_by_id, email.author_id, author.id) if id}
    if len(ids) <= 1:
        return {}
    return {"author_id": email.author_id, "author": attrs.asdict(author)}


def _attachment(part: wire.Attachment) -> Attachment:
    return Attachment(
        id=part.id,
        name=part.name,
        media_type=part.mime_type,
        size_bytes=part.size,
        created_at=part.created_at,
    )


def _seconds(start: datetime | None, end: datetime | None) -> int | None:
    if start is None or end is None or end < start:
        return None
    return int((end - start).total_seconds())


def _agent(is_automated: bool | None) -> AgentKind | None:
    if is_automated is None:
        return None
    return AgentKind.AI if is_automated else AgentKind.HUMAN
