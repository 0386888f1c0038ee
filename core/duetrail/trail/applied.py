"""What payments say of invoices: the share of a payment that is applied to one of them.

The same rule as in the view `metric_applied` of metrics: where an invoice names the payment itself,
what it says counts, and the payment says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from attrs import frozen

from duetrail.model import Invoice, Payment, PaymentApplication, PaymentStatus, Ref
from duetrail.stores import Store, ValueQuery
from duetrail.trail.loading import by_connection, load_owners

UNSETTLED = (PaymentStatus.FAILED, PaymentStatus.CANCELLED)
"""The statuses of payments that never settled anything."""


@frozen
class Applied:
    """A share of a payment that is applied to an invoice, as the payment says it.

    Attributes:
        payment: The payment.
        share: What of it goes to the invoice.
        absent_since: Since when the vendor no longer lists the payment; None while it does.
    """

    payment: Payment
    share: PaymentApplication
    absent_since: datetime | None

    @property
    def is_cash(self) -> bool:
        """Whether it counts as applied: the payment is there, did not fail, and is no refund."""
        is_refund = self.payment.refund_of_id is not None
        return not (self.absent_since or is_refund or self.payment.status in UNSETTLED)

    @property
    def at(self) -> datetime | date | None:
        """When it was applied, else when the payment was made, else when that was recorded."""
        share, payment = self.share, self.payment
        applied = share.applied_at or share.applied_on
        return applied or payment.paid_at or payment.paid_on or payment.created_at


def applied_to(
    store: Store,
    invoices: Sequence[Ref],
    known: Mapping[Ref, Invoice],
    without_people: bool = False,
) -> dict[Ref, list[Applied]]:
    """What payments say is applied to some invoices.

    However many they are, there are two queries for each connection.

    Args:
        store: Where to look.
        invoices: Which invoices; they need not be stored.
        known: Those that are stored: what they say of a payment themselves counts.
        without_people: Whether personal fields are emptied.
    """
    found: dict[Ref, list[Applied]] = {}
    for connection, ids in by_connection(invoices).items():
        query = ValueQuery("payment_applications", "invoice_id", connection, values=ids)
        wanted = {*ids}
        for payment, gone in load_owners(store, Payment, query, without_people):
            for share in payment.applications:
                ref = Ref(connection, Invoice.table, share.invoice_id or "")
                if ref.id in wanted and not _names(known.get(ref), payment):
                    found.setdefault(ref, []).append(Applied(payment, share, gone))
    return found


def _names(invoice: Invoice | None, payment: Payment) -> bool:
    """Whether an invoice says itself what of a payment is applied to it."""
    return invoice is not None and any(
        part.payment_id == payment.id for part in invoice.allocations
    )
