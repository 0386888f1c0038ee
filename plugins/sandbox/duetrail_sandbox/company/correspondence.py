"""What Exante knows of an invoice: emails that it wrote itself, and how they go wrong.

It writes on days between Stuut's emails, and falls silent once an invoice is settled, promised,
contested or handed over to Credira. The page on the outreach timeline has three places for bounced
addresses and three fields that tell of a bounce; it does not say that they agree, so here they
sometimes do not. Nothing at Exante has a time of update.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from duetrail_sandbox.company.clock import NOW, Process, after, stamp
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.records import Record, uid
from duetrail_sandbox.company.touches import WORDS
from duetrail_sandbox.data import read_toml

# Who had an email written: an agent, a user, or a type no document names, which a reader must
# let through.
_AGENT = Record(type="AGENT", uid=uid("agent", 1), name="Receivables agent")
_SCHEDULE = Record(type="SCHEDULE", uid=uid("schedule", 1), name=None)
_MAILBOX = "receivables@example.com"
# How the first reminder goes wrong, for one invoice after the other; mostly it does not.
_MISHAPS = read_toml("exante_mishaps")
# After these somebody has read the email all the same.
_HEARD = (None, "partial", "forwarded")
# How long after the payment an email about an invoice may still bounce.
_LOOK_BACK = timedelta(days=60)


class Claim:
    """An invoice as Exante has it, with ids of Exante's own for it and for its customer.

    The customer is as it was when the invoice was written, since nobody tells Exante that it has
    changed. ``thorough`` tells of every sort of email.
    """

    def __init__(self, invoice: Invoice, *, thorough: bool) -> None:
        """Begin with no email."""
        self.invoice, self.thorough = invoice, thorough
        self.customer = owner = invoice.customer
        self.uid, self.client_uid = uid("invoice", invoice.id), uid("party", owner.id)
        place = owner.address
        lines = (place.line1, place.line2, place.postal_code, place.city, place.state)
        self.postal_address = ", ".join(filter(None, (*lines, place.country)))
        self.rng = invoice.rng
        self._notes: list[Record] = []
        self._bounced: set[str] = set()
        who = owner.assignee
        self._person = Record(type="USER", uid=uid("user", who.id), name=who.name)

    @property
    def notes(self) -> list[Record]:
        """The emails as they were made, the newest first."""
        return sorted(self._notes, key=lambda note: note.created, reverse=True)

    @property
    def bounced_addresses(self) -> list[str] | None:
        """What Exante lists for the invoice; it is no sum of what the emails say."""
        index = self.invoice.index
        if not self._bounced:
            return [] if index % 2 else None
        return sorted({*self._bounced, *([f"archive.{index}@example.org"] * (index % 5 == 0))})

    def tell(self) -> Process:
        """From the invoice's issue to the end, and some time beyond it."""
        invoice = self.invoice
        due = invoice.due or invoice.clock
        place = invoice.index % 14
        mishap = [*_MISHAPS, *[None] * 7][place]
        first = _SCHEDULE if self.customer.index % 3 == 0 else _AGENT
        yield invoice.wait(1, 1)
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
            yield max(invoice.clock, NOW - timedelta(hours=1))
            yield from self._prepare(invoice.wait(3, 5))
        while invoice.is_open:
            yield invoice.wait(1, 3)
            yield from self._go_on()
        yield from self._end()

    def _after(self, moment: datetime, low: int, high: int) -> datetime:
        return max(self.invoice.clock, after(moment, self.rng, low, high))

    def _go_on(self) -> Process:
        """Write once more, prepare an email for later, or learn of a bounce."""
        chance = self.rng.random()
        if chance < 0.25:
            self._bounce_late()
        elif self.invoice.in_dispute and chance < 0.5:
            self._add("checking", self._person)
        elif chance < 0.4:
            self._write("balance" if self.invoice.paid else "second_nudge", self._person)
        elif not self.invoice.is_quiet:
            yield from self._prepare(self.invoice.wait(1, 3))

    def _end(self) -> Process:
        """Thank for a payment; an email may bounce even then."""
        yield self.invoice.wait(1, 2)
        if self.invoice.status == "paid":
            self._add("thanks", _AGENT)
            if self.rng.random() < 0.4:
                yield self.invoice.wait(3, 25)
                self._bounce_late()

    def _write(self, words: str, who: Record) -> None:
        """Write, unless Exante has fallen silent by now."""
        if not self.invoice.is_quiet:
            self._add(words, who)

    def _remind(self, words: str, mishap: str | None) -> Process:
        """Write, in vain it may be; then a person writes again."""
        if self.invoice.is_quiet:
            return
        note = self._add(words, _AGENT)
        if mishap is not None:
            yield self.invoice.minutes(11, 90)
            self._go_wrong(note, mishap)
        if mishap not in _HEARD:
            yield self.invoice.wait(1, 1)
            self._write("resend", self._person)

    def _prepare(self, planned: datetime) -> Process:
        """Leave an email that goes out later: planned, half written, or handed over."""
        words = "balance" if self.invoice.paid else "second_nudge"
        ways: list[dict[str, Any]] = [
            {"status": "DRAFT", "planned": planned},
            {"status": "DRAFT", "planned": None, "to": None, "cc": None},
            {"status": "PENDING"},
        ]
        way = ways[0] if self.thorough else self.rng.choice(ways)
        note = self._add(words, self._person if "to" in way else _AGENT)
        written = note.but(to=[self.invoice.contact.email], planned=way.get("planned"))
        vars(note).update(sent=None, bounced=None, bounced_addresses=None, **way)
        yield planned
        vars(note).update(vars(written), sent=self.invoice.clock)

    def _add(self, words: str, who: Record) -> Record:
        """Write an email that goes out now and arrives; people do not plan theirs.

        ``status``, ``delivery`` and ``bounced`` are told independently and may disagree.
        """
        invoice, rng, by_hand = self.invoice, self.rng, who.type == "USER"
        text, facts = WORDS["notes"][words], invoice.words()
        others = [other.email for other in self.customer.contacts[1:]]
        lead = timedelta(minutes=rng.randint(2, 25))
        note = Record(
            uid=uid("note", invoice.id, len(self._notes)),
            initiator=who,
            sender=self.customer.assignee.email if by_hand else _MAILBOX,
            to=[invoice.contact.email],
            cc=(others if rng.random() < 0.4 else []) or ([] if rng.random() < 0.5 else None),
            subject=text["subject"].format(**facts),
            body=text["body"].format(**facts),
            status="SENT",
            created=max(invoice.clock - lead, invoice.issued or invoice.clock),
            planned=None if by_hand else invoice.clock - timedelta(seconds=rng.randint(1, 50)),
            sent=invoice.clock,
            bounced=False,
            bounced_addresses=[] if rng.random() < 0.7 else None,
        )
        self._notes.append(note)
        return note

    # Bounces

    def _bounce_late(self) -> None:
        """Let an email that was fine for days bounce, with the same times."""
        ended, now = self.invoice.settled, self.invoice.clock
        fine = [
            note
            for note in self._notes
            if note.sent is not None
            and note.sent < now - timedelta(days=2)
            and not (note.bounced or note.bounce or note.delivery)
        ]
        if fine and (ended is None or ended > now - _LOOK_BACK):
            lost = self.rng.choice(fine)
            self._notice(lost, (lost.to or [])[-1:], stamp(now))

    def _notice(self, note: Record, addresses: list[str], detected: str, **facts: Any) -> None:
        """Tell of a bounce everywhere, as it usually is; nothing else of the email changes.

        ``detected`` is text, and where it is no time, the notice shouts.
        """
        self._bounced |= {address.lower() for address in addresses}
        told = [one if detected[0].isdigit() else one.upper() for one in addresses]
        status = {"status_code": "5.1.1", "diagnostic_text": "550 no such mailbox"}
        known = {
            "delivery": "bounce_detected",
            "bounced": True,
            "bounce": Record(source="mail_delivery_notice", detected=detected, recipients=told),
            "bounce_details": {"recipient": addresses[0], **status},
            "bounced_addresses": addresses,
        }
        vars(note).update(known | facts)

    def _go_wrong(self, note: Record, mishap: str) -> None:
        """Let an email go wrong in one of the ways that the timeline has a form for."""
        facts = dict(_MISHAPS[mishap])
        address = self.invoice.contact.email
        for name in facts.keys() & {"to", "notice"}:
            facts[name] = [one.format(address=address) for one in facts[name]]
        facts |= dict.fromkeys(facts.pop("untold", ()))
        detected = facts.pop("detected", stamp(self.invoice.clock))
        if "notice" in facts:
            self._notice(note, facts.pop("notice"), detected, **facts)
        else:
            vars(note).update(facts)
