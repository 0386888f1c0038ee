"""What Stuut gathers from the invoices: calls, payments, remittances, tasks, standings.

Each is worked out once for a company. Texts of remittances are written for this package.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from zlib import crc32

from attrs import frozen

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.invoices import Allocation, Invoice, Payment
from duetrail_sandbox.company.people import SENDER, Customer, User
from duetrail_sandbox.company.touches import Attachment, Call, Email, Task
from duetrail_sandbox.company.words import LETTERS

__all__ = [
    "Advice",
    "Errand",
    "Known",
    "Remittance",
    "Shares",
    "Standing",
    "aging",
    "calls",
    "errand_of_call",
    "errands",
    "payments",
    "remittances",
    "standings",
]

# How the email begins that says that a payment is on its way.
_ANNOUNCED = LETTERS["reply_remittance"][1].partition("{")[0]
_ENQUIRIES = {
    "dispute": "Answer what the customer contests",
    "activity_summary_outreach": "Read what the customer says about several invoices",
    "invoice_inquiry": "Answer the customer's question",
}
# The upper end in days of each bucket but the last.
_BUCKETS = {"0": 0, "1_30": 30, "31_60": 60, "61_90": 90}
_LAST = "91_plus"

Known = tuple[Call, tuple[Invoice, ...]]
Shares = tuple[tuple[Allocation, Invoice], ...]


@lru_cache(maxsize=4)
def calls(company: Company) -> dict[str, Known]:
    """Gather the calls by id, the oldest first, each with every invoice that has it."""
    rung: dict[str, Call] = {}
    about: dict[str, list[Invoice]] = defaultdict(list)
    for invoice in company.invoices:
        for call in invoice.calls:
            rung.setdefault(call.id, call)
            about[call.id].append(invoice)
    oldest_first = sorted(rung.values(), key=lambda call: (call.created, call.id))
    return {call.id: (call, tuple(about[call.id])) for call in oldest_first}


@lru_cache(maxsize=4)
def payments(company: Company) -> dict[str, tuple[Payment, Shares]]:
    """Gather the payments by id, with their shares and the invoices these go to."""
    paid: dict[str, Payment] = {}
    shares: dict[str, list[tuple[Allocation, Invoice]]] = defaultdict(list)
    for invoice in company.invoices:
        for share in invoice.allocations:
            paid.setdefault(share.payment.id, share.payment)
            shares[share.payment.id].append((share, invoice))
    return {key: (payment, tuple(shares[key])) for key, payment in paid.items()}


# Remittances


@frozen
class Advice:
    """One line of a remittance; ``invoice`` is ``None`` where the number matches none."""

    number: str
    amount: int
    discount: int | None
    invoice: Invoice | None


@frozen
class Remittance:
    """What a customer says a payment is for: in an email, of an invoice or not, or uploaded."""

    id: str
    payment: Payment
    customer: Customer
    advices: tuple[Advice, ...]
    email: Email | None
    file: Attachment | None


@lru_cache(maxsize=4)
def remittances(company: Company) -> dict[str, Remittance]:
    """Make the remittances by id, the oldest first; two in five payments have none."""
    made = [
        _remittance(payment, shares)
        for payment, shares in payments(company).values()
        if _lot(payment, "explained", 5) < 3
    ]
    made.sort(key=lambda one: (one.payment.time, one.id))
    return {one.id: one for one in made}


def _lot(payment: Payment, what: str, many: int) -> int:
    """Draw one of so many, always the same for a payment."""
    return crc32(f"{payment.id}.{what}".encode()) % many


def _remittance(payment: Payment, shares: Shares) -> Remittance:
    email, file = _announcement(payment, shares), None
    if email is None:
        file = Attachment(
            id=f"att_{payment.id[4:]}",
            name=f"Remittance {payment.reference}.pdf",
            mime="application/pdf",
            kind="document",
            size=20_000 + _lot(payment, "size", 90_000),
        )
        # One in four is uploaded by hand: nobody wrote.
        email = _letter(payment, file) if _lot(payment, "way", 4) else None
    owner = shares[0][1].customer
    name = f"rem_{payment.id[4:]}"
    return Remittance(name, payment, owner, _advices(payment, shares), email, file)


def _announcement(payment: Payment, shares: Shares) -> Email | None:
    """The newest email about the invoices paid that announces a payment, if there is one."""
    found = [
        (email.sent, email.id, email)
        for _, invoice in shares
        for email in invoice.emails
        if email.sent is not None
        and email.sent <= payment.time
        and email.direction == "inbound"
        and email.body.startswith(_ANNOUNCED)
    ]
    return max(found)[2] if found else None


def _letter(payment: Payment, file: Attachment) -> Email:
    """Write an email that belongs to no invoice: it names nothing but the payment."""
    return Email(
        id=f"eml_{payment.id[4:]}",
        thread_id=f"thr_{payment.id[4:]}",
        direction="inbound",
        status="sent",
        subject=f"Remittance advice {payment.reference}",
        body=f"<p>Enclosed is the advice for our payment {payment.reference}.</p>",
        sender=payment.payer,
        to=(SENDER,),
        created=payment.time,
        modified=payment.time,
        sent=payment.time,
        attachments=(file,),
    )


def _advices(payment: Payment, shares: Shares) -> tuple[Advice, ...]:
    """Tell what the payment is for, and what is left over, under a number nobody knows."""
    lines = [_advice(share, invoice) for share, invoice in shares]
    rest = payment.amount - sum(line.amount for line in lines)
    if rest or not _lot(payment, "rest", 6):
        lines.append(Advice(f"CN-{10_000 + _lot(payment, 'number', 90_000)}", rest, None, None))
    return tuple(lines)


def _advice(share: Allocation, invoice: Invoice) -> Advice:
    """Name an invoice; where the share is not approved, the number is as the customer wrote it."""
    number = invoice.number or invoice.remote_id
    discount = 0 if invoice.index % 2 else None
    if share.approved:
        return Advice(number, share.amount, discount, invoice)
    return Advice(number.replace("INV-", "Inv. "), share.amount, discount, None)


# Tasks


@frozen
class Errand:
    """A task with what raised it (``call`` or ``email``), whose it is and what it is about."""

    task: Task
    source: str
    cause: str
    assignee: User
    changed: datetime
    invoices: frozenset[str] = frozenset()


@lru_cache(maxsize=4)
def errands(company: Company) -> dict[str, Errand]:
    """Gather the tasks by id, the oldest first."""
    found = [*_from_calls(company), *_from_emails(company)]
    found.sort(key=lambda errand: (errand.task.created, errand.task.id))
    return {errand.task.id: errand for errand in found}


def _from_calls(company: Company) -> Iterator[Errand]:
    for call, invoices in calls(company).values():
        if call.classification is not None and call.classification.task is not None:
            about = frozenset(invoice.id for invoice in invoices)
            yield errand_of_call(call.classification.task, call, invoices[0].customer, about)


def errand_of_call(
    task: Task, call: Call, owner: Customer, invoices: frozenset[str] = frozenset()
) -> Errand:
    """Say what a call's classification asks to be done."""
    return Errand(task, "call", call.id, owner.assignee, task.created, invoices)


def _from_emails(company: Company) -> Iterator[Errand]:
    """Every email that has come in asks for an answer."""
    received: dict[str, Email] = {}
    about: dict[str, list[Invoice]] = defaultdict(list)
    for invoice in company.invoices:
        for email in invoice.emails:
            if email.direction == "inbound":
                received.setdefault(email.id, email)
                about[email.id].append(invoice)
    for email in received.values():
        if email.sent is not None:
            yield _errand_of_email(email, email.sent, about[email.id])


def _errand_of_email(email: Email, arrived: datetime, invoices: Sequence[Invoice]) -> Errand:
    word = _type(invoices)
    settled = [invoice.settled for invoice in invoices if invoice.settled is not None]
    closed = len(settled) == len(invoices)
    task = Task(
        id=f"tsk_{email.id[4:]}",
        type=word,
        label=word.replace("_", " ").capitalize(),
        status="closed" if closed else "open",
        description=_ENQUIRIES[word],
        created=arrived,
    )
    changed = max(arrived, *settled) if closed else arrived
    about = frozenset(invoice.id for invoice in invoices)
    return Errand(task, "email", email.id, invoices[0].customer.assignee, changed, about)


def _type(invoices: Sequence[Invoice]) -> str:
    if any(invoice.in_dispute for invoice in invoices):
        return "dispute"
    return "invoice_inquiry" if len(invoices) == 1 else "activity_summary_outreach"


# Where customers stand. Sums are of minor units, whatever their currencies: the reference has
# one number per customer and names no currency for it.


def _is_owed(invoice: Invoice) -> bool:
    """Whether a customer owes it: a receivable that is neither a draft nor settled."""
    return invoice.kind == "receivable" and invoice.status in ("open", "overdue", "processing")


@frozen(kw_only=True)
class Standing:
    """A customer's sums and newest contacts over all its invoices."""

    invoice_balance: int
    total_overdue: int
    num_open_invoices: int
    last_inbound_at: datetime | None
    outreach: tuple[datetime | None, str | None, str | None]


@lru_cache(maxsize=4)
def standings(company: Company) -> dict[str, Standing]:
    """Work out every customer's standing, by the customer's id."""
    owned: dict[str, list[Invoice]] = defaultdict(list)
    for invoice in company.invoices:
        owned[invoice.customer.id].append(invoice)
    heard: dict[str, list[datetime]] = defaultdict(list)
    for remittance in remittances(company).values():
        if remittance.email is not None and remittance.email.sent is not None:
            heard[remittance.customer.id].append(remittance.email.sent)
    return {owner.id: _standing(owned[owner.id], heard[owner.id]) for owner in company.customers}


def _standing(invoices: Sequence[Invoice], heard: Sequence[datetime]) -> Standing:
    owed = [invoice for invoice in invoices if _is_owed(invoice)]
    inbound = [one.last_inbound for one in invoices if one.last_inbound is not None]
    reached = [one.outreach for one in invoices if one.outreach is not None]
    return Standing(
        invoice_balance=sum(one.remaining for one in owed),
        total_overdue=sum(one.remaining for one in owed if one.status == "overdue"),
        num_open_invoices=len(owed),
        last_inbound_at=max([*inbound, *heard], default=None),
        outreach=max(reached) if reached else (None, None, None),
    )


def aging(company: Company) -> dict[str, int]:
    """Count and sum what is open by how many days it is late."""
    buckets: dict[str, list[int]] = {name: [] for name in (*_BUCKETS, _LAST)}
    for invoice in company.invoices:
        if _is_owed(invoice):
            days = _days_late(invoice, company.now)
            name = next((name for name, most in _BUCKETS.items() if days <= most), _LAST)
            buckets[name].append(invoice.remaining)
    counted = {f"days_{name}_count": len(found) for name, found in buckets.items()}
    summed = {f"days_{name}_amount": sum(found) for name, found in buckets.items()}
    return counted | summed


def _days_late(invoice: Invoice, now: datetime) -> int:
    """Count calendar days; what is listed as overdue is late by one day at least."""
    if invoice.due is None or invoice.status == "open":
        return 0
    least = 1 if invoice.status == "overdue" else 0
    return max(least, (now.date() - invoice.due.date()).days)
