"""What happens to an invoice at Credira: callouts, their emails, and calls by voice agents."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from duetrail_sandbox.company.clock import after
from duetrail_sandbox.company.people import AGENT_NUMBER
from duetrail_sandbox.company.story import Scene
from duetrail_sandbox.company.touches import Attempt, Callout, CalloutEmail, VoiceCall
from duetrail_sandbox.company.uids import make_id
from duetrail_sandbox.company.words import TEMPLATES

__all__ = ["PRIORITIES", "attempted", "open_callout", "plan_callout", "succeeded", "work_callout"]

_AGENTS = ("agent_0001", "agent_0002")
PRIORITIES = ("low", "medium", "high", "urgent")


@frozen
class _Outcome:
    """How one attempt ends: the vendor's word, and whether it counts as a success."""

    status: str
    success: bool
    seconds: tuple[int, int] = (0, 0)
    summary: str | None = None


_CALLS = {
    "answered": _Outcome("completed", True, (70, 300), "The debtor will pay this month."),
    "voicemail": _Outcome("completed", False, (20, 40), "A message was left."),
    "unanswered": _Outcome("no_answer", False),
    "initiated": _Outcome("initiated", False),
}
_MAILS = {
    "delivered": _Outcome("delivered", True),
    "opened": _Outcome("delivered", True),
    "clicked": _Outcome("delivered", True),
    "bounced": _Outcome("sent", False),
    "unsubscribed": _Outcome("delivered", True),
}


def work_callout(scene: Scene, *steps: str, status: str = "completed") -> None:
    """Open a callout and carry out its steps, a day or two apart.

    A step is how a call ends (``answered``, ``voicemail``, ``unanswered``, ``initiated``) or
    what becomes of an email (``delivered``, ``opened``, ``clicked``, ``bounced``,
    ``unsubscribed``).
    """
    rng = scene.rng
    created = scene.clock
    scene.wait(1, 2)
    scheduled = scene.clock
    priority = rng.choice(PRIORITIES)
    attempts: list[Attempt] = []
    for place, step in enumerate(steps, 1):
        if place > 1:
            scene.wait(1, 2)
        attempts.append(attempted(scene, step, place, priority))
    successful = sum(succeeded(step) for step in steps)
    _record(scene, attempts, successful, status, priority, scheduled, created)


def open_callout(scene: Scene, *steps: str) -> None:
    """Open a callout and carry out its first steps at once; it stays active."""
    priority = scene.rng.choice(PRIORITIES)
    attempts = [attempted(scene, step, place, priority) for place, step in enumerate(steps, 1)]
    successful = sum(succeeded(step) for step in steps)
    _record(scene, attempts, successful, "active", priority, scene.clock, scene.clock)


def _record(
    scene: Scene,
    attempts: list[Attempt],
    successful: int,
    status: str,
    priority: str,
    scheduled: datetime,
    created: datetime,
) -> None:
    """Add a callout whose attempts were made."""
    rng = scene.rng
    emails = tuple(attempt.email for attempt in attempts if attempt.email is not None)
    # Channels can be edited after the fact, so an email may hang off a callout without them.
    hidden = bool(emails) and rng.random() < 0.15
    calls = tuple(attempt.call for attempt in attempts if attempt.call is not None)
    scene.voice_calls.extend(calls)
    last = max([scene.clock, *(call.updated for call in calls)])
    scene.callouts.append(
        _callout(
            scene,
            status=status,
            priority=priority,
            scheduled=scheduled,
            created=created,
            updated=last,
            completed=last if status == "completed" else None,
            calls_enabled=bool(calls),
            emails_enabled=bool(emails) and not hidden,
            emails=emails,
            attempts=tuple(attempts),
            # The vendor's own sample counts one attempt more than it lists.
            total_attempts=len(attempts) + (1 if rng.random() < 0.2 else 0),
            successful_attempts=successful,
        )
    )


def plan_callout(scene: Scene) -> None:
    """Schedule a callout that lies ahead of the company's now; perhaps with its email."""
    rng = scene.rng
    scheduled = after(scene.now, rng, 1, 12)
    priority = rng.choice(PRIORITIES)
    emails: tuple[CalloutEmail, ...] = ()
    if rng.random() < 0.5:
        emails = (_email(scene, "scheduled", "notification", priority),)
    scene.callouts.append(
        _callout(
            scene,
            status="scheduled",
            priority=priority,
            scheduled=scheduled,
            created=scene.clock,
            updated=scene.clock,
            completed=None,
            calls_enabled=True,
            emails_enabled=bool(emails),
            emails=emails,
            attempts=(),
            total_attempts=0,
            successful_attempts=0,
        )
    )


def _callout(scene: Scene, **facts: Any) -> Callout:
    rng = scene.rng
    metadata: dict[str, Any] = {"department": "billing"}
    if rng.random() < 0.5:
        metadata["campaign_id"] = f"camp_{rng.randint(1, 9):03d}"
    if rng.random() < 0.2:
        metadata["priority"] = rng.randint(1, 5)
    return Callout(
        id=make_id("callout", rng, *scene.key()),
        contact=scene.contact,
        contact_email=scene.address,
        agent_id=rng.choice(_AGENTS),
        metadata=metadata,
        **facts,
    )


def succeeded(step: str) -> bool:
    """Whether a step that ends so counts as a success."""
    return (_CALLS.get(step) or _MAILS[step]).success


def attempted(scene: Scene, step: str, place: int, priority: str) -> Attempt:
    """Carry out one step now; ``place`` counts the callout's attempts from 1."""
    name = f"attempt_{place:03d}"
    when = scene.clock
    if step in _CALLS:
        call = _call(scene, step)
        return Attempt(id=name, type="call", status=call.status, time=when, call=call)
    kind = "payment_reminder" if place == 1 else "follow_up"
    email = _email(scene, step, kind, priority)
    return Attempt(id=name, type="email", status=email.status, time=when, email=email)


def _call(scene: Scene, step: str) -> VoiceCall:
    rng = scene.rng
    outcome = _CALLS[step]
    seconds = rng.randint(*outcome.seconds)
    start = scene.clock
    end = start + timedelta(seconds=seconds)
    return VoiceCall(
        id=make_id("call", rng, *scene.key()),
        status=outcome.status,
        duration=seconds,
        from_number=AGENT_NUMBER,
        to_number=scene.contact.phone or "+1-555-0199",
        agent_id=rng.choice(_AGENTS),
        timezone=scene.bill.customer.timezone,
        # Scores arrive as whole numbers too.
        confidence=rng.choice((1, 0.95, 0.87, 0.62)),
        quality=rng.choice((0, 1, 0.9, 0.75)),
        sentiment=rng.choice((-0.4, 0.0, 0.3, 0.8)),
        cost=seconds // 6 + 2,
        start=start,
        end=end,
        created=start - timedelta(minutes=rng.randint(0, 3)),
        updated=end + timedelta(minutes=rng.randint(1, 12)),
        keywords=("payment", "invoice") if outcome.success else (),
        tags=("promise",) if step == "answered" and rng.random() < 0.5 else (),
        summary=outcome.summary,
        metadata={"customer_id": scene.bill.customer.remote_id, "department": "billing"},
    )


def _email(scene: Scene, step: str, kind: str, priority: str) -> CalloutEmail:
    rng = scene.rng
    template, name, subject = TEMPLATES[kind]
    sent = None if step == "scheduled" else scene.clock
    opened = _later(sent, rng.randint(4, 300)) if step in _READ else None
    return CalloutEmail(
        id=make_id("email", rng, *scene.key()),
        subject=subject.format(number=scene.bill.number or scene.bill.remote_id),
        recipient=scene.contact,
        recipient_email=f"former.{scene.address}" if step == "bounced" else scene.address,
        status="scheduled" if step == "scheduled" else _MAILS[step].status,
        template_id=template,
        template_name=name,
        kind=kind,
        priority=priority,
        created=scene.clock - timedelta(minutes=rng.randint(1, 30)),
        sent=sent,
        opened=opened,
        clicked=_later(opened, rng.randint(1, 9)) if step == "clicked" else None,
        bounced=step == "bounced",
        unsubscribed=step == "unsubscribed",
        metadata=_mail_metadata(scene),
    )


_READ = frozenset({"opened", "clicked", "unsubscribed"})


def _later(moment: datetime | None, minutes: int) -> datetime | None:
    return moment + timedelta(minutes=minutes) if moment else None


def _mail_metadata(scene: Scene) -> dict[str, Any]:
    """What a caller may have put there: text and a number without a currency."""
    if scene.rng.random() < 0.3:
        return {}
    return {
        "customer_id": scene.bill.customer.remote_id,
        "invoice_amount": scene.open_amount / 100,
    }
