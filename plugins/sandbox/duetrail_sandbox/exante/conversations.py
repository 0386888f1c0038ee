"""What customers wrote to Exante's mailboxes, and what was written back.

A conversation begins with an email that came in about one of Exante's invoices. It names the
customer and no invoice; the answers in it are emails of the timelines under uids of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from attrs import frozen

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.claims import Claim, Note
from duetrail_sandbox.company.once import once_per_company
from duetrail_sandbox.company.touches import Email
from duetrail_sandbox.company.uids import uid
from duetrail_sandbox.exante.desk import Refusal
from duetrail_sandbox.router import Request

__all__ = ["Conversation", "Received", "asked_conversations", "conversations"]

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@frozen
class Received:
    """An email from the customer, and when it came in."""

    email: Email
    when: datetime


@frozen(kw_only=True)
class Conversation:
    """A thread with one customer: what came in, the oldest first, and what went out since."""

    uid: str
    thread_id: str
    claims: tuple[Claim, ...]
    received: tuple[Received, ...]
    answers: tuple[Note, ...]

    @property
    def opening(self) -> Received:
        """The email that it began with."""
        return self.received[0]

    @property
    def party_uid(self) -> str:
        """Exante's id of the customer."""
        return self.claims[0].client_uid

    @property
    def settled(self) -> datetime | None:
        """When the last of its invoices was settled, or ``None`` while one is not."""
        bills = [claim.invoice for claim in self.claims]
        ends = [bill.paid_at or bill.voided_at or bill.written_off_at for bill in bills]
        known = [end for end in ends if end is not None]
        return max(known) if len(known) == len(ends) else None

    @property
    def status(self) -> str:
        """Where it stands; only ``draft`` is a word of the reference's."""
        if self.settled is not None:
            return "closed"
        return "sent" if self.answers else "draft"

    @property
    def is_read(self) -> bool:
        """Whether somebody of the team has seen it; most have been."""
        return bool(self.answers) or self.settled is not None

    @property
    def updated(self) -> datetime:
        """When anything in it last changed."""
        moments = [one.when for one in self.received]
        moments += [note.sent for note in self.answers if note.sent is not None]
        return max(moments + ([self.settled] if self.settled is not None else []))


@once_per_company
def conversations(company: Company) -> dict[str, Conversation]:
    """Gather the conversations by uid, the newest first."""
    emails: dict[str, dict[str, Received]] = defaultdict(dict)
    about: dict[str, list[Claim]] = defaultdict(list)
    for claim in company.claims.values():
        for thread_id, found in _received(claim).items():
            emails[thread_id] |= {one.email.id: one for one in found}
            about[thread_id].append(claim)
    openings = {key: min(one.when for one in found.values()) for key, found in emails.items()}
    answers = _answers(company.claims.values(), about, openings)
    made = [
        Conversation(
            uid=uid("conversation", thread_id),
            thread_id=thread_id,
            claims=tuple(about[thread_id]),
            received=tuple(sorted(found.values(), key=lambda one: (one.when, one.email.id))),
            answers=tuple(answers[thread_id]),
        )
        for thread_id, found in emails.items()
    ]
    made.sort(key=lambda one: (one.updated, one.uid), reverse=True)
    return {one.uid: one for one in made}


def _received(claim: Claim) -> dict[str, list[Received]]:
    """What came in about an invoice, by thread; what has no time yet has not arrived."""
    found: dict[str, list[Received]] = defaultdict(list)
    for email in claim.invoice.emails:
        if email.direction == "inbound" and email.sent is not None:
            found[email.thread_id].append(Received(email, email.sent))
    return found


def _answers(
    claims: Iterable[Claim], about: dict[str, list[Claim]], openings: dict[str, datetime]
) -> dict[str, list[Note]]:
    """Put each email of ours into the thread that was opened last before it, if there is one."""
    threads: dict[str, list[str]] = defaultdict(list)
    for thread_id, concerned in about.items():
        for claim in concerned:
            threads[claim.uid].append(thread_id)
    answers: dict[str, list[Note]] = defaultdict(list)
    for claim in claims:
        for note in claim.notes:
            before = [one for one in threads[claim.uid] if note.sent and openings[one] < note.sent]
            if before:
                answers[max(before, key=lambda one: openings[one])].append(note)
    return answers


def asked_conversations(request: Request) -> list[Conversation]:
    """The conversations that the filters ``is_read`` and ``status`` let through."""
    rows = list(conversations(request.company).values())
    read, statuses = request.one("is_read"), request.one("status")
    if read is not None:
        if read.lower() not in _BOOLEANS:
            raise Refusal(400, "Invalid is_read", "is_read must be true or false")
        rows = [row for row in rows if row.is_read is _BOOLEANS[read.lower()]]
    if statuses is not None:
        words = {word.strip() for word in statuses.split(",")}
        rows = [row for row in rows if row.status in words]
    return rows
