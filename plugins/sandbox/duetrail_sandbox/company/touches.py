"""What is done about an invoice: calls and emails at Stuut, callouts at Credira.

Moments are aware UTC datetimes. A field that is ``None`` is unknown or has not happened;
vendors show it as null or leave it out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import frozen

from duetrail_sandbox.company.people import Contact, User

__all__ = [
    "Attachment",
    "Attempt",
    "Call",
    "Callout",
    "CalloutEmail",
    "Classification",
    "Email",
    "Task",
    "VoiceCall",
]


@frozen
class Task:
    """A follow-up raised by a call. Seen in Stuut only inside a call's classification."""

    id: str
    type: str
    label: str
    status: str
    description: str
    created: datetime


@frozen
class Classification:
    """What a call was about, as its agent judged it."""

    word: str
    reason: str
    task: Task | None


@frozen(kw_only=True)
class Call:
    """A phone call known to Stuut. One call may concern several invoices."""

    id: str
    direction: str
    status: str
    to_number: str
    automated: bool
    voicemail: bool
    reason: str | None
    created: datetime
    modified: datetime
    planned_by_workflow: bool
    from_number: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    disconnection: str | None = None
    sentiment: str | None = None
    summary: str | None = None
    transcript: tuple[tuple[str, str], ...] = ()
    transferred_to: str | None = None
    approver: User | None = None
    classification: Classification | None = None

    @property
    def is_planned(self) -> bool:
        """Whether it still waits for a person's approval."""
        return self.status == "pending_approval"


@frozen
class Attachment:
    """A file on an email; ``size`` is in bytes."""

    id: str
    name: str
    mime: str
    kind: str
    size: int


@frozen(kw_only=True)
class Email:
    """An email known to Stuut. One email may concern several invoices."""

    id: str
    thread_id: str
    direction: str
    status: str
    subject: str
    body: str
    sender: str
    to: tuple[str, ...]
    created: datetime
    modified: datetime
    sent: datetime | None
    reason: str | None = None
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    bounced: tuple[str, ...] = ()
    parent_id: str | None = None
    author: User | None = None
    automated: bool = False
    generated: bool = False
    error: str | None = None
    attachments: tuple[Attachment, ...] = ()

    @property
    def is_planned(self) -> bool:
        """Whether it is written and not released."""
        return self.direction == "outbound" and self.status in ("draft", "pending")

    @property
    def plain(self) -> str:
        """The body without its paragraphs."""
        return self.body.replace("</p><p>", " ").replace("<p>", "").replace("</p>", "")


@frozen(kw_only=True)
class VoiceCall:
    """A call known to Credira. ``duration`` is in seconds, ``cost`` is in US cents."""

    id: str
    status: str
    duration: int
    from_number: str
    to_number: str
    agent_id: str
    timezone: str
    confidence: float | int
    quality: float | int
    sentiment: float
    cost: int
    start: datetime
    end: datetime
    created: datetime
    updated: datetime
    keywords: tuple[str, ...]
    tags: tuple[str, ...]
    summary: str | None
    metadata: dict[str, Any]


@frozen(kw_only=True)
class CalloutEmail:
    """An email that hangs off a Credira callout; it names no invoice itself."""

    id: str
    subject: str
    recipient: Contact
    recipient_email: str
    status: str
    template_id: str
    template_name: str
    kind: str
    priority: str
    created: datetime
    sent: datetime | None
    metadata: dict[str, Any]
    opened: datetime | None = None
    clicked: datetime | None = None
    bounced: bool = False
    unsubscribed: bool = False


@frozen
class Attempt:
    """One try of a callout; its id is unique only inside the callout."""

    id: str
    type: str
    status: str
    time: datetime
    call: VoiceCall | None = None
    email: CalloutEmail | None = None


@frozen(kw_only=True)
class Callout:
    """A collection action that Credira has planned or done for one invoice."""

    id: str
    status: str
    priority: str
    scheduled: datetime
    created: datetime
    updated: datetime
    contact: Contact
    contact_email: str
    agent_id: str
    metadata: dict[str, Any]
    completed: datetime | None = None
    calls_enabled: bool = False
    emails_enabled: bool = False
    emails: tuple[CalloutEmail, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    total_attempts: int = 0
    successful_attempts: int = 0
