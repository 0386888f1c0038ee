"""What customers wrote to Exante's mailboxes, and what was written back.

A conversation begins with an email that came in about one of Exante's invoices. It names the
customer and no invoice; the answers in it are emails of the timelines under uids of their own.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from functools import lru_cache

from attrs import frozen

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.claims import Claim, Note
from duetrail_sandbox.company.touches import Email
from duetrail_sandbox.company.uids import uid

__all__ = ["Conversation", "conversations"]


@frozen(kw_only=True)
class Conversation:
    """A thread with one customer: what came in, the oldest first, and what went out since."""

    uid: str
    thread_id: str
    claims: tuple[Claim, ...]
    received: tuple[tuple[datetime, Email], ...]
    answers: tuple[tuple[datetime, Note], ...]

    @property
    def party_uid(self) -> str:
        """Exante's id of the customer."""
        return self.claims[0].client_uid

    @property
    def settled(self) -> datetime | None:
        """When the last of its invoices was settled, or ``None`` while one is not."""
        ends = [claim.invoice.settled for claim in self.claims]
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
        moments = [when for when, _ in (*self.received, *self.answers)]
        return max(moments + ([self.settled] if self.settled is not None else []))


@lru_cache(maxsize=4)
def conversations(company: Company) -> dict[str, Conversation]:
    """Gather the conversations by uid, the newest first."""
    received: dict[str, dict[str, tuple[datetime, Email]]] = defaultdict(dict)
    about: dict[str, dict[str, Claim]] = defaultdict(dict)
    for claim in company.claims.values():
        for email in claim.invoice.emails:
            # What has no time yet has not arrived.
            if email.direction == "inbound" and email.sent is not None:
                received[email.thread_id][email.id] = (email.sent, email)
                about[email.thread_id][claim.uid] = claim
    answers = _answers(about, {key: min(found.values())[0] for key, found in received.items()})
    made = [
        Conversation(
            uid=uid("conversation", thread_id),
            thread_id=thread_id,
            claims=tuple(about[thread_id].values()),
            received=tuple(sorted(found.values(), key=lambda one: (one[0], one[1].id))),
            answers=tuple(answers[thread_id]),
        )
        for thread_id, found in received.items()
    ]
    made.sort(key=lambda one: (one.updated, one.uid), reverse=True)
    return {one.uid: one for one in made}


def _answers(
    about: dict[str, dict[str, Claim]], openings: dict[str, datetime]
) -> dict[str, list[tuple[datetime, Note]]]:
    """Put each email of ours into the thread that was opened last before it, if there is one."""
    threads: dict[str, list[str]] = defaultdict(list)
    for thread_id, concerned in about.items():
        for key in concerned:
            threads[key].append(thread_id)
    claims = {key: claim for concerned in about.values() for key, claim in concerned.items()}
    answers: dict[str, list[tuple[datetime, Note]]] = defaultdict(list)
    for key, claim in claims.items():
        for note in claim.notes:
            before = [one for one in threads[key] if note.sent and openings[one] < note.sent]
            if before and note.sent is not None:
                answers[max(before, key=lambda one: openings[one])].append((note.sent, note))
    return answers
