"""Stuut's calls and emails. Source: Stuut API reference, List Invoices, List Calls."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

import attrs

from duetrail.declared import FieldMapping, computed, each, mentioned, word
from duetrail.model import (
    AgentKind,
    Attachment,
    Call,
    CallOutcome,
    CallStatus,
    Email,
    EmailStatus,
    Invoice,
    Ref,
    canonical,
)
from duetrail.source import Connection, Item
from duetrail_stuut import wire
from duetrail_stuut.callouts import is_planned_call, is_planned_email
from duetrail_stuut.values import id_of, text_of

_CALL_STATUS = {"pending_approval": CallStatus.PLANNED}
# Stuut calls by Retell AI (`retell_id`), and passes on why Retell says that a call ended. Other
# reasons of Retell's do not say whether anybody answered. Source: Retell AI, Debug call
# disconnection.
_OUTCOMES = {
    "user_hangup": CallOutcome.ANSWERED,
    "agent_hangup": CallOutcome.ANSWERED,
    "call_transfer": CallOutcome.ANSWERED,
    "voicemail_reached": CallOutcome.VOICEMAIL,
    "dial_no_answer": CallOutcome.NO_ANSWER,
    "dial_busy": CallOutcome.BUSY,
    "user_declined": CallOutcome.REJECTED,
    "invalid_destination": CallOutcome.BAD_NUMBER,
    "dial_failed": CallOutcome.FAILED,
}
_EMAIL_STATUS = {"pending": EmailStatus.QUEUED, "error": EmailStatus.FAILED}


# --- calls ---------------------------------------------------------------------------------------


def _outcome(in_voicemail: bool | None, reason: str | None) -> CallOutcome | None:
    return CallOutcome.VOICEMAIL if in_voicemail else canonical(CallOutcome, reason, _OUTCOMES)


def _seconds(start: datetime | None, end: datetime | None) -> int | None:
    if start is None or end is None or end < start:
        return None
    return int((end - start).total_seconds())


def _agent(is_automated: bool | None) -> AgentKind | None:
    if is_automated is None:
        return None
    return AgentKind.AI if is_automated else AgentKind.HUMAN


def _link(recording: Any) -> str | None:
    return text_of(recording, "url")


CALL = FieldMapping(
    Call,
    id="id",
    provider_id=computed(id_of, "retell_id"),
    customer_id=computed(id_of, "partner_id"),
    direction=word("direction"),
    status=word("status", _CALL_STATUS),
    outcome=computed(_outcome, "in_voicemail", "disconnection_reason"),
    outcome_raw="disconnection_reason",
    voicemail="in_voicemail",
    from_number="from_number",
    to_number="to_number",
    started_at="start_time",
    ended_at="end_time",
    duration_seconds=computed(_seconds, "start_time", "end_time"),
    reason="call_reason",
    agent_kind=computed(_agent, "is_automated"),
    agent_id=computed(id_of, "agent_id"),
    recording_url=computed(_link, "recording_url"),
    transcript="transcript_str",
    transcript_parts="transcript",
    summary="summary",
    sentiment=word("sentiment"),
    created_at="created_at",
    updated_at="modified_at",
)
"""A call inside an invoice; its own `invoices` are cut off there."""

LISTED_CALL = CALL.plus(invoices=mentioned("invoices"))
"""A call by itself or in the list of calls, with the invoices it is about."""


def call(item: Item, connection: Connection) -> Call:
    """The call; by itself it names the invoices it is about."""
    mapping = item.shape.mapping or CALL
    made = mapping.record(item.wire, connection.name, connection.options)
    return cast("Call", made)


# --- emails --------------------------------------------------------------------------------------


def _bounced(addresses: tuple[str, ...] | None) -> bool | None:
    return None if addresses is None else bool(addresses)


def _initiator(sender: str | None, author_id: str | None, author: wire.User | None) -> str | None:
    """Who sent it; before that, who wrote it."""
    return id_of(sender) or _author(author_id, author)


def _author(author_id: str | None, author: wire.User | None) -> str | None:
    return id_of(author_id) or id_of(author.id if author else None)


def _initiator_name(
    sender: str | None, author_id: str | None, author: wire.User | None
) -> str | None:
    """The author's name, where nobody else sent it."""
    is_author = _initiator(sender, author_id, author) == _author(author_id, author)
    return author.name if author and is_author else None


def _initiator_kind(
    is_automated: bool | None,
    sender: str | None,
    author_id: str | None,
    author: wire.User | None,
) -> AgentKind | None:
    """A person is named, or it was sent automatically; where both are said, neither is certain."""
    is_named = author is not None or _initiator(sender, author_id, author) is not None
    if is_named is (is_automated is True):
        return None
    return AgentKind.HUMAN if is_named else AgentKind.AUTOMATION


_PEOPLE = ("sent_by_id", "author_id", "author")

_ATTACHMENT = FieldMapping(
    Attachment,
    id=computed(id_of, "id"),
    name="name",
    media_type="mime_type",
    size_bytes="size",
    created_at="created_at",
)
# Nothing in an email says which invoice it is about.
EMAIL = FieldMapping(
    Email,
    id="id",
    remote_id=computed(id_of, "remote_id"),
    thread_id=computed(id_of, "thread_id"),
    parent_id=computed(id_of, "parent_email_id"),
    direction=word("direction"),
    status=word("status", _EMAIL_STATUS),
    bounced=computed(_bounced, "bounced_addresses"),
    bounced_addresses="bounced_addresses",
    from_address="from_email",
    to_addresses="to",
    cc_addresses="cc",
    bcc_addresses="bcc",
    reply_to_addresses="reply_to",
    subject="subject",
    html="body",
    preview="snippet",
    sent_at="sent_at",
    initiator_kind=computed(_initiator_kind, "is_automated", *_PEOPLE),
    initiator_id=computed(_initiator, *_PEOPLE),
    initiator_name=computed(_initiator_name, *_PEOPLE),
    is_automated="is_automated",
    is_generated="is_generated",
    reason="email_reason",
    error="error_message",
    created_at="created_at",
    updated_at="modified_at",
    attachments=each("attachments", _ATTACHMENT),
)


def _names_others(sender: str | None, author_id: str | None, author: wire.User | None) -> bool:
    """Whether more people are named than the one who is told as the initiator."""
    ids = (sender, author_id, author.id if author else None)
    return len({id for id in ids if id}) > 1


def _says_more(
    direction: str | None,
    status: str | None,
    sender: str | None,
    author_id: str | None,
    author: wire.User | None,
) -> bool:
    return is_planned_email(direction, status) or _names_others(sender, author_id, author)


PLANNED_CALL = computed(is_planned_call, "status")
"""Calls that are callouts, too."""

EMAIL_WITH_MORE = computed(_says_more, "direction", "status", *_PEOPLE)
"""Emails that are callouts, too, or name other people than the one who had it sent."""


def email(email: Any, connection: Connection, invoices: tuple[Ref, ...] = ()) -> Email:
    """The email; `invoices` are those that what it stood in names."""
    made = EMAIL.record(email, connection.name, connection.options)
    return attrs.evolve(made, invoices=invoices, extra=_other_people(email))


def _other_people(email: Any) -> dict[str, Any]:
    """What is said of the author where that is not, or not only, who is told as the initiator."""
    if not _names_others(email.sent_by_id, email.author_id, email.author):
        return {}
    author = attrs.asdict(email.author or wire.User())
    return {"author_id": email.author_id, "author": author}


def refs(ids: Iterable[str | None], connection: Connection) -> tuple[Ref, ...]:
    """References to the invoices of these ids, each once."""
    return tuple(dict.fromkeys(connection.ref(Invoice, id) for id in ids if id))
