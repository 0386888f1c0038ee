"""Single emails and calls as Stuut knows them: about one invoice, and ``others`` perhaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from duetrail_sandbox.company.people import AGENT_NUMBER, SENDER, TEAM
from duetrail_sandbox.company.records import Record, make_id
from duetrail_sandbox.data import read_toml

WORDS = read_toml("words")
# What an email is and has that came in.
UNSENT = {"automated": False, "generated": False, "cc": [], "bcc": [], "bounced": []}
# How many characters of an email are its beginning.
SNIPPET = 80
# Who is called where nobody knows a number.
NO_PHONE = "+1-555-0199"
_FILES = {"pdf": ("application/pdf", "document"), "jpg": ("image/jpeg", "image")}


class Email(Record):
    """An email; ``to`` and the like are lists of addresses."""

    @property
    def is_planned(self) -> bool:
        """Whether it is written and not released."""
        return self.direction == "outbound" and self.status in ("draft", "pending")

    @property
    def thread(self) -> str:
        """The id of its thread without the prefix."""
        return str(self.thread_id).partition("_")[2]

    @property
    def plain(self) -> str:
        """The body without its paragraphs."""
        body: str = self.body
        return body.replace("</p><p>", " ").replace("<p>", "").replace("</p>", "")

    @property
    def snippet(self) -> str:
        """How it begins."""
        return self.plain[:SNIPPET]

    @property
    def participants(self) -> list[str]:
        """Everybody who can see who else got it, each once."""
        return list(dict.fromkeys([self.sender, *self.to, *self.cc]))


class Call(Record):
    """A phone call; a turn of its transcript is who speaks and what they say."""

    @property
    def is_planned(self) -> bool:
        """Whether it still waits for a person's approval."""
        return bool(self.status == "pending_approval")

    @property
    def recording(self) -> str | None:
        """Where it can be heard, where somebody spoke."""
        return f"https://recordings.example.com/{self.id}.wav" if self.transcript else None

    @property
    def said(self) -> str | None:
        """All that was said."""
        return "\n".join(f"{one.who}: {one.said}" for one in self.transcript) or None


def write_email(
    about: Record, others: Sequence[Record], reason: str, status: str, thread: str | None, how: Any
) -> Email:
    """Write an outbound email; only status ``sent`` gives it a time of sending."""
    key, rng = about.key(), about.rng
    author = rng.choice(TEAM) if rng.random() < 0.3 else None
    email = _letter(about, others, reason, key, thread)
    return email.but(
        direction="outbound",
        status=status,
        reason=reason,
        sender=SENDER,
        to=[about.address],
        cc=[one.email for one in about.customer.contacts[1:]] if rng.random() < 0.3 else [],
        bcc=["archive@example.com"] if rng.random() < 0.1 else [],
        sent=email.created if status == "sent" else None,
        bounced=[about.address] if how.get("bounced") else [],
        author=author,
        automated=author is None,
        generated=author is None or rng.random() < 0.5,
        error="The mailbox refused the message" if status == "error" else None,
        attachments=_attachments(about, key, "pdf" if how.get("attach") else None),
    )


def reply(
    about: Record, others: Sequence[Record], reason: str, parent: Email | None, attach: str | None
) -> Email:
    """Write an inbound email, an answer to ``parent`` where there is one.

    A few are still pending when they are seen: they have no time yet, and are nobody's plan.
    """
    key, arrived = about.key(), about.rng.random() > 0.08
    email = _letter(about, others, reason, key, parent.thread_id if parent else None)
    return email.but(
        direction="inbound",
        status="sent" if arrived else "pending",
        sender=about.contact.email,
        to=[SENDER],
        sent=email.created if arrived else None,
        parent_id=parent.id if parent else None,
        attachments=_attachments(about, key, attach),
        **UNSENT,
    )


def _letter(
    about: Record, others: Sequence[Record], reason: str, key: tuple[int, ...], thread: str | None
) -> Email:
    """What is said in an email, now, in a thread of its own where it is in no other."""
    text, words = WORDS["letters"][reason], about.words(*others)
    return Email(
        id=make_id("eml", about.rng, *key),
        thread_id=thread or make_id("thr", about.rng, *key),
        subject=text["subject"].format(**words),
        body=text["body"].format(**words),
        created=about.clock,
        modified=about.clock,
    )


def _attachments(about: Record, key: tuple[int, ...], form: str | None) -> list[Record]:
    if form is None:
        return []
    mime, kind = _FILES[form]
    name = f"{about.shown_number}.{form}"
    size = about.rng.randint(20_000, 900_000)
    made = make_id("att", about.rng, *key)
    return [Record(id=made, name=name, mime=mime, kind=kind, size=size, created=about.clock)]


def make_call(about: Record, others: Sequence[Record], kind: str, *, inbound: bool = False) -> Call:
    """Make a call that is over by now; ``kind`` is how it goes."""
    rng, now, key, words = about.rng, about.clock, about.key(), about.words(*others)
    script, phone = WORDS["calls"][kind], about.contact.phone or NO_PHONE
    end = now - timedelta(minutes=rng.randint(1, 9))
    start = end - timedelta(seconds=rng.randint(*script["seconds"]))
    name = make_id("cal", rng, *key)
    return Call(
        id=name,
        direction="inbound" if inbound else "outbound",
        **{fact: script.get(fact) for fact in ("status", "disconnection", "sentiment")},
        from_number=phone if inbound else AGENT_NUMBER,
        to_number=AGENT_NUMBER if inbound else phone,
        automated=rng.random() < 0.85,
        voicemail=script.get("voicemail", False),
        reason=None if inbound else "payment_overdue",
        created=start - timedelta(minutes=0 if inbound else rng.randint(5, 90)),
        modified=now,
        start=start,
        end=end,
        summary=script.get("summary", "").format(**words) or None,
        transcript=[
            Record(who=who, said=said.format(**words)) for who, said in script.get("turns", ())
        ],
        transferred_to=TEAM[0].email if kind == "dispute" and rng.random() < 0.5 else None,
        approver=None if inbound or rng.random() < 0.4 else rng.choice(TEAM),
        classification=_classification(about, script, key, name),
        planned_by_workflow=not inbound and rng.random() < 0.7,
    )


def plan_call(about: Record) -> Call:
    """Plan a call that still waits for a person's approval; nothing has been dialled."""
    return Call(
        id=make_id("cal", about.rng, *about.key()),
        direction="outbound",
        status="pending_approval",
        to_number=about.contact.phone or NO_PHONE,
        automated=True,
        voicemail=False,
        reason="payment_overdue",
        created=about.clock,
        modified=about.clock,
        planned_by_workflow=True,
        transcript=[],
    )


def _classification(
    about: Record, script: dict[str, Any], key: tuple[int, ...], call: str
) -> Record | None:
    """What the call was about, as its agent judged it, with the task that it raised."""
    if "classification" not in script:
        return None
    word, reason = script["classification"]
    judged = Record(word=word, reason=reason)
    if "task" in script:
        status = about.rng.choice(("open", "closed"))
        name, (kind, description) = make_id("tsk", about.rng, *key), script["task"]
        judged.task = make_task(name, kind, description, about.clock, call)
        judged.task.status, judged.task.assignee = status, about.customer.assignee
    return judged


def make_task(key: str, kind: str, description: str, created: Any, cause: str) -> Record:
    """Make a follow-up that a call or an email, its ``cause``, has raised."""
    label = kind.replace("_", " ").capitalize()
    task = Record(id=key, type=kind, label=label, description=description, cause=cause)
    task.created = task.changed = created
    task.source = "email" if cause.startswith("eml_") else "call"
    return task
