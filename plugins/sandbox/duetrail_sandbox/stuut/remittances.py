"""What customers tell of their payments: remittances, as Stuut has read them.

A remittance comes in an email about an invoice, in an email of its own that no invoice has, or
it is uploaded by hand. Its texts are written for this package.
"""

from __future__ import annotations

from datetime import datetime
from zlib import crc32

from attrs import frozen

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.cast import SENDER
from duetrail_sandbox.company.invoices import Allocation, Invoice, Payment
from duetrail_sandbox.company.once import once_per_company
from duetrail_sandbox.company.people import Customer
from duetrail_sandbox.company.touches import Attachment, Email
from duetrail_sandbox.company.words import LETTERS
from duetrail_sandbox.stuut.pages import Keys
from duetrail_sandbox.stuut.payments import KnownPayment, payments

__all__ = ["REMITTANCE_KEYS", "Advice", "Remittance", "remittances"]

# How the email begins that says that a payment is on its way.
_ANNOUNCED = LETTERS["reply_remittance"][1].partition("{")[0]


@frozen(kw_only=True)
class Advice:
    """One line of a remittance; ``invoice`` is ``None`` where the number matches none."""

    number: str
    amount: int
    discount: int | None
    invoice: Invoice | None


@frozen(kw_only=True)
class Remittance:
    """What a customer says a payment is for."""

    id: str
    payment: Payment
    customer: Customer
    advices: tuple[Advice, ...]
    email: Email | None
    file: Attachment | None
    created: datetime


REMITTANCE_KEYS: Keys[Remittance] = {
    "created_at": lambda remittance: remittance.created,
    "modified_at": lambda remittance: remittance.created,
}


@once_per_company
def remittances(company: Company) -> dict[str, Remittance]:
    """Make the remittances by id, the oldest first."""
    made = [_remittance(known) for known in payments(company).values() if _is_explained(known)]
    made.sort(key=lambda one: (one.created, one.id))
    return {one.id: one for one in made}


def _lot(payment: Payment, what: str, many: int) -> int:
    """Draw one of so many, always the same for a payment."""
    return crc32(f"{payment.id}.{what}".encode()) % many


def _is_explained(known: KnownPayment) -> bool:
    return _lot(known.payment, "explained", 5) < 3


def _remittance(known: KnownPayment) -> Remittance:
    payment = known.payment
    email, file = _announcement(known), None
    if email is None:
        file = _file(payment)
        # One in four is uploaded by hand: nobody wrote.
        email = _letter(payment, file) if _lot(payment, "way", 4) else None
    return Remittance(
        id=f"rem_{payment.id[4:]}",
        payment=payment,
        customer=known.shares[0][1].customer,
        advices=_advices(known),
        email=email,
        file=file,
        created=payment.time,
    )


def _announcement(known: KnownPayment) -> Email | None:
    """The newest email about the invoices paid that announces a payment, if there is one."""
    found = [
        (email.sent, email.id, email)
        for _, invoice in known.shares
        for email in invoice.emails
        if email.sent is not None
        and email.sent <= known.payment.time
        and email.direction == "inbound"
        and email.body.startswith(_ANNOUNCED)
    ]
    return max(found)[2] if found else None


def _file(payment: Payment) -> Attachment:
    return Attachment(
        id=f"att_{payment.id[4:]}",
        name=f"Remittance {payment.reference}.pdf",
        mime="application/pdf",
        kind="document",
        size=20_000 + _lot(payment, "size", 90_000),
    )


def _letter(payment: Payment, file: Attachment) -> Email:
    """Write an email that belongs to no invoice: it names nothing but the payment."""
    return Email(
        id=f"eml_{payment.id[4:]}",
        thread_id=f"thr_{payment.id[4:]}",
        direction="inbound",
        status="sent",
        reason=None,
        subject=f"Remittance advice {payment.reference}",
        body=f"<p>Enclosed is the advice for our payment {payment.reference}.</p>",
        sender=payment.payer,
        to=(SENDER,),
        cc=(),
        bcc=(),
        created=payment.time,
        modified=payment.time,
        sent=payment.time,
        bounced=(),
        parent_id=None,
        author=None,
        automated=False,
        generated=False,
        error=None,
        attachments=(file,),
    )


def _advices(known: KnownPayment) -> tuple[Advice, ...]:
    """Tell what the payment is for, and what is left over, under a number nobody knows."""
    payment = known.payment
    lines = [_advice(share, invoice) for share, invoice in known.shares]
    rest = payment.amount - sum(line.amount for line in lines)
    if rest or not _lot(payment, "rest", 6):
        number = f"CN-{10_000 + _lot(payment, 'number', 90_000)}"
        lines.append(Advice(number=number, amount=rest, discount=None, invoice=None))
    return tuple(lines)


def _advice(share: Allocation, invoice: Invoice) -> Advice:
    """Name an invoice; where the share is not approved, the number is as the customer wrote it."""
    number = invoice.number or invoice.remote_id
    matched = bool(share.approved)
    return Advice(
        number=number if matched else number.replace("INV-", "Inv. "),
        amount=share.amount,
        discount=0 if invoice.index % 2 else None,
        invoice=invoice if matched else None,
    )
