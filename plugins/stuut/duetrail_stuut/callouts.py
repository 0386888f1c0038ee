"""Planned outreach and tasks as callouts: Stuut has none of its own, so all are derived.

Source: Stuut API reference, List Invoices, List Tasks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from duetrail.model import Callout, CalloutKind, CalloutStatus, Channel, Ref, canonical
from duetrail.source import Connection
from duetrail_stuut import wire
from duetrail_stuut.values import id_of, same

_CALLOUT_STATUS = {"pending": CalloutStatus.SCHEDULED}
# A task is open or closed; how it was closed is told by words that are not documented.
_TASK_STATUS = {"open": CalloutStatus.ACTIVE, "closed": CalloutStatus.COMPLETED}

# Calls and emails in these states are outreach that is planned, not made.
_PLANNED_CALL = "pending_approval"
_PLANNED_EMAILS = {"draft", "pending"}


def is_planned_call(status: str | None) -> bool:
    """Whether a call waits for approval."""
    return same(status, _PLANNED_CALL)


def is_planned_email(direction: str | None, status: str | None) -> bool:
    """Whether an email is outbound, and not under way yet."""
    return same(direction, "outbound") and same(status, *_PLANNED_EMAILS)


def planned_call(
    call: Any, connection: Connection, invoices: tuple[Ref, ...] = ()
) -> Iterator[Callout]:
    """The callout of a call that waits for approval."""
    if not is_planned_call(call.status):
        return
    yield Callout(
        connection=connection.name,
        id=f"call:{call.id}",
        derived=True,
        invoices=invoices,
        customer_id=id_of(call.partner_id),
        kind=canonical(CalloutKind, call.call_reason),
        kind_raw=call.call_reason,
        status=canonical(CalloutStatus, call.status, _CALLOUT_STATUS),
        status_raw=call.status,
        channels=(Channel.CALL,),
        contact_phone=call.to_number,
        agent_id=id_of(call.agent_id),
        created_at=call.created_at,
        updated_at=call.modified_at,
    )


def planned_email(
    email: Any, connection: Connection, invoices: tuple[Ref, ...] = ()
) -> Iterator[Callout]:
    """The callout of an outbound email that is not under way yet."""
    if not is_planned_email(email.direction, email.status):
        return
    yield Callout(
        connection=connection.name,
        id=f"email:{email.id}",
        derived=True,
        invoices=invoices,
        kind=canonical(CalloutKind, email.email_reason),
        kind_raw=email.email_reason,
        status=canonical(CalloutStatus, email.status, _CALLOUT_STATUS),
        status_raw=email.status,
        channels=(Channel.EMAIL,),
        contact_email=email.to[0] if email.to else None,
        created_at=email.created_at,
        updated_at=email.modified_at,
    )


def work(task: wire.Task, connection: Connection) -> Callout:
    """The callout of a task."""
    return Callout(
        connection=connection.name,
        id=f"task:{task.id}",
        derived=True,
        kind=CalloutKind.TASK,
        kind_raw=task.type,
        status=canonical(CalloutStatus, task.status, _TASK_STATUS),
        status_raw=task.status,
        agent_id=id_of(task.assignee_id),
        created_at=task.created_at,
        updated_at=task.modified_at,
    )
