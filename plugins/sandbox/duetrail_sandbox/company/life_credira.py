"""What can happen at Credira: callouts are opened, edited, carried out and deleted.

Of all this only an edit or a step of a callout shows in a time of update, and a new attempt
only in every other case: the reference does not say. Stuut and Exante hear nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import attrs

from duetrail_sandbox.company.escalation import (
    PRIORITIES,
    attempted,
    open_callout,
    plan_callout,
    succeeded,
)
from duetrail_sandbox.company.events import Kinds
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.ledger import Ledger
from duetrail_sandbox.company.life_billing import is_open
from duetrail_sandbox.company.touches import Attempt, Callout, CalloutEmail, VoiceCall

__all__ = ["CREDIRA_EVENTS"]

CREDIRA_EVENTS = Kinds("credira")

# Who opens an email does so within this time; who does not, never.
_FRESH = timedelta(days=60)
_OPENINGS = (
    ("delivered", "initiated"),
    ("delivered", "unanswered"),
    ("bounced", "initiated"),
    ("voicemail", "delivered"),
)
_STEPS = ("delivered", "delivered", "voicemail", "answered", "unanswered", "initiated")


def _is_overdue(invoice: Invoice) -> bool:
    return is_open(invoice) and invoice.status == "overdue"


def _callout(books: Ledger, fits: Callable[[Callout], bool]) -> tuple[Invoice, Callout] | None:
    """Draw a callout, with its invoice."""
    found = books.invoice(lambda one: any(map(fits, one.callouts)))
    if found is None:
        return None
    return found, books.rng.choice([one for one in found.callouts if fits(one)])


def _replace(books: Ledger, invoice: Invoice, callout: Callout, *calls: VoiceCall) -> None:
    """Enter a changed callout, and calls that were made for it or have changed."""
    changed = {call.id: call for call in calls}
    kept = [changed.pop(call.id, call) for call in invoice.voice_calls]
    callouts = tuple(callout if one.id == callout.id else one for one in invoice.callouts)
    voice_calls = (*kept, *changed.values())
    books.put(attrs.evolve(invoice, callouts=callouts, voice_calls=voice_calls))


@CREDIRA_EVENTS.add(rate=0.01)
def callout_opened(books: Ledger) -> None:
    """An overdue invoice is handed over; an email and a call follow at once."""
    found = books.invoice(_is_overdue)
    if found is not None:
        scene = books.scene(found, call=True)
        open_callout(scene, *books.rng.choice(_OPENINGS))
        callouts = (*found.callouts, attrs.evolve(scene.callouts[-1], updated=books.now))
        calls = tuple(scene.voice_calls)
        books.put(attrs.evolve(found, callouts=callouts, voice_calls=calls))


@CREDIRA_EVENTS.add(rate=0.01)
def callout_scheduled(books: Ledger) -> None:
    """A callout is planned for one of the next days, perhaps with its email."""
    found = books.invoice(_is_overdue)
    if found is not None:
        scene = books.scene(found)
        plan_callout(scene)
        books.put(attrs.evolve(found, callouts=tuple(scene.callouts)))


@CREDIRA_EVENTS.add(rate=0.01)
def callout_edited(books: Ledger) -> None:
    """Somebody changes priority, time or contact of a callout that is not over."""
    found = _callout(books, lambda one: one.status != "completed")
    if found is not None:
        invoice, callout = found
        edits = [_other_priority, _other_contact]
        if callout.status == "scheduled":
            edits.append(_other_time)
        edited = books.rng.choice(edits)(callout, books)
        _replace(books, invoice, attrs.evolve(edited, updated=books.now))


def _other_priority(callout: Callout, books: Ledger) -> Callout:
    others = [word for word in PRIORITIES if word != callout.priority]
    return attrs.evolve(callout, priority=books.rng.choice(others))


def _other_contact(callout: Callout, books: Ledger) -> Callout:
    prefix = f"desk{books.rng.randint(10, 99)}."
    return attrs.evolve(callout, contact_email=f"{prefix}{callout.contact.email}")


def _other_time(callout: Callout, books: Ledger) -> Callout:
    later = max(callout.scheduled, books.now) + timedelta(hours=books.rng.randint(3, 90))
    return attrs.evolve(callout, scheduled=later)


@CREDIRA_EVENTS.add(rate=0.01)
def callout_carried_out(books: Ledger) -> None:
    """A scheduled callout takes place, late or early: its email goes out, a call is made."""
    found = _callout(books, lambda one: one.status == "scheduled")
    if found is None:
        return
    invoice, callout = found
    scene = books.scene(invoice, call=True)
    emails = tuple(_sent(email, books.now) for email in callout.emails)
    attempts = [_email_attempt(email, place) for place, email in enumerate(emails, 1)]
    step = books.rng.choice(("voicemail", "answered", "unanswered"))
    attempts.append(attempted(scene, step, len(attempts) + 1, callout.priority))
    done = attrs.evolve(
        callout,
        status="completed",
        scheduled=min(callout.scheduled, books.now),
        updated=books.now,
        completed=books.now,
        emails=emails,
        attempts=tuple(attempts),
        total_attempts=len(attempts),
        successful_attempts=len(emails) + succeeded(step),
    )
    _replace(books, invoice, done, *_calls(attempts))


def _sent(email: CalloutEmail, when: datetime) -> CalloutEmail:
    return attrs.evolve(email, status="delivered", sent=when)


def _email_attempt(email: CalloutEmail, place: int) -> Attempt:
    assert email.sent is not None, "only what was sent is an attempt"
    name = f"attempt_{place:03d}"
    return Attempt(id=name, type="email", status=email.status, time=email.sent, email=email)


def _calls(attempts: list[Attempt]) -> list[VoiceCall]:
    return [attempt.call for attempt in attempts if attempt.call is not None]


@CREDIRA_EVENTS.add(rate=0.01)
def callout_attempted(books: Ledger) -> None:
    """An active callout makes one more attempt; half of them leave its update time alone."""
    found = _callout(books, lambda one: one.status == "active")
    if found is None:
        return
    invoice, callout = found
    scene = books.scene(invoice, call=True)
    step = books.rng.choice(_STEPS)
    attempt = attempted(scene, step, len(callout.attempts) + 1, callout.priority)
    more = attrs.evolve(
        callout,
        updated=books.now if books.rng.random() < 0.5 else callout.updated,
        attempts=(*callout.attempts, attempt),
        emails=(*callout.emails, attempt.email) if attempt.email else callout.emails,
        total_attempts=callout.total_attempts + 1,
        successful_attempts=callout.successful_attempts + succeeded(step),
    )
    _replace(books, invoice, more, *_calls([attempt]))


@CREDIRA_EVENTS.add(rate=0.01)
def callout_email_opened(books: Ledger) -> None:
    """Somebody opens an email of a callout; no update time tells of it."""
    _change_email(
        books,
        lambda email: email.opened is None and not email.bounced,
        lambda email: attrs.evolve(email, opened=books.now),
    )


@CREDIRA_EVENTS.add(rate=0.01)
def callout_email_clicked(books: Ledger) -> None:
    """Somebody follows the link in an email of a callout; no update time tells of it."""
    _change_email(
        books,
        lambda email: email.opened is not None and email.clicked is None,
        lambda email: attrs.evolve(email, clicked=books.now),
    )


@CREDIRA_EVENTS.add(rate=0.01)
def callout_email_bounced(books: Ledger) -> None:
    """An email of a callout turns out not to have arrived; no update time tells of it."""
    _change_email(
        books,
        lambda email: email.opened is None and not email.bounced,
        lambda email: attrs.evolve(email, bounced=True),
    )


def _change_email(
    books: Ledger,
    fits: Callable[[CalloutEmail], bool],
    change: Callable[[CalloutEmail], CalloutEmail],
) -> None:
    """Change one email that was sent lately, in its callout and in the attempt it belongs to."""

    def may_change(email: CalloutEmail) -> bool:
        return email.sent is not None and books.now - email.sent < _FRESH and fits(email)

    found = _callout(books, lambda one: any(map(may_change, one.emails)))
    if found is None:
        return
    invoice, callout = found
    email = books.rng.choice([one for one in callout.emails if may_change(one)])
    changed = change(email)
    emails = tuple(changed if one.id == email.id else one for one in callout.emails)
    attempts = tuple(
        attrs.evolve(one, email=changed) if one.email and one.email.id == email.id else one
        for one in callout.attempts
    )
    _replace(books, invoice, attrs.evolve(callout, emails=emails, attempts=attempts))


@CREDIRA_EVENTS.add(rate=0.01)
def call_filled_in(books: Ledger) -> None:
    """A call that was only begun gets its length, scores and media; alone it says when."""
    found = _callout(books, lambda one: any(map(_is_begun, one.attempts)))
    if found is None:
        return
    invoice, callout = found
    attempt = books.rng.choice([one for one in callout.attempts if _is_begun(one)])
    assert attempt.call is not None, "only calls are begun"
    filled = _filled(attempt.call, books)
    told = attrs.evolve(attempt, call=filled, status=filled.status)
    attempts = tuple(told if one is attempt else one for one in callout.attempts)
    _replace(books, invoice, attrs.evolve(callout, attempts=attempts), filled)


def _is_begun(attempt: Attempt) -> bool:
    return attempt.call is not None and attempt.call.status == "initiated"


def _filled(call: VoiceCall, books: Ledger) -> VoiceCall:
    seconds = books.rng.randint(30, 240)
    return attrs.evolve(
        call,
        status="completed",
        duration=seconds,
        end=call.start + timedelta(seconds=seconds),
        cost=seconds // 6 + 2,
        confidence=books.rng.choice((0.99, 0.91, 0.7)),
        updated=books.now,
        keywords=("payment",),
        summary="The debtor asked for a copy of the invoice.",
    )


@CREDIRA_EVENTS.add(rate=0.005)
def callout_deleted(books: Ledger) -> None:
    """A callout is deleted with its emails and with the calls that were made for it."""
    found = _callout(books, lambda one: True)
    if found is not None:
        invoice, callout = found
        gone = {call.id for call in _calls([*callout.attempts])}
        books.put(
            attrs.evolve(
                invoice,
                callouts=tuple(one for one in invoice.callouts if one.id != callout.id),
                voice_calls=tuple(one for one in invoice.voice_calls if one.id not in gone),
            )
        )
