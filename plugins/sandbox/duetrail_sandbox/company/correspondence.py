"""What Exante writes about an invoice that it has: emails of its own, and how they go wrong.

Exante is tried out with some of the customers. It writes from the team's own mailboxes, on days
between Stuut's emails, and falls silent once an invoice is settled, promised, contested or handed
over to Credira. The public page on the outreach timeline has three places for bounced addresses
and three fields that tell of a bounce; it does not say that they agree, so here they sometimes do
not. Nothing at Exante has a time of update.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import attrs

from duetrail_sandbox.company.claims import Bounce, Claim, Initiator, Note
from duetrail_sandbox.company.clock import NOW, after, stamp
from duetrail_sandbox.company.money import shown
from duetrail_sandbox.company.people import COMPANY, Customer
from duetrail_sandbox.company.story import Story
from duetrail_sandbox.company.telling import Process
from duetrail_sandbox.company.uids import uid
from duetrail_sandbox.company.words import NOTES

__all__ = ["Correspondence"]

_AGENT = Initiator("AGENT", uid("agent", 1), "Receivables agent")
# No document names this type; a reader must let it through.
_SCHEDULE = Initiator("SCHEDULE", uid("schedule", 1), None)
_MAILBOX = "receivables@example.com"
# How the first reminder goes wrong, for one invoice after the other; mostly it does not.
_MISHAPS = ("bounced", "partial", "forwarded", "vague", "unflagged", "unsaid", "failed")
# After these nobody has read the email, and it has to be written again.
_UNHEARD = ("bounced", "failed", "unflagged", "unsaid", "vague")
# How long after the payment an email about an invoice may still bounce.
_LOOK_BACK = timedelta(days=60)


class Correspondence:
    """The emails about one invoice while they are told; ``thorough`` tells of every sort."""

    def __init__(self, story: Story, *, thorough: bool) -> None:
        """Begin with none."""
        self.story = story
        self.rng = story.rng
        self.thorough = thorough
        self._notes: dict[str, Note] = {}
        self._bounced: set[str] = set()
        assignee = story.bill.customer.assignee
        self._person = Initiator("USER", uid("user", assignee.id), assignee.name)

    def told(self, customer: Customer) -> Claim:
        """The invoice as Exante has it, with the emails as they were made, the newest first."""
        index = self.story.bill.index
        found = {*self._bounced, *([f"archive.{index}@example.org"] if index % 5 == 0 else ())}
        notes = sorted(self._notes.values(), key=lambda note: note.created, reverse=True)
        return Claim(
            invoice=self.story.told(customer),
            notes=tuple(notes),
            bounced_addresses=tuple(sorted(found))
            if self._bounced
            else (() if index % 2 else None),
        )

    def tell(self) -> Process:
        """From the invoice's issue to the end, and some time beyond it."""
        due = self.story.due or self.story.clock
        index = self.story.bill.index
        mishap = _MISHAPS[index % 14] if index % 14 < len(_MISHAPS) else None
        first = _SCHEDULE if self.story.bill.customer.index % 3 == 0 else _AGENT
        yield self.story.wait(1, 1)
        self._write("available", _AGENT if self.thorough else first)
        if self.thorough or self.rng.random() < 0.6:
            yield self._after(due - timedelta(days=8), 0, 2)
            self._write("questions", self._person)
        yield self._after(due, 1, 2)
        yield from self._remind("nudge", "bounced" if self.thorough else mishap)
        yield self._after(due, 8, 8)
        yield from self._remind("second_nudge", "partial" if self.thorough else None)
        if self.thorough:
            yield self._after(due, 18, 20)
            self._write("personal", self._person)
            yield max(self.story.clock, NOW - timedelta(hours=1))
            yield from self._prepare(self.story.wait(3, 5))
        while self.story.is_open:
            yield self.story.wait(1, 3)
            yield from self._go_on()
        yield from self._end()

    def _after(self, moment: datetime, low: int, high: int) -> datetime:
        return max(self.story.clock, after(moment, self.rng, low, high))

    def _go_on(self) -> Process:
        """Write once more, prepare an email for later, or learn of a bounce."""
        chance = self.rng.random()
        if chance < 0.25:
            self._bounce_late()
        elif self.story.in_dispute and chance < 0.5:
            self._add("checking", self._person)
        elif chance < 0.4:
            self._write("balance" if self.story.paid else "second_nudge", self._person)
        elif not self.story.is_quiet:
            yield from self._prepare(self.story.wait(1, 3))

    def _end(self) -> Process:
        """Thank for a payment; an email may bounce even then."""
        yield self.story.wait(1, 2)
        if self.story.status == "paid":
            self._add("thanks", _AGENT)
            if self.rng.random() < 0.4:
                yield self.story.wait(3, 25)
                self._bounce_late()

    def _write(self, words: str, who: Initiator) -> None:
        """Write, unless Exante has fallen silent by now."""
        if not self.story.is_quiet:
            self._add(words, who)

    def _remind(self, words: str, mishap: str | None) -> Process:
        """Write, in vain it may be; then a person writes again."""
        if self.story.is_quiet:
            return
        note = self._add(words, _AGENT)
        if mishap is not None:
            yield self.story.minutes(11, 90)
            self._go_wrong(note, mishap)
        if mishap in _UNHEARD:
            yield self.story.wait(1, 1)
            self._write("resend", self._person)

    def _prepare(self, planned: datetime) -> Process:
        """Leave an email that goes out later: planned, half written, or handed over."""
        words = "balance" if self.story.paid else "second_nudge"
        unsent = {"sent": None, "bounced": None, "bounced_addresses": None}
        ways: list[dict[str, Any]] = [
            {"status": "DRAFT", "planned": planned},
            {"status": "DRAFT", "planned": None, "to": None, "cc": None},
            {"status": "PENDING"},
        ]
        way = ways[0] if self.thorough else self.rng.choice(ways)
        note = self._add(words, self._person if way.get("to", 1) is None else _AGENT)
        self._put(note, **unsent, **way)
        yield planned
        to = (self.story.contact.email,)
        self._put(note, status="SENT", sent=self.story.clock, planned=way.get("planned"), to=to)

    def _add(self, words: str, who: Initiator) -> Note:
        """Write an email that goes out now and arrives; people do not plan theirs."""
        story, by_hand = self.story, who.type == "USER"
        subject, body = (text.format(**self._facts()) for text in NOTES[words])
        others = tuple(other.email for other in story.bill.customer.contacts[1:])
        lead = timedelta(minutes=self.rng.randint(2, 25))
        note = Note(
            uid=uid("note", story.bill.id, len(self._notes)),
            initiator=who,
            sender=story.bill.customer.assignee.email if by_hand else _MAILBOX,
            to=(story.contact.email,),
            cc=(others if self.rng.random() < 0.4 else ())
            or (() if self.rng.random() < 0.5 else None),
            subject=subject,
            body=body,
            status="SENT",
            created=max(story.clock - lead, story.issued or story.clock),
            planned=None if by_hand else story.clock - timedelta(seconds=self.rng.randint(1, 50)),
            sent=story.clock,
            bounced_addresses=() if self.rng.random() < 0.7 else None,
        )
        self._notes[note.uid] = note
        return note

    def _facts(self) -> dict[str, str]:
        story = self.story
        return {
            "name": story.contact.name,
            "number": story.number or story.bill.remote_id,
            "amount": shown(story.open_amount, story.bill.currency),
            "due": story.due.date().isoformat() if story.due else "receipt",
            "company": COMPANY,
        }

    def _put(self, note: Note, **facts: Any) -> None:
        self._notes[note.uid] = attrs.evolve(note, **facts)

    # Bounces

    def _bounce_late(self) -> None:
        """Let an email that was fine for days bounce, with the same times."""
        ended = self.story.settled_at
        fine = [
            note
            for note in self._notes.values()
            if note.sent is not None
            and note.sent < self.story.clock - timedelta(days=2)
            and not (note.bounced or note.bounce or note.delivery)
        ]
        if fine and (ended is None or ended > self.story.clock - _LOOK_BACK):
            lost = self.rng.choice(fine)
            self._notice(lost, *(lost.to or ())[-1:])

    def _notice(self, note: Note, *addresses: str, **facts: Any) -> None:
        """Tell of a bounce everywhere, as it usually is; nothing else of the email changes."""
        told = {
            "delivery": "bounce_detected",
            "bounced": True,
            "bounce": Bounce("mail_delivery_notice", stamp(self.story.clock), addresses),
            "bounce_details": {
                "recipient": addresses[0],
                "status_code": "5.1.1",
                "diagnostic_text": "550 no such mailbox",
            },
            "bounced_addresses": addresses,
        }
        self._bounced |= {address.lower() for address in addresses}
        self._put(note, **(told | facts))

    def _go_wrong(self, note: Note, mishap: str) -> None:
        """Let an email go wrong in one of the ways that the timeline has a form for."""
        address = self.story.contact.email
        old = f"former.{address}"
        shouted = Bounce("mail_delivery_notice", "shortly after sending", (old.upper(),))
        silent = dict.fromkeys(("delivery", "bounced", "bounce_details", "bounced_addresses"))
        match mishap:
            case "bounced":
                self._notice(note, old, to=(old,))
            case "partial":  # Two recipients, one of whom it does not reach.
                self._notice(note, f"invoices.{address}", to=(address, f"invoices.{address}"))
            case "forwarded":  # It bounces where somebody had it forwarded to.
                self._notice(note, f"forwarded.{address}")
            case "vague":  # The notice does not say when in a form one can read, and shouts.
                self._notice(note, old, to=(old,), bounce=shouted, bounce_details={})
            case "unflagged":  # The status knows of it, the flag denies it, nobody is named.
                self._put(note, to=(old,), delivery="bounce_detected", bounced_addresses=None)
            case "unsaid":  # There is a notice, but neither flag nor delivery status.
                self._notice(note, old, to=(old,), **silent)
            case _:  # It is refused: it was never sent, which is not a bounce.
                error = "The sending account's permission has ended"
                self._put(note, to=(old,), status="FAILED", sent=None, error=error)
