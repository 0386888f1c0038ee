"""What customers wrote to Exante's mailboxes, and what was written back.

A conversation begins with an email that came in about one of Exante's invoices. It names the
customer and no invoice; the answers in it are emails of the timelines under uids of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from zlib import crc32

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.correspondence import Claim
from duetrail_sandbox.company.records import Record, uid
from duetrail_sandbox.company.touches import Email


@lru_cache(maxsize=4)
def conversations(company: Company) -> dict[str, Record]:
    """Gather the conversations by uid, the newest first."""
    received: dict[str, dict[str, Email]] = defaultdict(dict)
    about: dict[str, dict[str, Claim]] = defaultdict(dict)
    for claim in company.claims.values():
        for email in claim.invoice.emails:
            # What has no time yet has not arrived.
            if email.direction == "inbound" and email.sent is not None:
                received[email.thread_id][email.id] = email
                about[email.thread_id][claim.uid] = claim
    answers: dict[str, list[Record]] = defaultdict(list)
    for thread_id, note in _answers(received, about):
        answers[thread_id].append(note)
    made = [
        _conversation(key, [*about[key].values()], [*found.values()], answers[key])
        for key, found in received.items()
    ]
    made.sort(key=lambda one: (one.updated, one.uid), reverse=True)
    return {one.uid: one for one in made}


def _answers(
    received: dict[str, dict[str, Email]], about: dict[str, dict[str, Claim]]
) -> Iterator[tuple[str, Record]]:
    """Put each email of ours into the thread that was opened last before it, if there is one."""
    openings = {key: min(one.sent for one in found.values()) for key, found in received.items()}
    threads: dict[str, list[str]] = defaultdict(list)
    for thread_id, concerned in about.items():
        for key in concerned:
            threads[key].append(thread_id)
    claims = {key: claim for concerned in about.values() for key, claim in concerned.items()}
    for key, claim in claims.items():
        for note in claim.notes:
            before = [one for one in threads[key] if note.sent and openings[one] < note.sent]
            if before:
                yield max(before, key=lambda one: openings[one]), note


def _conversation(
    thread_id: str, claims: list[Claim], received: list[Email], answers: list[Record]
) -> Record:
    """A thread with one customer: what came in, the oldest first, and what went out since."""
    received.sort(key=lambda email: (email.sent, email.id))
    ends = [claim.invoice.settled for claim in claims if claim.invoice.settled is not None]
    # It is over with the last of its invoices.
    closed = len(ends) == len(claims)
    moments = [one.sent for one in (*received, *answers)]
    updated = max(moments + (ends if closed else []))
    writers = [note.initiator for note in answers]
    talk = Record(
        uid=uid("conversation", thread_id),
        customer=claims[0].customer,
        party_uid=claims[0].client_uid,
        opening=received[0],
        opening_id=short("message", received[0].id),
        short_thread=short("thread", thread_id),
        attachment_count=len(received[0].attachments),
        agent_uid=next((one.uid for one in writers if one.type == "AGENT"), None),
        received=received,
        answers=answers,
        # Only ``draft`` is a word of the reference's.
        status="closed" if closed else "sent" if answers else "draft",
        # Whether somebody of the team has seen it; most have been.
        is_read=bool(answers) or closed,
        updated=updated,
        history_id=str(crc32(stamp(updated).encode())),
        categories=["dispute"] if any(one.invoice.in_dispute for one in claims) else [],
    )
    talk.from_name = name_of(received[0].sender, talk)
    return talk


def short(kind: str, name: str) -> str:
    """Make an id in the mail provider's form."""
    return uid(kind, name).replace("-", "")[:16]


def name_of(address: str, talk: Record) -> str | None:
    """Who of the customer's people has an address."""
    return {person.email: person.name for person in talk.customer.contacts}.get(address)
