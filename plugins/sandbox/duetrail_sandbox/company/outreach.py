"""Single emails and calls as Stuut knows them: about one invoice or several."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from attrs import frozen

from duetrail_sandbox.company.invoices import Bill
from duetrail_sandbox.company.people import AGENT_NUMBER, COMPANY, SENDER, TEAM, Contact, User
from duetrail_sandbox.company.touches import Attachment, Call, Classification, Email, Task
from duetrail_sandbox.company.uids import make_id
from duetrail_sandbox.company.words import CALLS, LETTERS, Script

__all__ = ["Topic", "dialled", "letter", "planned_call", "reply"]


@frozen(kw_only=True)
class Topic:
    """What an email or call is about, and whom it concerns.

    ``key`` is the place in the company that makes its ids unique, the invoice's index first.
    """

    bills: tuple[Bill, ...]
    contact: Contact
    address: str
    amount: str
    due: str
    key: tuple[int, ...]

    def words(self) -> dict[str, str]:
        """The values of the placeholders in the texts."""
        return {
            "amount": self.amount,
            "company": COMPANY,
            "due": self.due,
            "name": f"{self.contact.given} {self.contact.family}",
            "number": ", ".join(bill.number or bill.remote_id for bill in self.bills),
        }


def letter(
    topic: Topic,
    reason: str,
    when: datetime,
    rng: Random,
    *,
    status: str = "sent",
    thread: str | None = None,
    bounced: bool = False,
    attach: bool = False,
) -> Email:
    """Write an outbound email; only status ``sent`` gives it a time of sending."""
    email_id = make_id("eml", rng, *topic.key)
    subject, body = (text.format(**topic.words()) for text in LETTERS[reason])
    author = rng.choice(TEAM) if rng.random() < 0.3 else None
    others = topic.bills[0].customer.contacts[1:]
    return Email(
        id=email_id,
        thread_id=thread or make_id("thr", rng, *topic.key),
        direction="outbound",
        status=status,
        reason=reason,
        subject=subject,
        body=body,
        sender=SENDER,
        to=(topic.address,),
        cc=tuple(other.email for other in others) if rng.random() < 0.3 else (),
        bcc=("archive@example.com",) if rng.random() < 0.1 else (),
        created=when - timedelta(minutes=rng.randint(1, 20)),
        modified=when + timedelta(minutes=rng.randint(0, 3) if status == "sent" else 0),
        sent=when if status == "sent" else None,
        bounced=(topic.address,) if bounced else (),
        author=author,
        automated=author is None,
        generated=author is None or rng.random() < 0.5,
        error="The mailbox refused the message" if status == "error" else None,
        attachments=_attachments(topic, "pdf", rng) if attach else (),
    )


def reply(
    topic: Topic,
    reason: str,
    when: datetime,
    rng: Random,
    parent: Email | None,
    *,
    attach: str | None = None,
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
        created=when,
        modified=when + timedelta(minutes=rng.randint(0, 30)),
        sent=when if arrived else None,
        parent_id=parent.id if parent else None,
        attachments=_attachments(topic, attach, rng) if attach else (),
    )


def _attachments(topic: Topic, form: str, rng: Random) -> tuple[Attachment, ...]:
    name = topic.bills[0].number or topic.bills[0].remote_id
    mime, kind = {"pdf": ("application/pdf", "document"), "jpg": ("image/jpeg", "image")}[form]
    return (
        Attachment(
            id=make_id("att", rng, *topic.key),
            name=f"{name}.{form}",
            mime=mime,
            kind=kind,
            size=rng.randint(20_000, 900_000),
        ),
    )


def dialled(topic: Topic, kind: str, when: datetime, rng: Random, *, inbound: bool = False) -> Call:
    """Make a call that took place; ``kind`` is a script of the module ``words``."""
    script = CALLS[kind]
    words = topic.words()
    end = when + timedelta(seconds=rng.randint(*script.seconds))
    customer_number = topic.contact.phone or "+1-555-0199"
    return Call(
        id=make_id("cal", rng, *topic.key),
        direction="inbound" if inbound else "outbound",
        status=script.status,
        from_number=customer_number if inbound else AGENT_NUMBER,
        to_number=AGENT_NUMBER if inbound else customer_number,
        automated=rng.random() < 0.85,
        voicemail=script.voicemail,
        reason=None if inbound else "payment_overdue",
        created=when - timedelta(minutes=0 if inbound else rng.randint(5, 90)),
        modified=end + timedelta(minutes=rng.randint(1, 9)),
        start=when,
        end=end,
        disconnection=script.disconnection,
        sentiment=script.sentiment,
        summary=script.summary.format(**words) if script.summary else None,
        transcript=tuple((who, said.format(**words)) for who, said in script.turns),
        transferred_to=TEAM[0].email if kind == "dispute" and rng.random() < 0.5 else None,
        approver=_approver(rng, inbound),
        classification=_classification(script, topic, end, rng),
        planned_by_workflow=not inbound and rng.random() < 0.7,
        customer=topic.bills[0].customer,
    )


def planned_call(topic: Topic, when: datetime, rng: Random) -> Call:
    """Plan a call that still waits for a person's approval; nothing has been dialled."""
    return Call(
        id=make_id("cal", rng, *topic.key),
        direction="outbound",
        status="pending_approval",
        from_number=None,
        to_number=topic.contact.phone or "+1-555-0199",
        automated=True,
        voicemail=False,
        reason="payment_overdue",
        created=when,
        modified=when,
        start=None,
        end=None,
        disconnection=None,
        sentiment=None,
        summary=None,
        transcript=(),
        transferred_to=None,
        approver=None,
        classification=None,
        planned_by_workflow=True,
        customer=topic.bills[0].customer,
    )


def _approver(rng: Random, inbound: bool) -> User | None:
    return None if inbound or rng.random() < 0.4 else rng.choice(TEAM)


def _classification(
    script: Script, topic: Topic, when: datetime, rng: Random
) -> Classification | None:
    if script.classification is None:
        return None
    word, reason = script.classification
    task = None
    if script.task is not None:
        task = Task(
            id=make_id("tsk", rng, *topic.key),
            type=script.task[0],
            label=script.task[0].replace("_", " ").capitalize(),
            status=rng.choice(("open", "closed")),
            description=script.task[1],
            created=when + timedelta(minutes=1),
        )
    return Classification(word=word, reason=reason, task=task)
