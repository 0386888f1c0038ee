"""What happens to an invoice at Credira: callouts, their emails, and calls by voice agents.

Stuut and Exante hear nothing of it. Of an edit and of most attempts a callout's time of update
tells; that an email was opened, clicked or bounced, and what became of a call, it does not.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Any

import attrs

from duetrail_sandbox.company.people import AGENT_NUMBER
from duetrail_sandbox.company.story import Story
from duetrail_sandbox.company.telling import Process
from duetrail_sandbox.company.touches import Attempt, Callout, CalloutEmail, VoiceCall
from duetrail_sandbox.company.uids import make_id
from duetrail_sandbox.company.words import TEMPLATES

__all__ = ["collect", "plan_callout", "work_callout"]

_AGENTS = ("agent_0001", "agent_0002")
_PRIORITIES = ("low", "medium", "high", "urgent")
# How a call ends: the vendor's word, whether it is a success, how long it takes, a summary.
_CALLS: dict[str, tuple[str, bool, tuple[int, int], str | None]] = {
    "answered": ("completed", True, (70, 300), "The debtor will pay this month."),
    "voicemail": ("completed", False, (20, 40), "A message was left."),
    "unanswered": ("no_answer", False, (0, 0), None),
    "initiated": ("initiated", False, (0, 0), None),
}
_STEPS = ("delivered", "opened", "clicked", "bounced", "voicemail", "answered", "initiated")
# A process that tells in the end which callout it was about.
Working = Generator[datetime, None, str]
_READ = ("opened", "clicked", "unsubscribed")


def work_callout(story: Story, *steps: str, lasts: bool = False) -> Working:
    """Open a callout and carry out its steps, a day or two apart; it stays active if it ``lasts``.

    A step is how a call ends (``answered``, ``voicemail``, ``unanswered``, ``initiated``) or
    what becomes of an email (``delivered``, ``opened``, ``clicked``, ``bounced``,
    ``unsubscribed``).
    """
    name = _open(story, status="active", scheduled=story.clock)
    for place, step in enumerate(steps):
        if place:
            yield story.wait(1, 2)
        _attempt(story, name, step)
        yield from _become(story, name, step)
    if not lasts:
        _change(story, name, status="completed", completed=story.clock, updated=story.clock)
    return name


def plan_callout(story: Story) -> Working:
    """Schedule a callout, perhaps with its email; it is edited, and then it is carried out."""
    rng = story.rng
    scheduled = story.wait(2, 12)
    emails: tuple[CalloutEmail, ...] = ()
    if rng.random() < 0.5:
        emails = (_email(story, "scheduled", "notification"),)
    name = _open(
        story,
        status="scheduled",
        scheduled=scheduled,
        emails=emails,
        calls_enabled=True,
        emails_enabled=bool(emails),
    )
    yield story.wait(1, 1)
    edits: list[dict[str, Any]] = [
        {"priority": "urgent" if story.callouts[name].priority != "urgent" else "low"},
        {"contact_email": f"desk{rng.randint(10, 99)}.{story.contact.email}"},
        {"scheduled": scheduled + timedelta(hours=rng.randint(3, 90))},
    ]
    one, other = rng.sample(edits, 2)
    _change(story, name, updated=story.clock, **(one | other))
    yield story.callouts[name].scheduled
    sent = [attrs.evolve(email, status="delivered", sent=story.clock) for email in emails]
    for email in sent:
        _enter(story, name, Attempt("attempt_001", "email", email.status, story.clock, None, email))
    _attempt(story, name, rng.choice(("voicemail", "answered", "unanswered")))
    _change(story, name, status="completed", completed=story.clock, updated=story.clock)
    return name


def collect(story: Story) -> Process:
    """Go on with an invoice that was handed over, until it is settled."""
    while True:
        yield story.wait(1, 2)
        if story.rng.random() < 0.3:
            name = yield from plan_callout(story)
        else:
            steps = story.rng.sample(_STEPS, story.rng.choice((2, 3, 4)))
            name = yield from work_callout(story, *steps)
        if story.rng.random() < 0.3:
            story.spawn(_delete(story, name), after_the_end=True)


def _delete(story: Story, name: str) -> Process:
    """A callout is deleted some time after it is over, with its emails and calls."""
    yield story.wait(3, 15)
    gone = story.callouts.pop(name)
    for attempt in gone.attempts:
        if attempt.call is not None:
            del story.voice_calls[attempt.call.id]


def _open(story: Story, **facts: Any) -> str:
    rng = story.rng
    metadata: dict[str, Any] = {"department": "billing"}
    if rng.random() < 0.5:
        metadata["campaign_id"] = f"camp_{rng.randint(1, 9):03d}"
    if rng.random() < 0.2:
        metadata["priority"] = rng.randint(1, 5)
    callout = Callout(
        id=make_id("callout", rng, *story.key()),
        priority=rng.choice(_PRIORITIES),
        created=story.clock,
        updated=story.clock,
        contact=story.contact,
        contact_email=story.address,
        agent_id=rng.choice(_AGENTS),
        metadata=metadata,
        # The vendor's own sample counts one attempt more than it lists.
        total_attempts=1 if rng.random() < 0.2 else 0,
        **facts,
    )
    story.callouts[callout.id] = callout
    return callout.id


def _change(story: Story, name: str, **facts: Any) -> None:
    story.callouts[name] = attrs.evolve(story.callouts[name], **facts)


def _attempt(story: Story, name: str, step: str) -> None:
    """Make a call or write an email; every other attempt leaves the time of update alone."""
    place = f"attempt_{len(story.callouts[name].attempts) + 1:03d}"
    if step in _CALLS:
        call = _call(story, step)
        made = Attempt(place, "call", call.status, story.clock, call, None)
    else:
        email = _email(story, step, "payment_reminder" if place == "attempt_001" else "follow_up")
        made = Attempt(place, "email", email.status, story.clock, None, email)
    _enter(story, name, made)
    if story.rng.random() < 0.5:
        _change(story, name, updated=story.clock)


def _enter(story: Story, name: str, made: Attempt) -> None:
    """Enter an attempt, new or changed, with its call or email."""
    callout = story.callouts[name]
    attempts = {one.id: one for one in callout.attempts} | {made.id: made}
    emails = {one.id: one for one in callout.emails}
    good = made.status == "delivered"
    if made.call is not None:
        story.voice_calls[made.call.id] = made.call
        good = made.call.summary == _CALLS["answered"][3]
    if made.email is not None:
        emails[made.email.id] = made.email
    is_new = len(attempts) > len(callout.attempts)
    # Channels can be edited after the fact, so an email may hang off a callout without them.
    hidden = is_new and bool(emails) and story.rng.random() < 0.15
    _change(
        story,
        name,
        attempts=tuple(attempts.values()),
        emails=tuple(emails.values()),
        calls_enabled=callout.calls_enabled or made.call is not None,
        emails_enabled=bool(emails) and (callout.emails_enabled or is_new) and not hidden,
        total_attempts=callout.total_attempts + is_new,
        successful_attempts=callout.successful_attempts + (is_new and good),
    )


def _become(story: Story, name: str, step: str) -> Process:
    """What becomes of the last attempt: an email is opened or bounces, a call gets its facts."""
    if step not in (*_READ, "bounced", "initiated"):
        return
    yield story.wait(1, 3) if step in ("bounced", "initiated") else story.minutes(4, 300)
    last = story.callouts[name].attempts[-1]
    if last.call is not None:
        call = _filled(story, last.call)
        _enter(story, name, attrs.evolve(last, call=call, status=call.status))
    elif last.email is not None and step == "bounced":
        _enter(story, name, attrs.evolve(last, email=attrs.evolve(last.email, bounced=True)))
    elif last.email is not None:
        email = attrs.evolve(last.email, opened=story.clock, unsubscribed=step == "unsubscribed")
        _enter(story, name, attrs.evolve(last, email=email))
        if step == "clicked":
            yield story.minutes(1, 9)
            email = attrs.evolve(email, clicked=story.clock)
            _enter(story, name, attrs.evolve(last, email=email))


def _call(story: Story, step: str) -> VoiceCall:
    rng = story.rng
    status, good, length, summary = _CALLS[step]
    seconds = rng.randint(*length)
    end = story.clock - timedelta(minutes=rng.randint(1, 12))
    start = end - timedelta(seconds=seconds)
    return VoiceCall(
        id=make_id("call", rng, *story.key()),
        status=status,
        duration=seconds,
        from_number=AGENT_NUMBER,
        to_number=story.contact.phone or "+1-555-0199",
        agent_id=rng.choice(_AGENTS),
        timezone=story.bill.customer.timezone,
        # Scores arrive as whole numbers too.
        confidence=rng.choice((1, 0.95, 0.87, 0.62)),
        quality=rng.choice((0, 1, 0.9, 0.75)),
        sentiment=rng.choice((-0.4, 0.0, 0.3, 0.8)),
        cost=seconds // 6 + 2,
        start=start,
        end=end,
        created=start - timedelta(minutes=rng.randint(0, 3)),
        updated=story.clock,
        keywords=("payment", "invoice") if good else (),
        tags=("promise",) if good and rng.random() < 0.5 else (),
        summary=summary,
        metadata={"customer_id": story.bill.customer.remote_id, "department": "billing"},
    )


def _filled(story: Story, call: VoiceCall) -> VoiceCall:
    """A call that was only begun gets its length, scores and media; it alone says when."""
    seconds = story.rng.randint(30, 240)
    return attrs.evolve(
        call,
        status="completed",
        duration=seconds,
        end=call.start + timedelta(seconds=seconds),
        cost=seconds // 6 + 2,
        updated=story.clock,
        keywords=("payment",),
        summary="The debtor asked for a copy of the invoice.",
    )


def _email(story: Story, step: str, kind: str) -> CalloutEmail:
    rng = story.rng
    template, name, subject = TEMPLATES[kind]
    facts = {
        "customer_id": story.bill.customer.remote_id,
        "invoice_amount": story.open_amount / 100,
    }
    return CalloutEmail(
        id=make_id("email", rng, *story.key()),
        subject=subject.format(number=story.number or story.bill.remote_id),
        recipient=story.contact,
        recipient_email=f"former.{story.address}" if step == "bounced" else story.address,
        status={"scheduled": "scheduled", "bounced": "sent"}.get(step, "delivered"),
        template_id=template,
        template_name=name,
        kind=kind,
        priority=rng.choice(_PRIORITIES),
        created=story.clock,
        sent=None if step == "scheduled" else story.clock,
        # What a caller may have put there: text and a number without a currency.
        metadata=facts if rng.random() < 0.7 else {},
    )
