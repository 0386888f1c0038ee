"""Every kind of event happens to a company of two hundred within ten days: seen in its data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.claims import Claim, Note
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.touches import Callout, CalloutEmail, VoiceCall
from duetrail_sandbox.counts import counts


class Day(NamedTuple):
    before: Company
    after: Company

    def invoices(self) -> Iterator[tuple[Invoice, Invoice]]:
        """Every invoice that was there before and is there after."""
        for one in self.after.invoices:
            if one.id in self.before.by_id:
                yield self.before.by_id[one.id], one

    def touches(self, name: str) -> Iterator[tuple[Invoice, Any, Any]]:
        """Stuut's emails or calls with what they were, None for new ones, and the invoice."""
        for old, new in self.invoices():
            known = {touch.id: touch for touch in getattr(old, name)}
            for touch in getattr(new, name):
                yield new, known.get(touch.id), touch

    def callouts(self) -> Iterator[tuple[Callout | None, Callout]]:
        for key, (_, out) in self.after.callouts.items():
            yield self.before.callouts.get(key, (None, None))[1], out

    def callout_emails(self) -> Iterator[tuple[CalloutEmail, CalloutEmail, Callout, Callout]]:
        """Credira's emails that were there before, with their callouts then and now."""
        for old, new in self.callouts():
            known = {mail.id: mail for mail in old.emails} if old else {}
            for mail in new.emails:
                if old and mail.id in known:
                    yield known[mail.id], mail, old, new

    def voice_calls(self) -> Iterator[tuple[VoiceCall, VoiceCall]]:
        for key, (_, call) in self.after.voice_calls.items():
            if key in self.before.voice_calls:
                yield self.before.voice_calls[key][1], call

    def claims(self) -> Iterator[tuple[Claim, Claim]]:
        for key, claim in self.after.claims.items():
            if key in self.before.claims:
                yield self.before.claims[key], claim

    def notes(self) -> Iterator[tuple[Claim, Note | None, Note]]:
        """Exante's emails with what they were, None for new ones, and the claim."""
        for old, new in self.claims():
            known = {note.uid: note for note in old.notes}
            for note in new.notes:
                yield new, known.get(note.uid), note


@pytest.fixture(scope="module")
def days() -> list[Day]:
    found = []
    company = Company.build(200, 7)
    for _ in range(10):
        after = company.tomorrow()
        found.append(Day(company, after))
        company = after
    return found


def happened(days: list[Day], seen: Callable[[Day], Any]) -> int:
    """On how many days it was seen."""
    return sum(bool(seen(day)) for day in days)


# Stuut: invoices


def test_invoices_are_issued(days):
    """Every day an invoice goes out with its first email, numbered on from the last one."""
    for day in days:
        new = [one for one in day.after.invoices if one.id not in day.before.by_id]
        issued = [one for one in new if one.issued is not None]
        assert issued
        for one in issued:
            assert one.emails[0].reason == "invoice_issued"
            assert one.issued > day.before.now
        assert min(one.index for one in new) == day.before.written + 1


def test_a_new_customer_comes(days):
    """Sometimes a new invoice is to a customer whom nobody knew before."""
    assert len(days[0].before.customers) < len(days[-1].after.customers)


def test_drafts_are_written_and_issued(days):
    """A new invoice may be a draft, and a draft gets number, dates and email when it goes out."""
    assert happened(
        days,
        lambda day: [
            one
            for one in day.after.invoices
            if one.status == "draft" and one.id not in day.before.by_id
        ],
    )
    issued = [
        new
        for day in days
        for old, new in day.invoices()
        if (old.status, new.status) == ("draft", "open")
    ]
    assert issued
    for one in issued:
        assert one.number
        assert one.due
        assert one.emails


def test_invoices_are_paid(days):
    """Every day an invoice is paid in full."""
    for day in days:
        paid = [new for old, new in day.invoices() if (old.paid_at, bool(new.paid_at)) == (None, 1)]
        assert paid
        for one in paid:
            assert (one.status, one.remaining) == ("paid", 0)
            assert day.before.now < one.paid_at <= one.modified <= day.after.now


def test_invoices_are_paid_in_part(days):
    """Every day a part of an invoice is paid."""
    assert happened(
        days,
        lambda day: [
            new
            for old, new in day.invoices()
            if old.paid < new.paid and new.remaining and new.status in ("open", "overdue")
        ],
    )


def test_invoices_are_voided(days):
    """An invoice is voided, and nothing of it was paid."""
    voided = [
        new
        for day in days
        for old, new in day.invoices()
        if old.status != "void" and new.status == "void"
    ]
    assert voided
    assert all(one.voided_at is not None and not one.paid for one in voided)


def test_disputes_open_and_end(days):
    """Invoices come to be in dispute, and others cease to be."""
    pairs = [(old.in_dispute, new.in_dispute) for day in days for old, new in day.invoices()]
    assert any(not old and new for old, new in pairs)
    assert any(old and new is False for old, new in pairs)


def test_invoices_vanish(days):
    """Every day one invoice is gone from Stuut; what Exante had of it, Exante still has."""
    kept = 0
    for day in days:
        (gone,) = day.before.by_id.keys() - day.after.by_id.keys()
        lost = day.before.by_id[gone]
        assert lost.remote_id not in day.after.by_remote_id
        kept += any(claim.invoice.id == gone for claim in day.after.claims.values())
        assert {one.customer.id for one in day.before.invoices} <= {
            one.customer.id for one in day.after.invoices
        }
    assert kept


def test_customers_change(days):
    """Every day a contact has another number, or outreach is paused or resumed by hand."""
    changes = set()
    for day in days:
        known = {one.id: one for one in day.before.customers}
        for one in day.after.customers:
            old = known.get(one.id)
            if old is not None and old != one:
                assert one.modified is not None
                assert day.before.now < one.modified <= day.after.now
                changes |= {
                    name
                    for name in ("contacts", "calls_paused", "emails_paused")
                    if getattr(old, name) != getattr(one, name)
                }
    assert changes == {"contacts", "calls_paused", "emails_paused"}


# Stuut: emails and calls


def test_letters_are_written(days):
    """Every day the company writes about an open invoice."""
    assert all(
        [one for _, old, one in day.touches("emails") if old is None and one.sent is not None]
        for day in days
    )


def test_replies_alone(days):
    """An invoice hears from its customer without having written: its last outreach stays."""
    assert happened(
        days,
        lambda day: [
            new
            for old, new in day.invoices()
            if old.last_inbound != new.last_inbound and old.outreach == new.outreach
        ],
    )


def test_letters_are_drafted_and_sent(days):
    """Emails are prepared, and prepared ones go out: they are no planned outreach any more."""
    assert happened(
        days,
        lambda day: [
            one
            for _, old, one in day.touches("emails")
            if old is None and one.status in ("draft", "pending") and one.direction == "outbound"
        ],
    )
    sent = [
        (old, one)
        for day in days
        for _, old, one in day.touches("emails")
        if old is not None and old.sent is None and one.sent is not None
    ]
    assert sent
    for old, one in sent:
        assert one.status == "sent"
        assert one.created == old.created < one.sent
        assert one.modified > old.modified


def test_letters_bounce_late(days):
    """An email sent days ago has bounced addresses; it and its invoice are modified."""
    bounced = [
        (day, invoice, old, one)
        for day in days
        for invoice, old, one in day.touches("emails")
        if old is not None and not old.bounced and one.bounced
    ]
    assert bounced
    for day, invoice, old, one in bounced:
        assert (one.sent, one.created, one.to) == (old.sent, old.created, old.to)
        assert one.sent < day.after.now - timedelta(days=1)
        assert day.before.now < one.modified <= invoice.modified


def test_promises(days):
    """Customers promise to pay by a day, in a call."""
    assert happened(
        days,
        lambda day: [
            new
            for old, new in day.invoices()
            if new.promised_on != old.promised_on
            and any(
                call.classification is not None
                and call.classification.word == "promise_to_pay"
                and call.start > day.before.now - timedelta(hours=1)
                for call in new.calls
            )
        ],
    )


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_calls(days, direction):
    """Calls are made and received."""
    assert happened(
        days,
        lambda day: [
            one
            for _, old, one in day.touches("calls")
            if old is None and one.direction == direction and one.start is not None
        ],
    )


def test_calls_about_two(days):
    """A new call is about two invoices of one customer."""
    pairs = []
    for day in days:
        new: dict[str, list[Invoice]] = {}
        for invoice, old, one in day.touches("calls"):
            if old is None:
                new.setdefault(one.id, []).append(invoice)
        pairs += [invoices for invoices in new.values() if len(invoices) == 2]
    assert pairs
    assert all(first.customer == second.customer for first, second in pairs)


def test_planned_calls_are_made(days):
    """A planned call is approved and made: it keeps its id and is planned no more."""
    made = [
        (old, one)
        for day in days
        for _, old, one in day.touches("calls")
        if old is not None and old.status == "pending_approval" != one.status
    ]
    assert made
    for old, one in made:
        assert one.created == old.created <= one.start <= one.end
        assert one.approver is not None
        assert one.modified > old.modified
    assert happened(
        days,
        lambda day: [
            one
            for _, old, one in day.touches("calls")
            if old is None and one.status == "pending_approval"
        ],
    )


def test_planned_outreach_comes_and_goes(days):
    """What Stuut has planned is other every day, and counted as it stands on the day."""

    def planned(company: Company) -> set[str]:
        calls = {one.id for row in company.invoices for one in row.calls if one.start is None}
        return calls | {
            one.id
            for row in company.invoices
            for one in row.emails
            if one.direction == "outbound" and one.status in ("draft", "pending")
        }

    for day in days:
        assert planned(day.after) - planned(day.before)
        assert counts(day.after, ["stuut"])["stuut"]["callouts"] == len(planned(day.after))
    assert happened(days, lambda day: planned(day.before) - planned(day.after)) > 5


# Credira


def test_callouts_are_opened(days):
    """An overdue invoice gets a callout with a first email and call."""
    opened = [
        new
        for day in days
        for old, new in day.callouts()
        if old is None and new.status == "active" and new.emails
    ]
    assert opened
    assert all(any(attempt.call for attempt in out.attempts) for out in opened)


def test_callouts_are_scheduled(days):
    """A callout is planned for a day to come."""
    assert happened(
        days,
        lambda day: [
            new
            for old, new in day.callouts()
            if old is None and new.scheduled > day.after.now and new.status == "scheduled"
        ],
    )


def test_callouts_are_edited(days):
    """Priority, time and contact of callouts change, and so does the time of update."""
    changes = set()
    for day in days:
        for old, new in day.callouts():
            if old is None or new.status == "completed":
                continue
            names = {
                name
                for name in ("priority", "scheduled", "contact_email")
                if getattr(old, name) != getattr(new, name)
            }
            assert not names or day.before.now < new.updated <= day.after.now
            changes |= names
    assert changes == {"priority", "scheduled", "contact_email"}


def test_callouts_are_carried_out(days):
    """A scheduled callout is completed, with its emails sent and a call made for it."""
    done = [
        (day, old, new)
        for day in days
        for old, new in day.callouts()
        if old is not None and (old.status, new.status) == ("scheduled", "completed")
    ]
    assert done
    for day, old, new in done:
        assert new.completed == new.updated > old.updated
        assert all(mail.sent is not None for mail in new.emails)
        (call,) = [attempt.call for attempt in new.attempts if attempt.call is not None]
        assert call.id in day.after.voice_calls
        assert call.id not in day.before.voice_calls


def test_callouts_make_more_attempts(days):
    """An active callout has one more attempt, and its time of update may or may not tell."""
    tells = {
        new.updated > old.updated
        for day in days
        for old, new in day.callouts()
        if old is not None and old.status == "active" and len(old.attempts) < len(new.attempts)
    }
    assert tells == {True, False}


@pytest.mark.parametrize("fact", ["opened", "clicked", "bounced"])
def test_callout_emails_change_in_silence(days, fact):
    """An email is opened, clicked or bounces, and its callout's time of update stays."""
    changed = [
        (mail, out_before, out)
        for day in days
        for before, mail, out_before, out in day.callout_emails()
        if not getattr(before, fact) and getattr(mail, fact)
    ]
    assert changed
    assert any(before.updated == out.updated for _, before, out in changed)
    for mail, _, out in changed:
        assert [attempt.email for attempt in out.attempts if attempt.email].count(mail) == 1


def test_calls_are_filled_in(days):
    """A call that was begun has its length, scores and media later, created as before."""
    filled = [
        (old, new)
        for day in days
        for old, new in day.voice_calls()
        if old.status == "initiated" != new.status
    ]
    assert filled
    for old, new in filled:
        assert (old.duration, old.created) == (0, new.created)
        assert new.duration > 0
        assert new.updated > old.updated


def test_callouts_are_deleted(days):
    """A callout is gone with its emails, and with the calls that were made for it."""
    calls_gone = 0
    for day in days:
        for key in day.before.callouts.keys() - day.after.callouts.keys():
            invoice, out = day.before.callouts[key]
            assert invoice.id in day.after.by_id
            made = {attempt.call.id for attempt in out.attempts if attempt.call is not None}
            assert not made & day.after.voice_calls.keys()
            calls_gone += len(made)
    assert calls_gone


# Exante


def test_claims_are_listed(days):
    """Exante takes on invoices that Stuut has, in the place of their number."""
    new = [
        day.after.claims[key] for day in days for key in day.after.claims.keys() - day.before.claims
    ]
    assert new
    assert any(claim.notes for claim in new)
    assert any(not claim.notes for claim in new)


def test_claims_are_credited_and_paid(days):
    """Amounts and statuses of claims change."""
    pairs = [(old.invoice, new.invoice) for day in days for old, new in day.claims()]
    assert any(new.amount_due < old.amount_due for old, new in pairs)
    assert any((old.status, new.status) == ("overdue", "paid") for old, new in pairs)


def test_notes_are_written(days):
    """Every day an email about an open claim is written and sent, and created then."""
    for day in days:
        new = [note for _, old, note in day.notes() if old is None and note.sent is not None]
        assert new
        assert all(note.created > day.before.now for note in new)


def test_notes_are_prepared_and_sent(days):
    """Emails wait as drafts or pending, and such emails go out later."""
    prepared = {note.status for day in days for _, old, note in day.notes() if old is None}
    assert {"DRAFT", "PENDING"} <= prepared
    sent = [
        (old, note)
        for day in days
        for _, old, note in day.notes()
        if old is not None and old.sent is None and note.sent is not None
    ]
    assert sent
    for old, note in sent:
        assert (note.status, note.created) == ("SENT", old.created)
        assert note.to


@pytest.mark.parametrize("paid", [False, True])
def test_notes_bounce_late(days, paid):
    """An email that was fine for days bounces with the same times, on open claims and paid ones."""
    late = [
        (day, claim, old, note)
        for day in days
        for claim, old, note in day.notes()
        if old is not None and not old.bounced and note.bounced
    ]
    seen = 0
    for day, claim, old, note in late:
        closed = claim.invoice.paid_at
        seen += (closed is not None) is paid
        assert closed is None or closed > day.before.now - timedelta(days=60)
        assert (note.sent, note.planned, note.created) == (old.sent, old.planned, old.created)
        assert note.sent < day.after.now - timedelta(days=2)
        assert set(note.bounced_addresses) <= set(claim.bounced_addresses)
    assert seen


def test_claims_are_deleted(days):
    """Claims are gone from Exante with their emails, and never come back."""
    gone = {key for day in days for key in day.before.claims.keys() - day.after.claims.keys()}
    assert gone
    assert not gone & days[-1].after.claims.keys()
    assert gone == days[-1].after.struck
