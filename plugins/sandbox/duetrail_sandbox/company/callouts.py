"""What happens to an invoice at Credira: callouts, their emails, and calls by voice agents.

Of an edit and of most attempts a callout's time of update tells; that an email was opened, clicked
or bounced, and what became of a call, it does not. Durations are in seconds.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from duetrail_sandbox.company.clock import Process
from duetrail_sandbox.company.invoices import Invoice, Working
from duetrail_sandbox.company.people import AGENT_NUMBER
from duetrail_sandbox.company.records import Record, make_id
from duetrail_sandbox.company.touches import NO_PHONE, WORDS

_AGENTS = ("agent_0001", "agent_0002")
_PRIORITIES = ("low", "medium", "high", "urgent")
# How a call ends.
_CALLS = WORDS["voice_calls"]
_STEPS = ("delivered", "opened", "clicked", "bounced", "voicemail", "answered", "initiated")


def work_callout(invoice: Invoice, *steps: str) -> Working:
    """Open a callout and carry out its steps, a day or two apart; with ``lasts`` it stays active.

    A step is how a call ends (``answered``, ``voicemail``, ``unanswered``, ``initiated``) or
    what becomes of an email (``delivered``, ``opened``, ``clicked``, ``bounced``,
    ``unsubscribed``).
    """
    callout = _open(invoice, "active", invoice.clock)
    for step in steps:
        if step == "lasts":
            return callout
        if callout.attempts:
            yield invoice.wait(1, 2)
        _attempt(invoice, callout, step)
        yield from _become(invoice, callout.attempts[-1], step)
    _complete(invoice, callout)
    return callout


def plan_callout(invoice: Invoice) -> Working:
    """Schedule a callout, perhaps with its email; it is edited, and then it is carried out."""
    rng = invoice.rng
    scheduled = invoice.wait(2, 12)
    emails = [_email(invoice, "scheduled", "notification")] if rng.random() < 0.5 else []
    callout = _open(invoice, "scheduled", scheduled)
    callout.emails, callout.calls_enabled, callout.emails_enabled = emails, True, bool(emails)
    yield invoice.wait(1, 1)
    edits: list[dict[str, Any]] = [
        {"priority": "urgent" if callout.priority != "urgent" else "low"},
        {"contact_email": f"desk{rng.randint(10, 99)}.{invoice.contact.email}"},
        {"scheduled": scheduled + timedelta(hours=rng.randint(3, 90))},
    ]
    one, other = rng.sample(edits, 2)
    vars(callout).update(one | other, updated=invoice.clock)
    yield callout.scheduled
    for email in emails:
        email.status, email.sent = "delivered", invoice.clock
        _enter(invoice, callout, "email", email)
    _attempt(invoice, callout, rng.choice(("voicemail", "answered", "unanswered")))
    _complete(invoice, callout)
    return callout


def collect(invoice: Invoice) -> Process:
    """Go on with an invoice that was handed over, until it is settled."""
    while True:
        yield invoice.wait(1, 2)
        if invoice.rng.random() < 0.3:
            callout = yield from plan_callout(invoice)
        else:
            steps = invoice.rng.sample(_STEPS, invoice.rng.choice((2, 3, 4)))
            callout = yield from work_callout(invoice, *steps)
        if invoice.rng.random() < 0.3:
            invoice.spawn(_delete(invoice, callout), after_the_end=True)


def _delete(invoice: Invoice, callout: Record) -> Process:
    """A callout is deleted some time after it is over, with its emails and calls."""
    yield invoice.wait(3, 15)
    invoice.callouts.remove(callout)
    gone = [attempt.made for attempt in callout.attempts]
    invoice.voice_calls = [call for call in invoice.voice_calls if call not in gone]


def _open(invoice: Invoice, status: str, scheduled: datetime) -> Record:
    rng = invoice.rng
    metadata: dict[str, Any] = {"department": "billing"}
    if rng.random() < 0.5:
        metadata["campaign_id"] = f"camp_{rng.randint(1, 9):03d}"
    if rng.random() < 0.2:
        metadata["priority"] = rng.randint(1, 5)
    callout = Record(
        id=make_id("callout", rng, *invoice.key()),
        status=status,
        scheduled=scheduled,
        priority=rng.choice(_PRIORITIES),
        created=invoice.clock,
        updated=invoice.clock,
        contact=invoice.contact,
        contact_email=invoice.address,
        agent_id=rng.choice(_AGENTS),
        calls_enabled=False,
        emails_enabled=False,
        emails=[],
        attempts=[],
        metadata=metadata,
        # The vendor's own sample counts one attempt more than it lists.
        total_attempts=1 if rng.random() < 0.2 else 0,
        successful_attempts=0,
    )
    invoice.callouts.append(callout)
    return callout


def _complete(invoice: Invoice, callout: Record) -> None:
    callout.status, callout.completed, callout.updated = "completed", invoice.clock, invoice.clock


def _attempt(invoice: Invoice, callout: Record, step: str) -> None:
    """Make a call or write an email; every other attempt leaves the time of update alone."""
    if step in _CALLS:
        call = _call(invoice, step)
        invoice.voice_calls.append(call)
        _enter(invoice, callout, "call", call)
    else:
        kind = "follow_up" if callout.attempts else "payment_reminder"
        email = _email(invoice, step, kind)
        callout.emails.append(email)
        _enter(invoice, callout, "email", email)
    if invoice.rng.random() < 0.5:
        callout.updated = invoice.clock


def _enter(invoice: Invoice, callout: Record, kind: str, made: Record) -> None:
    """Enter a new attempt with its call or email; its id is unique only inside the callout."""
    key = f"attempt_{len(callout.attempts) + 1:03d}"
    name = f"{callout.id}_{key}"
    attempt = Record(id=key, name=name, type=kind, status=made.status, time=invoice.clock)
    attempt.made = made
    callout.attempts.append(attempt)
    # Channels can be edited after the fact, so an email may hang off a callout without them.
    hidden = bool(callout.emails) and invoice.rng.random() < 0.15
    callout.calls_enabled |= kind == "call"
    callout.emails_enabled = bool(callout.emails) and not hidden
    callout.total_attempts += 1
    good = made.status == "delivered" or made.summary == _CALLS["answered"]["summary"]
    callout.successful_attempts += good


def _become(invoice: Invoice, attempt: Record, step: str) -> Process:
    """What becomes of an attempt: an email is opened or bounces, a call gets its facts."""
    made = attempt.made
    if step in ("bounced", "initiated"):
        yield invoice.wait(1, 3)
    elif step in ("opened", "clicked", "unsubscribed"):
        yield invoice.minutes(4, 300)
        made.opened, made.unsubscribed = invoice.clock, step == "unsubscribed"
    if step == "bounced":
        made.bounced = True
    if step == "initiated":
        _fill(invoice, made)
        attempt.status = made.status
    if step == "clicked":
        yield invoice.minutes(1, 9)
        made.clicked = invoice.clock


def _call(invoice: Invoice, step: str) -> Record:
    rng = invoice.rng
    script = _CALLS[step]
    good, seconds = step == "answered", rng.randint(*script["seconds"])
    end = invoice.clock - timedelta(minutes=rng.randint(1, 12))
    start = end - timedelta(seconds=seconds)
    return Record(
        id=make_id("call", rng, *invoice.key()),
        status=script["status"],
        duration=seconds,
        from_number=AGENT_NUMBER,
        to_number=invoice.contact.phone or NO_PHONE,
        agent_id=rng.choice(_AGENTS),
        timezone=invoice.customer.timezone,
        # Scores arrive as whole numbers too.
        confidence=rng.choice((1, 0.95, 0.87, 0.62)),
        quality=rng.choice((0, 1, 0.9, 0.75)),
        sentiment=rng.choice((-0.4, 0.0, 0.3, 0.8)),
        cost=_cost(seconds),
        start=start,
        end=end,
        created=start - timedelta(minutes=rng.randint(0, 3)),
        updated=invoice.clock,
        keywords=["payment", "invoice"] if good else [],
        tags=["promise"] if good and rng.random() < 0.5 else [],
        summary=script.get("summary"),
        metadata={"customer_id": invoice.customer.remote_id, "department": "billing"},
    )


def _cost(seconds: int) -> float:
    return (seconds // 6 + 2) / 100


def _fill(invoice: Invoice, call: Record) -> None:
    """A call that was only begun gets its length, scores and media; it alone says when."""
    seconds = invoice.rng.randint(30, 240)
    call.status, call.duration, call.cost = "completed", seconds, _cost(seconds)
    call.end, call.updated = call.start + timedelta(seconds=seconds), invoice.clock
    call.keywords = ["payment"]
    call.summary = "The debtor asked for a copy of the invoice."


def _email(invoice: Invoice, step: str, kind: str) -> Record:
    """Write an email that hangs off a callout; it names no invoice itself."""
    rng = invoice.rng
    template = WORDS["templates"][kind]
    facts = {"customer_id": invoice.customer.remote_id, "invoice_amount": invoice.remaining / 100}
    return Record(
        id=make_id("email", rng, *invoice.key()),
        subject=template["subject"].format(number=invoice.shown_number),
        recipient=invoice.contact,
        recipient_email=f"former.{invoice.address}" if step == "bounced" else invoice.address,
        status={"scheduled": "scheduled", "bounced": "sent"}.get(step, "delivered"),
        template_id=template["id"],
        template_name=template["name"],
        kind=kind,
        priority=rng.choice(_PRIORITIES),
        created=invoice.clock,
        sent=None if step == "scheduled" else invoice.clock,
        bounced=False,
        unsubscribed=False,
        # What a caller may have put there: text and a number without a currency.
        metadata=facts if rng.random() < 0.7 else {},
    )
