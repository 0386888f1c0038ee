"""What can go wrong with an email of Exante's, in the forms the timeline has for it.

The public page on the outreach timeline has three places for bounced addresses and three
fields that tell of a bounce. It does not say that they agree, so here they sometimes do not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import attrs

from duetrail_sandbox.company.claims import Bounce, Note
from duetrail_sandbox.company.clock import NOW, stamp

__all__ = ["MISHAPS", "UNHEARD", "noticed"]

Mishap = Callable[[Note], Note]

_SOURCE = "mail_delivery_notice"


def _detected(note: Note) -> str:
    """Some minutes after sending, for no bounce is known before."""
    assert note.sent is not None, "only what was sent can bounce"
    return stamp(min(note.sent + timedelta(minutes=11), NOW))


def noticed(note: Note, detected: str, *addresses: str) -> Note:
    """Tell of a bounce everywhere, as it usually is; nothing else of the email changes."""
    return attrs.evolve(
        note,
        delivery="bounce_detected",
        bounced=True,
        bounce=Bounce(source=_SOURCE, detected=detected, recipients=addresses),
        bounce_details={
            "recipient": addresses[0],
            "status_code": "5.1.1",
            "diagnostic_text": "550 no such mailbox",
        },
        bounced_addresses=addresses,
    )


def _notice(note: Note, *addresses: str) -> Note:
    return noticed(note, _detected(note), *addresses)


def _outdated(note: Note) -> Note:
    """Go to an address that has been given up."""
    (address,) = note.to or ("",)
    return attrs.evolve(note, to=(f"former.{address}",))


def _bounced(note: Note) -> Note:
    """Gmail accepted it, the notice came later: the usual bounce."""
    note = _outdated(note)
    return _notice(note, *(note.to or ()))


def _partial(note: Note) -> Note:
    """Two recipients, one of whom it does not reach."""
    (address,) = note.to or ("",)
    second = f"invoices.{address}"
    return _notice(attrs.evolve(note, to=(address, second)), second)


def _forwarded(note: Note) -> Note:
    """It bounces where somebody had it forwarded to: an address in neither ``to`` nor ``cc``."""
    (address,) = note.to or ("",)
    return _notice(note, f"forwarded.{address}")


def _vague(note: Note) -> Note:
    """The notice does not say when in a form one can read, and shouts."""
    note = _bounced(note)
    assert note.bounce is not None, "it has just bounced"
    recipients = tuple(address.upper() for address in note.bounce.recipients)
    vague = attrs.evolve(note.bounce, detected="shortly after sending", recipients=recipients)
    return attrs.evolve(note, bounce=vague, bounce_details={})


def _unflagged(note: Note) -> Note:
    """The delivery status knows of a bounce, the flag denies it, and nobody gives an address."""
    return attrs.evolve(_outdated(note), delivery="bounce_detected", bounced_addresses=None)


def _unsaid(note: Note) -> Note:
    """There is a notice, but neither flag nor delivery status."""
    note = _bounced(note)
    return attrs.evolve(
        note, delivery=None, bounced=None, bounce_details=None, bounced_addresses=None
    )


def _failed(note: Note) -> Note:
    """Gmail refuses it: it was never sent, which is not a bounce."""
    return attrs.evolve(
        _outdated(note),
        status="FAILED",
        sent=None,
        error="The sending account's permission has ended",
    )


MISHAPS: dict[str, Mishap] = {
    "bounced": _bounced,
    "partial": _partial,
    "forwarded": _forwarded,
    "vague": _vague,
    "unflagged": _unflagged,
    "unsaid": _unsaid,
    "failed": _failed,
}
# After these nobody has read the email, and it has to be written again.
UNHEARD = {"bounced", "failed", "unflagged", "unsaid", "vague"}
