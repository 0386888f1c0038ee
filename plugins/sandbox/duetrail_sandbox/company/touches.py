"""Single emails and calls as Stuut knows them: about one invoice or several."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from duetrail_sandbox.company.people import AGENT_NUMBER, SENDER, TEAM
from duetrail_sandbox.company.records import Record, make_id
from duetrail_sandbox.data import read_toml

WORDS = read_toml("words")
# What an email is and has that came in.
UNSENT = {"automated": False, "generated": False, "cc": [], "bcc": [], "bounced": []}
# How many characters of an email are its beginning.
SNIPPET = 80
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


class Call(Record):
    """A phone call; a turn of its transcript is who speaks and what they say."""

    @property
    def is_planned(self) -> bool:
        """Whether it still waits for a person's approval."""
        return bool(self.status == "pending_approval")


class Topic(Record):
    """What an email or call is about: the values of placeholders, whom it concerns, and when.

    ``key`` is the place in the company that makes its ids unique, the invoice's index first.
    """

    def email(self, reason: str, rng: Random, status: str, thread: str | None, how: Any) -> Email:
        """Write an outbound email; only status ``sent`` gives it a time of sending."""
        text = WORDS["letters"][reason]
        author = rng.choice(TEAM) if rng.random() < 0.3 else None
        return Email(
            id=make_id("eml", rng, *self.key),
            thread_id=thread or make_id("thr", rng, *self.key),
            direction="outbound",
            status=status,
            reason=reason,
            subject=text["subject"].format(**self.words),
            body=text["body"].format(**self.words),
            sender=SENDER,
            to=[self.address],
            cc=self.others if rng.random() < 0.3 else [],
            bcc=["archive@example.com"] if rng.random() < 0.1 else [],
            created=self.when,
            modified=self.when,
            sent=self.when if status == "sent" else None,
            bounced=[self.address] if how.get("bounced") else [],
            author=author,
            automated=author is None,
            generated=author is None or rng.random() < 0.5,
            error="The mailbox refused the message" if status == "error" else None,
            attachments=self._attachments("pdf" if how.get("attach") else None, rng),
        )

    def reply(self, reason: str, rng: Random, parent: Email | None, attach: str | None) -> Email:
        """Write an inbound email, an answer to ``parent`` where there is one.

        A few are still pending when they are seen: they have no time yet, and are nobody's plan.
        """
        arrived = rng.random() > 0.08
        text = WORDS["letters"][reason]
        return Email(
            id=make_id("eml", rng, *self.key),
            thread_id=parent.thread_id if parent else make_id("thr", rng, *self.key),
            direction="inbound",
            status="sent" if arrived else "pending",
            subject=text["subject"].format(**self.words),
            body=text["body"].format(**self.words),
            sender=self.contact.email,
            to=[SENDER],
            created=self.when,
            modified=self.when,
            sent=self.when if arrived else None,
            parent_id=parent.id if parent else None,
            attachments=self._attachments(attach, rng),
            **UNSENT,
        )

    def _attachments(self, form: str | None, rng: Random) -> list[Record]:
        if form is None:
            return []
        mime, kind = _FILES[form]
        name = f"{self.words['number'].partition(',')[0]}.{form}"
        size = rng.randint(20_000, 900_000)
        key = make_id("att", rng, *self.key)
        return [Record(id=key, name=name, mime=mime, kind=kind, size=size, created=self.when)]

    def call(self, kind: str, rng: Random, *, inbound: bool = False) -> Call:
        """Make a call that is over by now; ``kind`` is how it goes."""
        script, phone = WORDS["calls"][kind], _phone(self.contact)
        end = self.when - timedelta(minutes=rng.randint(1, 9))
        start = end - timedelta(seconds=rng.randint(*script["seconds"]))
        turns, key = script.get("turns", ()), make_id("cal", rng, *self.key)
        return Call(
            id=key,
            direction="inbound" if inbound else "outbound",
            **{name: script.get(name) for name in ("status", "disconnection", "sentiment")},
            from_number=phone if inbound else AGENT_NUMBER,
            to_number=AGENT_NUMBER if inbound else phone,
            automated=rng.random() < 0.85,
            voicemail=script.get("voicemail", False),
            reason=None if inbound else "payment_overdue",
            created=start - timedelta(minutes=0 if inbound else rng.randint(5, 90)),
            modified=self.when,
            start=start,
            end=end,
            summary=script.get("summary", "").format(**self.words) or None,
            transcript=[Record(who=who, said=said.format(**self.words)) for who, said in turns],
            transferred_to=TEAM[0].email if kind == "dispute" and rng.random() < 0.5 else None,
            approver=None if inbound or rng.random() < 0.4 else rng.choice(TEAM),
            classification=self._classification(script, rng, key),
            planned_by_workflow=not inbound and rng.random() < 0.7,
        )

    def planned_call(self, rng: Random) -> Call:
        """Plan a call that still waits for a person's approval; nothing has been dialled."""
        return Call(
            id=make_id("cal", rng, *self.key),
            direction="outbound",
            status="pending_approval",
            to_number=_phone(self.contact),
            automated=True,
            voicemail=False,
            reason="payment_overdue",
            created=self.when,
            modified=self.when,
            planned_by_workflow=True,
            transcript=[],
        )

    def _classification(self, script: dict[str, Any], rng: Random, call: str) -> Record | None:
        """What the call was about, as its agent judged it, with the task that it raised."""
        if "classification" not in script:
            return None
        word, reason = script["classification"]
        judged = Record(word=word, reason=reason)
        if "task" in script:
            kind, description = script["task"]
            status = rng.choice(("open", "closed"))
            key = make_id("tsk", rng, *self.key)
            judged.task = make_task(key, kind, description, self.when, call)
            judged.task.status, judged.task.assignee = status, self.assignee
        return judged


def _phone(contact: Record) -> str:
    return contact.phone or "+1-555-0199"


def make_task(key: str, kind: str, description: str, created: Any, cause: str) -> Record:
    """Make a follow-up that a call or an email, its ``cause``, has raised."""
    label = kind.replace("_", " ").capitalize()
    task = Record(id=key, type=kind, label=label, description=description, cause=cause)
    task.created = task.changed = created
    task.source = "email" if cause.startswith("eml_") else "call"
    return task
