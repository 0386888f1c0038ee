"""Single emails and calls as Stuut knows them: about one invoice or several."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from attrs import frozen

from duetrail_sandbox.company.people import AGENT_NUMBER, COMPANY, SENDER, TEAM, Contact
from duetrail_sandbox.company.touches import Attachment, Call, Classification, Email, Task
from duetrail_sandbox.company.uids import make_id
from duetrail_sandbox.company.words import CALLS, LETTERS, Script

__all__ = ["Topic", "call", "email", "planned_call", "reply"]


@frozen(kw_only=True)
class Topic:
    """What an email or call is about, whom it concerns, and when.

    ``key`` is the place in the company that makes its ids unique, the invoice's index first.
    """

    numbers: tuple[str, ...]
    contact: Contact
    others: tuple[str, ...]
    address: str
    amount: str
    due: str
    key: tuple[int, ...]
    when: datetime

    def words(self) -> dict[str, str]:
        """The values of the placeholders in the texts."""
        return {
            "amount": self.amount,
            "company": COMPANY,
            "due": self.due,
            "name": self.contact.name,
            "number": ", ".join(self.numbers),
        }


def email(
    topic: Topic,
    reason: str,
    rng: Random,
    *,
    status: str = "sent",
    thread: str | None = None,
    bounced: bool = False,
    attach: bool = False,
) -> Email:
    """Write an outbound email; only status ``sent`` gives it a time of sending."""
    subject, body = (text.format(**topic.words()) for text in LETTERS[reason])
    author = rng.choice(TEAM) if rng.random() < 0.3 else None
    return Email(
        id=make_id("eml", rng, *topic.key),
        thread_id=thread or make_id("thr", rng, *topic.key),
        direction="outbound",
        status=status,
        reason=reason,
        subject=subject,
        body=body,
        sender=SENDER,
        to=(topic.address,),
        cc=topic.others if rng.random() < 0.3 else (),
        bcc=("archive@example.com",) if rng.random() < 0.1 else (),
        created=topic.when,
        modified=topic.when,
        sent=topic.when if status == "sent" else None,
        bounced=(topic.address,) if bounced else (),
        author=author,
        automated=author is None,
        generated=author is None or rng.random() < 0.5,
        error="The mailbox refused the message" if status == "error" else None,
        attachments=_attachments(topic, "pdf", rng) if attach else (),
    )


def reply(
    topic: Topic, reason: str, rng: Random, parent: Email | None, *, attach: str | None = None
) -> Email:
    """Write an inbound email, an answer to ``parent`` where there is one.

    A few are still pending when they are seen: they have no time yet, and are nobody's plan.
    """
    arrived = rng.random() > 0.08
    subject, body = (text.format(**topic.words()) for text in LETTERS[reason])
    return Email(
        id=make_id("eml", rng, *topic.key),
        thread_id=parent.thread_id if parent else make_id("thr", rng, *topic.key),
        direction="inbound",
        status="sent" if arrived else "pending",
        subject=subject,
        body=body,
        sender=topic.contact.email,
        to=(SENDER,),
        created=topic.when,
        modified=topic.when,
        sent=topic.when if arrived else None,
        parent_id=parent.id if parent else None,
        attachments=_attachments(topic, attach, rng) if attach else (),
    )


def _attachments(topic: Topic, form: str, rng: Random) -> tuple[Attachment, ...]:
    mime, kind = {"pdf": ("application/pdf", "document"), "jpg": ("image/jpeg", "image")}[form]
    name = f"{topic.numbers[0]}.{form}"
    size = rng.randint(20_000, 900_000)
    return (Attachment(make_id("att", rng, *topic.key), name, mime, kind, size),)


def call(topic: Topic, kind: str, rng: Random, *, inbound: bool = False) -> Call:
    """Make a call that is over by now; ``kind`` is a script of the module ``words``."""
    script = CALLS[kind]
    words = topic.words()
    end = topic.when - timedelta(minutes=rng.randint(1, 9))
    start = end - timedelta(seconds=rng.randint(*script.seconds))
    theirs = topic.contact.phone or "+1-555-0199"
    return Call(
        id=make_id("cal", rng, *topic.key),
        direction="inbound" if inbound else "outbound",
        status=script.status,
        from_number=theirs if inbound else AGENT_NUMBER,
        to_number=AGENT_NUMBER if inbound else theirs,
        automated=rng.random() < 0.85,
        voicemail=script.voicemail,
        reason=None if inbound else "payment_overdue",
        created=start - timedelta(minutes=0 if inbound else rng.randint(5, 90)),
        modified=topic.when,
        start=start,
        end=end,
        disconnection=script.disconnection,
        sentiment=script.sentiment,
        summary=script.summary.format(**words) if script.summary else None,
        transcript=tuple((who, said.format(**words)) for who, said in script.turns),
        transferred_to=TEAM[0].email if kind == "dispute" and rng.random() < 0.5 else None,
        approver=None if inbound or rng.random() < 0.4 else rng.choice(TEAM),
        classification=_classification(script, topic, rng),
        planned_by_workflow=not inbound and rng.random() < 0.7,
    )


def planned_call(topic: Topic, rng: Random) -> Call:
    """Plan a call that still waits for a person's approval; nothing has been dialled."""
    return Call(
        id=make_id("cal", rng, *topic.key),
        direction="outbound",
        status="pending_approval",
        to_number=topic.contact.phone or "+1-555-0199",
        automated=True,
        voicemail=False,
        reason="payment_overdue",
        created=topic.when,
        modified=topic.when,
        planned_by_workflow=True,
    )


def _classification(script: Script, topic: Topic, rng: Random) -> Classification | None:
    if script.classification is None:
        return None
    word, reason = script.classification
    task = None
    if script.task is not None:
        kind, description = script.task
        label, status = kind.replace("_", " ").capitalize(), rng.choice(("open", "closed"))
        name = make_id("tsk", rng, *topic.key)
        task = Task(name, kind, label, status, description, topic.when)
    return Classification(word, reason, task)
