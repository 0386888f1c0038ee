"""What Exante knows: some of the company's invoices, and the emails it wrote about them.

Moments are aware UTC datetimes. A field that is ``None`` is unknown or has not happened;
vendors show it as null or leave it out.
"""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.uids import uid

__all__ = ["Bounce", "Claim", "Initiator", "Note"]


@frozen
class Initiator:
    """Who had an email written: an agent, a user, or a type no document names."""

    type: str
    uid: str
    name: str | None


@frozen
class Bounce:
    """The notice that an email bounced; ``detected`` is text, and not always a time."""

    source: str
    detected: str
    recipients: tuple[str, ...]


@frozen(kw_only=True)
class Note:
    """An outbound email of Exante's own; each is about one invoice.

    ``status``, ``delivery`` and ``bounced`` are told independently and may disagree.
    """

    uid: str
    initiator: Initiator
    sender: str
    to: tuple[str, ...] | None
    cc: tuple[str, ...] | None
    subject: str
    body: str
    status: str
    created: datetime
    planned: datetime | None
    sent: datetime | None
    delivery: str | None = None
    bounced: bool | None = False
    bounce: Bounce | None = None
    bounce_details: dict[str, str] | None = None
    bounced_addresses: tuple[str, ...] | None = ()
    error: str | None = None


@frozen
class Claim:
    """An invoice as Exante has it. ``bounced_addresses`` is no sum of what the notes say."""

    invoice: Invoice
    notes: tuple[Note, ...]
    bounced_addresses: tuple[str, ...] | None

    @property
    def uid(self) -> str:
        """Exante's own id, unlike the ERP's and Stuut's."""
        return uid("invoice", self.invoice.id)

    @property
    def client_uid(self) -> str:
        """Exante's id of the customer."""
        return uid("party", self.invoice.customer.id)
