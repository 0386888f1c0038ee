"""The follow-ups that Stuut has raised from calls and emails, and its form of one.

Fields follow the Stuut API reference, List Tasks. Of its words for types it prints the first,
``activity_summary_outreach``; the others are plausible, not documented.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from attrs import frozen

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.once import once_per_company
from duetrail_sandbox.company.people import User
from duetrail_sandbox.company.touches import Call, Email, Task
from duetrail_sandbox.rendering import thinned
from duetrail_sandbox.stuut.calls import calls
from duetrail_sandbox.stuut.pages import Keys
from duetrail_sandbox.stuut.parties import ORGANIZATION, user

__all__ = ["TASK_KEYS", "Errand", "errand_of_call", "errands", "task"]

_EVENTS = {"call": "call.classified", "email": "email.received"}
_ENQUIRIES = {
    "dispute": "Answer what the customer contests",
    "activity_summary_outreach": "Read what the customer says about several invoices",
    "invoice_inquiry": "Answer the customer's question",
}


@frozen(kw_only=True)
class Errand:
    """A task with what raised it (``call`` or ``email``), whose it is and what it is about."""

    task: Task
    source: str
    cause: str
    assignee: User
    changed: datetime
    invoices: frozenset[str] = frozenset()


TASK_KEYS: Keys[Errand] = {
    "created_at": lambda errand: errand.task.created,
    "modified_at": lambda errand: errand.changed,
}


@once_per_company
def errands(company: Company) -> dict[str, Errand]:
    """Gather the tasks by id, the oldest first."""
    found = [*_from_calls(company), *_from_emails(company)]
    found.sort(key=lambda errand: (errand.task.created, errand.task.id))
    return {errand.task.id: errand for errand in found}


def _from_calls(company: Company) -> Iterator[Errand]:
    for known in calls(company).values():
        judged = known.call.classification
        if judged is not None and judged.task is not None:
            about = frozenset(invoice.id for invoice in known.invoices)
            yield errand_of_call(judged.task, known.call, about)


def errand_of_call(raised: Task, call: Call, invoices: frozenset[str] = frozenset()) -> Errand:
    """Say what a call's classification asks to be done."""
    return Errand(
        task=raised,
        source="call",
        cause=call.id,
        assignee=call.customer.assignee,
        changed=raised.created,
        invoices=invoices,
    )


def _from_emails(company: Company) -> Iterator[Errand]:
    """Every email that has come in asks for an answer."""
    received: dict[str, Email] = {}
    about: dict[str, list[Invoice]] = {}
    for invoice in company.invoices:
        for email in invoice.emails:
            if email.direction == "inbound":
                received.setdefault(email.id, email)
                about.setdefault(email.id, []).append(invoice)
    for email in received.values():
        if email.sent is not None:
            yield _errand_of_email(email, email.sent, about[email.id])


def _errand_of_email(email: Email, arrived: datetime, invoices: list[Invoice]) -> Errand:
    word = _type(invoices)
    ends = [invoice.paid_at or invoice.voided_at or invoice.written_off_at for invoice in invoices]
    settled = [end for end in ends if end is not None]
    closed = len(settled) == len(ends)
    raised = Task(
        id=f"tsk_{email.id[4:]}",
        type=word,
        label=word.replace("_", " ").capitalize(),
        status="closed" if closed else "open",
        description=_ENQUIRIES[word],
        created=arrived,
    )
    return Errand(
        task=raised,
        source="email",
        cause=email.id,
        assignee=invoices[0].customer.assignee,
        changed=max(arrived, *settled) if closed else arrived,
        invoices=frozenset(invoice.id for invoice in invoices),
    )


def _type(invoices: list[Invoice]) -> str:
    if any(invoice.in_dispute for invoice in invoices):
        return "dispute"
    return "invoice_inquiry" if len(invoices) == 1 else "activity_summary_outreach"


def task(errand: Errand) -> dict[str, Any]:
    """Show a task; a list and a call's classification show the same."""
    raised = errand.task
    created, modified = stamp(raised.created), stamp(errand.changed)
    closed = raised.status == "closed"
    fields = {
        "label": raised.label,
        "object": "task",
        "organization_id": ORGANIZATION,
        "type": raised.type,
        "id": raised.id,
        "action_taken": "complete" if closed else None,
        "assignee": user(errand.assignee),
        "assignee_id": errand.assignee.id,
        "close_reason": "Done" if closed else None,
        "completed_action": {},
        "created_at": created,
        "data": [_data(errand)],
        "description": raised.description,
        "error_reason": None,
        "modified_at": modified,
        "status": raised.status,
        "trigger_event": _event(errand),
        "trigger_event_id": f"evt_{raised.id[4:]}",
    }
    return thinned(fields, raised.id)


def _data(errand: Errand) -> dict[str, Any]:
    created = stamp(errand.task.created)
    return {
        "object": "task_data",
        "source": errand.source,
        "task_id": errand.task.id,
        "type": "response",
        "id": f"tdt_{errand.task.id[4:]}",
        "created_at": created,
        "data": {f"{errand.source}_id": errand.cause},
        "modified_at": created,
    }


def _event(errand: Errand) -> dict[str, Any]:
    created = stamp(errand.task.created)
    return {
        "name": _EVENTS[errand.source],
        "object": "event",
        "id": f"evt_{errand.task.id[4:]}",
        "actor_id": None,
        "created_at": created,
        "data": None,
        "entity": errand.source,
        "entity_id": errand.cause,
        "message": None,
        "modified_at": created,
        "timestamp": created,
    }
