"""How Stuut shows invoices, payments, calls, emails, tasks, remittances and customers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.people import Customer, Person
from duetrail_sandbox.company.records import Record
from duetrail_sandbox.company.touches import Call, Email
from duetrail_sandbox.data import read_text
from duetrail_sandbox.forms import Forms, RenderCache, dumps, listed, spliced, thinned
from duetrail_sandbox.stuut.gathered import Shares, errand

# The integration record that Stuut repeats on invoices and customers: what a reader must never
# keep. Every free text in it, apart from the three fields a reader may keep (``id``,
# ``integration_name``, ``health.status``), contains the words ``sandbox-secret-``, and so do
# short-lived links and portal keys: whoever finds these words in a store, log or export has found
# a leak.
_INTEGRATION = dumps(json.loads(read_text("integration.json")))
_F = Forms("stuut")
_SNIPPET = 80


# People and customers


def _address(owner: Customer, kind: str) -> dict[str, Any]:
    """Show the postal address of a customer, ``billing`` or ``shipping``."""
    remote_id = f"{owner.remote_id}-{kind[0].upper()}"
    return thinned(_F.address(owner, remote_id=remote_id, type=kind), f"{owner.id}.{kind}")


def _addresses(owner: Customer) -> dict[str, Any]:
    return {f"{kind}_address": _address(owner, kind) for kind in ("billing", "shipping")}


def _contact(person: Person, owner: Customer) -> dict[str, Any]:
    """Show a person at a customer; the primary one has the address, in both of its forms."""
    shown = _address(owner, "billing") if person.primary else None
    # In the list an address has an id, and neither phone nor ERP id.
    kept = {k: v for k, v in (shown or {}).items() if k not in ("phone", "remote_id")}
    times = ("created_at", "remote_created_at", "remote_modified_at")
    return _F.contact(
        person,
        partner_id=owner.id,
        address=shown,
        address_id=owner.address_id if shown else None,
        addresses=[{**kept, "id": f"adr_{owner.index:05d}", "is_primary": True}] if shown else [],
        is_phone_disabled=person.phone is None,
        modified_at=person.modified or owner.created,
        remote_id=f"{owner.remote_id}-{person.id[-1]}",
        **dict.fromkeys(times, owner.created),
    )


def _tag(owner: Customer, name: str) -> dict[str, Any]:
    key = f"tag_{sum(name.encode()) % 1000:04d}"
    return _F.tag(Record(id=key, name=name, owner=owner, is_manual=name != "Slow payer"))


def partner(owner: Customer, *, on_call: bool = False, standing: Record | None = None) -> str:
    """Write a customer as JSON text, as an invoice shows it, or a call, or their list.

    A call's copy lacks the two flags that say outreach was paused by hand. The list tells where
    a customer stands.
    """
    modified = owner.modified or owner.created + timedelta(days=30)
    fields = _F.partner(
        owner,
        ap_portals=[_F.portal(owner)] if owner.portal else [],
        contacts=[_contact(person, owner) for person in owner.contacts],
        tags=[_tag(owner, name) for name in owner.tags],
        custom_fields={"region": owner.address.country},
        modified_at=modified,
        remote_metadata={"segment": owner.index % 4},
        remote_modified_at=modified,
        **_addresses(owner),
    )
    for channel in ("call", "email") if on_call else ():
        del fields[f"is_{channel}_outreach_manually_paused"]
    if standing is not None:
        fields |= _F.standing(standing, is_contact_enrichment_enabled=owner.index % 3 == 0)
    return spliced(fields, linked_integration=_INTEGRATION)


# Invoices


def invoice(bill: Invoice, cache: RenderCache) -> str:
    """Write a full invoice as JSON text."""
    owner = bill.customer
    calls = (cache.get(f"call/{one.id}", call, one, owner, cache) for one in bill.calls)
    emails = (cache.get(f"email/{one.id}", email, one) for one in bill.emails)
    parts = {
        "partner": cache.get(f"partner/{owner.id}", partner, owner),
        "calls": listed(calls),
        "emails": listed(emails),
    }
    if bill.index % 23:
        parts["linked_integration"] = _INTEGRATION
    when, channel, to = bill.outreach or (None, None, None)
    fields = _F.invoice(
        bill,
        amount_paid=_paid(bill),
        line_items=[_line(line, bill) for line in bill.lines],
        requires_line_item_sync=not bill.lines_complete,
        payments=[_allocation(share, bill) for share in bill.allocations],
        last_outreach_at=when,
        last_outreach_channel=channel,
        last_outreach_to=to,
        is_issued_email_sent=bill.issued is not None,
        remote_status=bill.status.upper() if bill.index % 5 else None,
        sync_status="synced" if bill.lines_complete else "partial",
        custom_fields={"cost_center": 100 + bill.index % 7} if bill.index % 3 else None,
        remote_metadata={"batch": bill.index // 10, "source": "erp"},
        **_addresses(owner),
        **_period(bill),
    )
    return spliced(fields, **parts)


def _paid(bill: Invoice) -> int | None:
    """What was paid; nothing is shown as 0, as null or not at all."""
    return bill.paid if bill.paid or bill.index % 2 else None


def _period(bill: Invoice) -> dict[str, datetime | None]:
    """The time served, for every fourth invoice: the thirty days before it was written."""
    end = None if bill.index % 4 else bill.created.replace(hour=0, minute=0)
    start = end and end - timedelta(days=30)
    return {"period_start_date": start, "period_end_date": end}


def _line(line: Record, bill: Invoice) -> dict[str, Any]:
    times = ("created_at", "modified_at", "remote_created_at", "remote_modified_at")
    return _F.line(
        line,
        invoice_id=bill.id,
        currency=bill.currency,
        product_type="service" if line.quantity != int(line.quantity) else "good",
        **_period(bill),
        **dict.fromkeys(times, bill.created),
    )


def _short_invoice(bill: Invoice) -> dict[str, Any]:
    """Show an invoice without anything nested; what it says is what the full form says."""
    return _F.short_invoice(bill, amount_paid=_paid(bill))


# Payments


def _allocation(share: Record, bill: Invoice, *, alone: bool = False) -> dict[str, Any]:
    """Show the share of a payment that goes to an invoice, with the payment unless ``alone``."""
    paid = share.payment
    return _F.allocation(
        share,
        invoice_id=bill.id,
        agent_confidence_score=0.97 if share.approved else 0.5,
        agent_uncertainties=[] if share.approved else ["The reference is incomplete."],
        **({} if alone else {"payment": thinned(_F.payment(paid), paid.id)}),
    )


def payment(paid: Record, shares: Shares, remittance: Record | None, cache: RenderCache) -> str:
    """Write a payment as JSON text, with its shares and the bank's side of it."""
    owner = shares[0][1].customer
    bank = _F.bank_transaction(
        paid,
        posted=paid.status == "matched",
        check_number=paid.reference[3:] if paid.method == "check" else None,
        counterparty_name=owner.legal_name,
        invoice_numbers=[bill.shown_number for _, bill in shares],
    )
    shown = cache.get(f"partner/{owner.id}", partner, owner)
    parts = {
        "allocations": dumps([_allocation(share, bill, alone=True) for share, bill in shares]),
        "bank_transaction": spliced(bank, partner=shown),
    }
    fields = _F.payment(paid, remittance_id=remittance.id if remittance else None)
    return spliced(thinned(fields, paid.id), **parts)


def remittance(told: Record, cache: RenderCache) -> str:
    """Write a remittance as JSON text; its email is the same text as in an invoice."""
    doubtful = any(advice.invoice is None for advice in told.advices)
    post, created = told.email, told.payment.time
    fields = _F.remittance(
        told,
        agent_confidence_reason="Some numbers match no invoice." if doubtful else None,
        agent_confidence_score=0.5 if doubtful else 0.98,
        agent_uncertainties=["A number is not ours."] if doubtful else [],
        allocations=[_advice(advice) for advice in told.advices],
        attachment=_attachment(told.file, created, None) if told.file else None,
        **({} if post else {"email": None}),
    )
    if post is None:
        return dumps(fields)
    return spliced(fields, email=cache.get(f"email/{post.id}", email, post))


def _advice(advice: Record) -> dict[str, Any]:
    short = _short_invoice(advice.invoice) if advice.invoice else None
    return _F.advice(advice, invoice=short)


# Calls and emails. Each is rendered once: the same email in three invoices is the same text.


def call(ring: Call, owner: Customer, cache: RenderCache, invoices: Sequence[Invoice] = ()) -> str:
    """Write a call as JSON text; inside an invoice its own ``invoices`` is cut to ``[]``."""
    judged = ring.classification
    fields = _F.call(
        ring,
        partner_id=owner.id,
        invoices=[_short_invoice(one) for one in invoices],
        classifications=[_classification(judged, ring, owner)] if judged else [],
        custom_classifications=["asked for a copy"] if ring.direction == "inbound" else [],
        recording_url=_recording(ring),
        transcript=[{"role": who, "content": said} for who, said in ring.transcript] or None,
        transcript_str="\n".join(f"{who}: {said}" for who, said in ring.transcript) or None,
    )
    shown = cache.get(f"caller/{owner.id}", lambda: partner(owner, on_call=True))
    return spliced(fields, partner=shown)


def _recording(ring: Call) -> object:
    """The field is untyped: mostly an address, sometimes an object that holds one, or null."""
    if not ring.transcript:
        return None
    url = f"https://recordings.example.com/{ring.id}.wav"
    return {"url": url} if ring.voicemail else url


def _classification(judged: Record, ring: Call, owner: Customer) -> dict[str, Any]:
    raised = judged.task
    fields = _F.classification(
        judged,
        is_action_required=raised is not None,
        created_at=ring.end,
        modified_at=ring.end,
        tasks=[task(errand(raised, "call", ring, owner))] if raised else [],
    )
    return thinned(fields, f"{ring.id}.classification")


def task(raised: Record) -> dict[str, Any]:
    """Show a task with what raised it."""
    return _F.task(raised, data=[_F.task_data(raised, data={f"{raised.source}_id": raised.cause})])


def email(post: Email) -> str:
    """Write an email as JSON text."""
    outbound = post.direction == "outbound"
    thread, author_id = post.thread_id[4:], post.author.id if post.author else None
    link = _F.remote_link(post, remote_thread_id=f"rth_{thread}")
    fields = _F.email(
        post,
        bulk_email_request_id=f"blk_{thread}" if post.reason == "account_statement" else None,
        is_originated_in_stuut=outbound,
        is_unread=not outbound,
        participants=list(dict.fromkeys([post.sender, *post.to, *post.cc])),
        reply_to=["collections@example.com"] if outbound else [],
        attachments=[_attachment(one, post.created, author_id) for one in post.attachments],
        remote_links=[link] if post.sent else [],
        snippet=post.plain[:_SNIPPET],
    )
    return dumps(fields)


def _attachment(file: Record, created: datetime, user_id: str | None) -> dict[str, Any]:
    times = ("created_at", "modified_at", "presigned_url_expires_at")
    return _F.attachment(file, user_id=user_id, **dict.fromkeys(times, created))
