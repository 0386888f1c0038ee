"""Which invoices Exante has, and what it wrote about each, beside what the others did.

Exante is tried out with some of the customers. It writes from the team's own mailboxes, on
days between Stuut's letters, and falls silent once an invoice is settled, promised, contested
or handed over to Credira.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import attrs

from duetrail_sandbox.company.claims import Claim, Note
from duetrail_sandbox.company.clock import NOW, after
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.mishaps import MISHAPS, UNHEARD
from duetrail_sandbox.company.notes import AGENT, SCHEDULE, Writer, colleague, note
from duetrail_sandbox.company.touches import Call

__all__ = ["claims"]

_ENDINGS = ("scheduled", "composing", "pending")


class _Story:
    """The emails about one invoice while they are being told."""

    def __init__(self, invoice: Invoice) -> None:
        self.invoice = invoice
        self.rng = Random(f"exante/{invoice.id}")
        self.notes: list[Note] = []
        self.person = colleague(invoice.customer.assignee)
        self.silent = _silent_from(invoice)

    def write(self, words: str, writer: Writer, when: datetime, mishap: str | None = None) -> None:
        """Write, unless Exante has fallen silent by then; after a failure, write again."""
        if when >= self.silent:
            return
        written = self._note(words, writer, when)
        self.notes.append(MISHAPS[mishap](written) if mishap else written)
        if mishap in UNHEARD:
            self.write("resend", self.person, after(when, self.rng, 1, 1))

    def tell(self, mishaps: tuple[str | None, str | None], *, thorough: bool) -> None:
        """From the invoice's issue to the end, as far as it has come."""
        issued, due = self.invoice.issued, self.invoice.due
        if issued is None or due is None:
            return
        first = SCHEDULE if self.invoice.customer.index % 3 == 0 and not thorough else AGENT
        self.write("available", first, after(issued, self.rng, 1, 1))
        if thorough or self.rng.random() < 0.6:
            self.write("questions", self.person, after(due - timedelta(days=8), self.rng, 0, 2))
        self.write("nudge", AGENT, after(due, self.rng, 1, 2), mishaps[0])
        self.write("second_nudge", AGENT, after(due, self.rng, 8, 8), mishaps[1])
        if thorough or self.rng.random() < 0.5:
            self.write("personal", self.person, after(due, self.rng, 18, 20))
        self._answer()

    def _answer(self) -> None:
        """Take up what the customer did: pay, or contest."""
        heard, paid = self.invoice.last_inbound, self.invoice.paid_at
        if self.invoice.in_dispute and heard is not None:
            self._add("checking", self.person, after(heard, self.rng, 0, 1))
        if paid is not None:
            self._add("thanks", AGENT, after(paid, self.rng, 1, 2))

    def prepare(self, ending: str | None) -> None:
        """Leave an email that has not gone out: planned, half written, or on its way."""
        if ending is None or not _is_chased(self.invoice):
            return
        words = "balance" if self.invoice.paid else "second_nudge"
        if ending == "composing":
            begun = self._note(words, self.person, NOW - timedelta(hours=1))
            unsent = attrs.evolve(begun, status="DRAFT", to=None, cc=None)
        elif ending == "scheduled":
            planned = self._note(words, AGENT, after(NOW, self.rng, 1, 5))
            created = NOW - timedelta(minutes=self.rng.randint(30, 900))
            unsent = attrs.evolve(planned, status="DRAFT", created=created)
        else:
            handed_over = self._note(words, AGENT, NOW - timedelta(minutes=1))
            unsent = attrs.evolve(handed_over, status="PENDING")
        self.notes.append(attrs.evolve(unsent, sent=None, bounced=None, bounced_addresses=None))

    def _add(self, words: str, writer: Writer, when: datetime) -> None:
        if when < NOW:
            self.notes.append(self._note(words, writer, when))

    def _note(self, words: str, writer: Writer, when: datetime) -> Note:
        return note(self.invoice, words, writer, when, len(self.notes), self.rng)

    def close(self) -> Claim:
        """Finish, with the addresses that bounced on any email, and sometimes one more."""
        found = {
            address
            for one in self.notes
            for address in (*(one.bounced_addresses or ()), *_noticed(one))
        }
        if found and self.invoice.index % 5 == 0:
            found.add(f"archive.{self.invoice.customer.index}@example.org")
        return Claim(
            invoice=self.invoice,
            # As they were made: neither the order of sending nor that of planning.
            notes=tuple(sorted(self.notes, key=lambda one: one.created, reverse=True)),
            bounced_addresses=tuple(sorted(found)) or (() if self.invoice.index % 2 else None),
        )


def _noticed(note: Note) -> tuple[str, ...]:
    return tuple(one.lower() for one in note.bounce.recipients) if note.bounce else ()


def _silent_from(invoice: Invoice) -> datetime:
    """When asking for money ends: paid, promised, void, given up, contested, handed over."""
    ends = [NOW, invoice.paid_at, invoice.voided_at, invoice.written_off_at]
    ends += [callout.created for callout in invoice.callouts]
    ends += [call.start for call in invoice.calls if _is_promise(call)]
    if invoice.status == "processing":
        ends += [share.created for share in invoice.allocations]
    if invoice.in_dispute:
        ends.append(invoice.last_inbound)
    return min(end for end in ends if end is not None)


def _is_promise(call: Call) -> bool:
    return call.classification is not None and call.classification.word == "promise_to_pay"


def _is_chased(invoice: Invoice) -> bool:
    """Whether Exante has a reason to go on writing."""
    quiet = invoice.callouts and not invoice.paid
    late = invoice.due is not None and invoice.due < NOW
    return late and not quiet and not invoice.in_dispute and invoice.status == "overdue"


def claims(invoices: tuple[Invoice, ...], showpiece: Invoice | None, seed: int) -> list[Claim]:
    """Tell of all invoices that Exante has, in the order of the ERP's numbers."""
    rng = Random(f"{seed}/exante")
    stories = [_Story(invoice) for invoice in _known(invoices, showpiece, rng)]
    mishaps = _dealt([one for one in stories if _is_nudged(one)], [*MISHAPS], rng)
    endings = _dealt([one for one in stories if _is_chased(one.invoice)], [*_ENDINGS], rng)
    for story in stories:
        if story.invoice is showpiece:
            story.tell(("bounced", "partial"), thorough=True)
            story.prepare("scheduled")
        else:
            story.tell((mishaps.get(story.invoice.id), None), thorough=False)
            story.prepare(endings.get(story.invoice.id))
    return [story.close() for story in stories]


def _known(invoices: tuple[Invoice, ...], showpiece: Invoice | None, rng: Random) -> list[Invoice]:
    """Choose customers by lot, those of the showpiece and of a shared number in any case."""
    numbers = Counter(invoice.number for invoice in invoices if invoice.number)
    tried = {one.customer.index for one in invoices if numbers[one.number or ""] > 1}
    if showpiece is not None:
        tried.add(showpiece.customer.index)
    everybody = sorted({invoice.customer.index for invoice in invoices})
    tried |= {index for index in everybody if rng.random() < 0.5}
    return [one for one in invoices if one.customer.index in tried and _is_a_claim(one)]


def _is_a_claim(invoice: Invoice) -> bool:
    """Receivables only; a credit is not asked for."""
    return invoice.kind == "receivable" and invoice.total > 0


def _is_nudged(story: _Story) -> bool:
    """Whether an email is certain to be written after the due date, and again after that."""
    due = story.invoice.due
    return due is not None and due + timedelta(days=9) < story.silent


def _dealt(stories: list[_Story], kinds: list[str], rng: Random) -> dict[str, str]:
    """Give every kind to one invoice before any gets it twice; two in three get none."""
    rng.shuffle(stories)
    more = [rng.choice(kinds) for story in stories[len(kinds) :] if rng.random() < 0.3]
    return {story.invoice.id: kind for story, kind in zip(stories, kinds + more, strict=False)}
