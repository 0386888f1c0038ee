"""What Stuut gathers from the invoices: calls, payments, remittances, tasks, standings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from zlib import crc32

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.people import SENDER
from duetrail_sandbox.company.records import Record
from duetrail_sandbox.company.touches import UNSENT, WORDS, Email, make_task

# How the email begins that says that a payment is on its way.
_ANNOUNCED = WORDS["letters"]["reply_remittance"]["body"].partition("{")[0]
_ENQUIRIES = {
    "dispute": "Answer what the customer contests",
    "activity_summary_outreach": "Read what the customer says about several invoices",
    "invoice_inquiry": "Answer the customer's question",
}
# The upper end in days of each bucket; the last one has none.
_BUCKETS = {"0": 0, "1_30": 30, "31_60": 60, "61_90": 90, "91_plus": 10**6}


def _gathered(company: Company, kind: str) -> dict[str, tuple[Any, list[Invoice]]]:
    """What stands in several invoices, by id, each with every invoice that has it."""
    found: dict[str, tuple[Any, list[Invoice]]] = {}
    for invoice in company.invoices:
        for one in getattr(invoice, kind):
            found.setdefault(one.id, (one, []))[1].append(invoice)
    return found


@lru_cache(maxsize=4)
def calls(company: Company) -> dict[str, tuple[Any, list[Invoice]]]:
    """Gather the calls by id, the oldest first, each with every invoice that has it."""
    found = _gathered(company, "calls").items()
    return dict(sorted(found, key=lambda one: (one[1][0].created, one[0])))


Shares = list[tuple[Record, Invoice]]


@lru_cache(maxsize=4)
def payments(company: Company) -> dict[str, tuple[Record, Shares]]:
    """Gather the payments by id, with their shares and the invoices these go to."""
    found: dict[str, tuple[Record, Shares]] = {}
    for invoice in company.invoices:
        for share in invoice.allocations:
            found.setdefault(share.payment.id, (share.payment, []))[1].append((share, invoice))
    return found


# Remittances


@lru_cache(maxsize=4)
def remittances(company: Company) -> dict[str, Record]:
    """Make the remittances by id, the oldest first; two in five payments have none."""
    made = [
        _remittance(payment, shares)
        for payment, shares in payments(company).values()
        if _lot(payment, "explained", 5) < 3
    ]
    made.sort(key=lambda one: (one.payment.time, one.id))
    return {one.id: one for one in made}


def _lot(payment: Record, what: str, many: int) -> int:
    """Draw one of so many, always the same for a payment."""
    return crc32(f"{payment.id}.{what}".encode()) % many


def _remittance(payment: Record, shares: Shares) -> Record:
    """What a customer says a payment is for: in an email, of an invoice or not, or uploaded."""
    email, file, name = _announcement(payment, shares), None, f"rem_{payment.tail}"
    if email is None:
        file = Record(id=f"att_{payment.tail}", mime="application/pdf", kind="document")
        file.size, file.created = 20_000 + _lot(payment, "size", 90_000), payment.time
        file.name = f"Remittance {payment.reference}.pdf"
        # One in four is uploaded by hand: nobody wrote.
        email = _letter(payment, file) if _lot(payment, "way", 4) else None
    advices = [_advice(share, invoice) for share, invoice in shares]
    # What is left over is told under a number that nobody knows.
    rest = payment.amount - sum(line.amount for line in advices)
    if rest or not _lot(payment, "rest", 6):
        number = f"CN-{10_000 + _lot(payment, 'number', 90_000)}"
        advices.append(Record(number=number, amount=rest))
    made = Record(id=name, payment=payment, advices=advices, email=email, file=file)
    made.customer = shares[0][1].customer
    made.doubtful = any(advice.invoice is None for advice in advices)
    return made


def _announcement(payment: Record, shares: Shares) -> Email | None:
    """The newest email about the invoices paid that announces a payment, if there is one."""
    found = [
        email
        for _, invoice in shares
        for email in invoice.emails
        if email.sent is not None
        and email.sent <= payment.time
        and email.direction == "inbound"
        and email.body.startswith(_ANNOUNCED)
    ]
    return max(found, key=lambda email: (email.sent, email.id), default=None)


def _letter(payment: Record, file: Record) -> Email:
    """Write an email that belongs to no invoice: it names nothing but the payment."""
    return Email(
        id=f"eml_{payment.tail}",
        thread_id=f"thr_{payment.tail}",
        direction="inbound",
        status="sent",
        subject=f"Remittance advice {payment.reference}",
        body=f"<p>Enclosed is the advice for our payment {payment.reference}.</p>",
        sender=payment.payer,
        to=[SENDER],
        created=payment.time,
        modified=payment.time,
        sent=payment.time,
        attachments=[file],
        **UNSENT,
    )


def _advice(share: Record, invoice: Invoice) -> Record:
    """Name an invoice; where the share is not approved, the number is as the customer wrote it."""
    number = invoice.shown_number
    return Record(
        number=number if share.approved else number.replace("INV-", "Inv. "),
        amount=share.amount,
        discount=0 if invoice.index % 2 else None,
        invoice=invoice if share.approved else None,
    )


# Tasks


@lru_cache(maxsize=4)
def tasks(company: Company) -> dict[str, tuple[Record, list[Invoice]]]:
    """Gather the tasks by id, the oldest first: of calls, and of every email that has come in."""
    found = [
        (call.classification.task, about)
        for call, about in calls(company).values()
        if call.classification is not None and call.classification.task is not None
    ]
    found += [
        (_task_of_email(email, about), about)
        for email, about in _gathered(company, "emails").values()
        if email.direction == "inbound" and email.sent is not None
    ]
    found.sort(key=lambda one: (one[0].created, one[0].id))
    return {one[0].id: one for one in found}


def _task_of_email(email: Record, about: list[Invoice]) -> Record:
    settled = [invoice.settled for invoice in about if invoice.settled is not None]
    closed = len(settled) == len(about)
    kind = "invoice_inquiry" if len(about) == 1 else "activity_summary_outreach"
    if any(invoice.in_dispute for invoice in about):
        kind = "dispute"
    task = make_task(f"tsk_{email.tail}", kind, _ENQUIRIES[kind], email.sent, email.id)
    task.status, task.assignee = "closed" if closed else "open", about[0].customer.assignee
    task.changed = max(email.sent, *settled) if closed else email.sent
    return task


# Where customers stand. Sums are of minor units, whatever their currencies: the reference has
# one number per customer and names no currency for it.


def _owed(invoices: Sequence[Invoice]) -> Iterator[Invoice]:
    """What customers owe: receivables that are neither drafts nor settled."""
    for one in invoices:
        if one.kind == "receivable" and one.status in ("open", "overdue", "processing"):
            yield one


@lru_cache(maxsize=4)
def standings(company: Company) -> dict[str, Record]:
    """Every customer's sums and newest contacts over all its invoices, by the customer's id."""
    owned: dict[str, list[Invoice]] = defaultdict(list)
    for invoice in company.invoices:
        owned[invoice.customer.id].append(invoice)
    heard: dict[str, list[datetime]] = defaultdict(list)
    for remittance in remittances(company).values():
        if remittance.email is not None and remittance.email.sent is not None:
            heard[remittance.customer.id].append(remittance.email.sent)
    return {one.id: _standing(owned[one.id], heard[one.id]) for one in company.customers}


def _standing(invoices: Sequence[Invoice], heard: Sequence[datetime]) -> Record:
    owed = [*_owed(invoices)]
    inbound = [one.inbound.when for one in invoices if one.inbound is not None]
    reached = [one.outreach for one in invoices if one.outreach is not None]
    return Record(
        invoice_balance=sum(one.remaining for one in owed),
        total_overdue=sum(one.remaining for one in owed if one.status == "overdue"),
        num_open_invoices=len(owed),
        last_inbound_at=max([*inbound, *heard], default=None),
        outreach=max(reached, key=lambda one: (one.when, one.channel, one.to), default=None),
    )


def aging(company: Company) -> dict[str, int]:
    """Count and sum what is open by how many days it is late."""
    buckets: dict[str, list[int]] = {name: [] for name in _BUCKETS}
    for invoice in _owed(company.invoices):
        days = _days_late(invoice, company.now)
        name = next(name for name, most in _BUCKETS.items() if days <= most)
        buckets[name].append(invoice.remaining)
    counted = {f"days_{name}_count": len(found) for name, found in buckets.items()}
    return counted | {f"days_{name}_amount": sum(found) for name, found in buckets.items()}


def _days_late(invoice: Invoice, now: datetime) -> int:
    """Count calendar days; what is listed as overdue is late by one day at least."""
    if invoice.due is None or invoice.status == "open":
        return 0
    days: int = (now.date() - invoice.due.date()).days
    return max(1 if invoice.status == "overdue" else 0, days)
