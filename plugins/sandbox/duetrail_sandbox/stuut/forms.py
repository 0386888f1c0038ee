"""Stuut's forms of invoices, payments, calls, emails, tasks and remittances.

Fields follow the Stuut API reference: List Invoices, Retrieve a Payment, List Calls, List Tasks,
List Partners, List Remittances. Money is JSON integers in minor units. Of task types it prints
the first, and of remittances and the short form of an invoice a part of the fields: the rest is
plausible, not documented.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.invoices import Allocation, Invoice, Line, Payment
from duetrail_sandbox.company.people import Customer
from duetrail_sandbox.company.touches import Attachment, Call, Classification, Email
from duetrail_sandbox.forms import Form, RenderCache, dumps, listed, spliced, thinned
from duetrail_sandbox.stuut.gathered import (
    Advice,
    Errand,
    Remittance,
    Shares,
    Standing,
    errand_of_call,
)
from duetrail_sandbox.stuut.integration import LINKED_INTEGRATION
from duetrail_sandbox.stuut.parties import address, partner, user

__all__ = ["call", "invoice", "listed_partner", "payment", "remittance", "task"]

_SNIPPET = 80

_INVOICE = Form("""
    object:"invoice" remote_id id number order_number purchase_order_number=purchase_order type=kind
    partner_id=customer.id remote_partner_id=customer.remote_id
    billing_email=customer.contact.email memo private_note=note
    amount_due currency total_amount=total subtotal total_discount=discount total_tax=tax
    created_at=created modified_at=modified issued_at=issued due_date=due paid_at voided_at
    marked_uncollectible_at=written_off_at promised_to_pay_date=promised_on status in_dispute
    pdf:null last_synced_at:"2026-06-30T06:00:00Z" remote_created_at=created
    remote_modified_at=modified
""")
_SHORT_INVOICE = Form("""
    amount_due currency object:"invoice" remote_id total_amount=total id created_at=created
    due_date=due issued_at=issued modified_at=modified number order_number paid_at
    partner_id=customer.id purchase_order_number=purchase_order status type=kind
""")
# A line has no id.
_LINE = Form("""
    object:"line_item" remote_id custom_fields:null description:null line_number=number name
    quantity remote_metadata:{} total_amount=total total_discount=discount total_tax=tax
    unit_amount=unit
""")
_ALLOCATION = Form("""
    amount object:"payment_allocation" payment_id=payment.id strategy id agent_error_code:null
    approved approver_id=approver.id created_at=created modified_at=created remote_id:null
""")
_PAYMENT = Form("""
    id agent_confidence_reason:null agent_confidence_score:null agent_error_code:null
    agent_uncertainties:[] amount amount_refunded=refunded billing_email=payer created_at=time
    currency currency_rate:1 custom_fields:null description:null expected_at:null
    finix_transfer_id:null initiated_at=time last_exported_at:null
    last_synced_at:"2026-06-30T06:00:00Z" linked_integration_id:"lin_0001" modified_at=time
    object:"payment" partner_id=customer_id payment_method=method receipt_url:null
    reference_number=reference remittance_id:null remote_created_at=time remote_id
    remote_metadata:{} remote_modified_at=time statement_descriptor:"NORTHLIGHT" status
    stripe_session_id:null sync_status:"synced" timestamp=time transaction_match_approver_id:null
""")
_BANK_TRANSACTION = Form("""
    account_id:"bac_0001" amount object:"bank_transaction" reference_number=reference
    timestamp=time type:"deposit" authorized_at=time counterparty_email=payer created_at=time
    currency currency_rate:1 is_draft:false modified_at=time
""")
_CALL = Form("""
    direction object:"call" to_number id approver_id=approver.id call_reason=reason
    created_at=created from_number is_automated=automated modified_at=modified
    status disconnection_reason=disconnection end_time=end sentiment
    start_time=start summary transferred_to
""")
_CLASSIFICATION = Form("""
    classification=word is_reply_required:false object:"classification" reason
    action_recommendation:null agent_confidence_score:0.9 agent_error_code:null
    agent_uncertainties:[] language:"en"
""")
_EMAIL = Form("""
    object:"email" thread_id id author_id=author.id bcc bounced_addresses=bounced cc
    created_at=created custom_headers:null direction email_reason=reason error_message=error
    from_email=sender is_automated=automated is_generated=generated modified_at=modified
    parent_email_id=parent_id send_separately:false sent_at=sent status to body subject
""")
_REMOTE_LINK = Form("""
    email_id=id email_sender_id:"sndr_0001" object:"remote_link" created_at=created
    modified_at=modified
""")
_ATTACHMENT = Form("""
    file_type=kind mime_type=mime name object:"attachment" organization_id:"org_0001" id
    content_id:null disposition:"attachment" is_verified:true
    presigned_url~https://files.example.com/{0.id}?signature=sandbox-secret-signed
    purpose:"email" remote_id:null size src:null
""")
_TASK = Form("""
    label=task.label object:"task" organization_id:"org_0001" type=task.type id=task.id
    assignee_id=assignee.id completed_action:{} created_at=task.created
    description=task.description error_reason:null modified_at=changed status=task.status
""")
_TASK_DATA = Form("""
    object:"task_data" source task_id=task.id type:"response" created_at=task.created
    modified_at=task.created
""")
_EVENT = Form("""
    object:"event" actor_id:null created_at=task.created data:null entity=source entity_id=cause
    message:null modified_at=task.created timestamp=task.created
""")
_REMITTANCE = Form("""
    object:"remittance" id agent_error_code:null created_at=payment.time currency=payment.currency
    modified_at=payment.time partner_id=customer.id transaction_amount=payment.amount
    transaction_date=payment.time transaction_number=payment.reference
""")
_ADVICE = Form("""
    invoice_number=number object:"remittance_allocation" amount_discount=discount
    amount_paid=amount amount_withheld:null invoice_id=invoice.id
""")
_WORKFLOW = {
    "name": "Standard dunning",
    **Form("""
        id:"wfl_0001" active_days:[0,1,2,3,4] created_at:"2024-03-01T08:00:00Z"
        email_sender_id:"sndr_0001" is_active:true is_call_on_weekend_enabled:false
        modified_at:"2024-03-01T08:00:00Z" object:"workflow" outreach_window_end:"17:00"
        outreach_window_start:"08:00" pending_run_strategy:"send_all" test_email:null
        test_phone_number:null timezone:"Europe/London"
    """)(None),
}
_SENDER = {
    "signature_html": "<p>Northlight Supplies</p>",
    **Form("""
        email:"collections@example.com" object:"email_sender" reply_to:"collections@example.com"
        user_id:"usr_0001" id:"sndr_0001" created_at:"2024-03-01T08:00:00Z" expired_at:null
        is_nylas_connection:true is_nylas_grant_expired:false is_shared:true
        modified_at:"2024-03-01T08:00:00Z" name:"Collections" provider:"google"
        reply_to_name:null
    """)(None),
}


def invoice(bill: Invoice, cache: RenderCache) -> str:
    """Write a full invoice as JSON text."""
    owner = bill.customer
    parts = {
        "partner": cache.get(f"partner/{owner.id}", partial(partner, owner)),
        "calls": listed(
            [cache.get(f"call/{one.id}", partial(call, one, owner, cache)) for one in bill.calls]
        ),
        "emails": listed(
            [cache.get(f"email/{one.id}", partial(email, one)) for one in bill.emails]
        ),
    }
    if bill.index % 23:
        parts["linked_integration"] = LINKED_INTEGRATION
    fields = _INVOICE(bill, **_sums(bill), **_dates(bill), **_state(bill))
    return spliced(thinned(fields, bill.id), **parts)


def _sums(bill: Invoice) -> dict[str, Any]:
    """What the invoice is about and worth; nothing paid is shown as 0, as null or not at all."""
    owner = bill.customer
    return {
        "assignee": user(owner.assignee) if bill.index % 3 else None,
        "billing_address": address(owner, "billing"),
        "billing_address_id": 9000 + owner.index,
        "shipping_address": address(owner, "shipping"),
        "shipping_address_id": 9000 + owner.index,
        "amount_paid": _paid(bill),
        "line_items": [_line(line, bill) for line in bill.lines],
        "requires_line_item_sync": not bill.lines_complete,
        "payments": [_allocation(share, bill) for share in bill.allocations],
    }


def _paid(bill: Invoice) -> int | None:
    return bill.paid if bill.paid or bill.index % 2 else None


def _dates(bill: Invoice) -> dict[str, Any]:
    when, channel, to = bill.outreach or (None, None, None)
    begin, end = _period(bill)
    return {
        "period_start_date": begin,
        "period_end_date": end,
        "last_outreach_at": when,
        "last_outreach_channel": channel,
        "last_outreach_to": to,
    }


def _period(bill: Invoice) -> tuple[datetime | None, datetime | None]:
    """The time served, for every fourth invoice: the thirty days before it was written."""
    if bill.index % 4:
        return None, None
    end = bill.created.replace(hour=0, minute=0)
    return end - timedelta(days=30), end


def _state(bill: Invoice) -> dict[str, Any]:
    issued = bill.issued is not None
    pdf = f"https://erp.example.com/pdf/{bill.remote_id}"
    portal = f"https://pay.example.com/{bill.remote_id}"
    return {
        "is_issued_email_sent": issued,
        "remote_status": bill.status.upper() if bill.index % 5 else None,
        "remote_payment_status": "processing" if bill.status == "processing" else None,
        "sync_status": "synced" if bill.lines_complete else "partial",
        "pdf_id": f"pdf_{bill.index:06d}" if issued else None,
        "remote_invoice_pdf": pdf if issued else None,
        "remote_payment_portal_url": portal if bill.index % 2 else None,
        "custom_fields": {"cost_center": 100 + bill.index % 7} if bill.index % 3 else None,
        "remote_metadata": {"batch": bill.index // 10, "source": "erp"},
    }


def _line(line: Line, bill: Invoice) -> dict[str, Any]:
    created = bill.created
    begin, end = _period(bill)
    fields = _LINE(
        line,
        invoice_id=bill.id,
        created_at=created,
        currency=bill.currency,
        modified_at=created,
        period_end_date=end,
        period_start_date=begin,
        product_type="service" if line.quantity != int(line.quantity) else "good",
        remote_created_at=created,
        remote_modified_at=created,
    )
    return thinned(fields, line.remote_id)


def _short_invoice(bill: Invoice) -> dict[str, Any]:
    """Show an invoice without anything nested; what it says is what the full form says."""
    return thinned(_SHORT_INVOICE(bill, amount_paid=_paid(bill)), bill.id)


# Payments


def _allocation(share: Allocation, bill: Invoice, *, alone: bool = False) -> dict[str, Any]:
    """Show the share of a payment that goes to an invoice, with the payment unless ``alone``."""
    payment = {} if alone else {"payment": thinned(_payment(share.payment), share.payment.id)}
    fields = _ALLOCATION(
        share,
        invoice_id=bill.id,
        agent_confidence_reason="The amount and the reference match.",
        agent_confidence_score=0.97 if share.approved else 0.5,
        agent_uncertainties=[] if share.approved else ["The reference is incomplete."],
        approved_at=share.created if share.approved else None,
        **payment,
    )
    return thinned(fields, share.id)


def _payment(paid: Payment) -> dict[str, Any]:
    """The fields of a whole payment, however many invoices it covers, before thinning."""
    return _PAYMENT(
        paid,
        bank_transaction_id=f"btx_{paid.id[4:]}",
        transaction_match_approved_at=paid.time if paid.status == "matched" else None,
    )


def payment(paid: Payment, shares: Shares, remittance_id: str | None, cache: RenderCache) -> str:
    """Write a payment as JSON text, with its shares and the bank's side of it.

    Unlike the copy inside an invoice it names the remittance that explains it.
    """
    owner = shares[0][1].customer
    bank = _BANK_TRANSACTION(
        paid,
        posted=paid.status == "matched",
        id=f"btx_{paid.id[4:]}",
        check_number=paid.reference[3:] if paid.method == "check" else None,
        counterparty_name=owner.legal_name,
        invoice_numbers=[bill.number or bill.remote_id for _, bill in shares],
    )
    shown = cache.get(f"partner/{owner.id}", partial(partner, owner))
    parts = {
        "allocations": dumps([_allocation(share, bill, alone=True) for share, bill in shares]),
        "bank_transaction": spliced(thinned(bank, f"{paid.id}.bank"), partner=shown),
    }
    return spliced(thinned(_payment(paid) | {"remittance_id": remittance_id}, paid.id), **parts)


def remittance(told: Remittance, cache: RenderCache) -> str:
    """Write a remittance as JSON text; its email is the same text as in an invoice."""
    doubtful = any(advice.invoice is None for advice in told.advices)
    created = told.payment.time
    fields = _REMITTANCE(
        told,
        agent_confidence_reason="Some numbers match no invoice." if doubtful else None,
        agent_confidence_score=0.5 if doubtful else 0.98,
        agent_uncertainties=["A number is not ours."] if doubtful else [],
        allocations=[_advice(advice, told) for advice in told.advices],
        attachment=_attachment(told.file, created, None) if told.file else None,
    )
    post = told.email
    if post is None:
        return spliced(thinned(fields | {"email": None}, told.id))
    shown = cache.get(f"email/{post.id}", partial(email, post))
    return spliced(thinned(fields, told.id), email=shown)


def _advice(advice: Advice, told: Remittance) -> dict[str, Any]:
    """Show a line; what matches no invoice has neither its id nor its short form."""
    short = _short_invoice(advice.invoice) if advice.invoice else None
    fields = _ADVICE(advice, remittance_id=told.id, invoice=short)
    return thinned(fields, f"{told.id}.{advice.number}")


def listed_partner(owner: Customer, standing: Standing) -> str:
    """Write a customer as JSON text, with what only the list tells: balances, newest contacts."""
    when, channel, to = standing.outreach
    more = Form("invoice_balance total_overdue num_open_invoices last_inbound_at")(
        standing,
        type="customer",
        last_outreach_at=when,
        last_outreach_channel=channel,
        last_outreach_to=to,
        is_contact_enrichment_enabled=owner.index % 3 == 0,
    )
    return partner(owner, listed=more)


# Calls and emails. Each is rendered once: the same email in three invoices is the same text.


def call(ring: Call, owner: Customer, cache: RenderCache, invoices: Sequence[Invoice] = ()) -> str:
    """Write a call as JSON text; inside an invoice its own ``invoices`` is cut to ``[]``."""
    shown = cache.get(f"caller/{owner.id}", partial(partner, owner, on_call=True))
    judged = ring.classification
    fields = _CALL(
        ring,
        agent_id="agt_0001" if ring.automated else None,
        approver=user(ring.approver),
        call_agent_id="cag_0001" if ring.automated else None,
        partner_id=owner.id,
        invoices=[_short_invoice(one) for one in invoices],
        retell_id=f"ret_{ring.id[4:]}" if ring.start else None,
        workflow=_WORKFLOW if ring.planned_by_workflow else None,
        classifications=[_classification(judged, ring, owner)] if judged else [],
        custom_classifications=["asked for a copy"] if ring.direction == "inbound" else [],
        in_voicemail=ring.voicemail if ring.start else None,
        recording_url=_recording(ring),
        transcript=[{"role": who, "content": said} for who, said in ring.transcript] or None,
        transcript_str="\n".join(f"{who}: {said}" for who, said in ring.transcript) or None,
    )
    return spliced(thinned(fields, ring.id), partner=shown)


def _recording(ring: Call) -> object:
    """The field is untyped: mostly an address, sometimes an object that holds one, or null."""
    if not ring.transcript:
        return None
    url = f"https://recordings.example.com/{ring.id}.wav"
    return {"url": url} if ring.voicemail else url


def _classification(judged: Classification, ring: Call, owner: Customer) -> dict[str, Any]:
    fields = _CLASSIFICATION(
        judged,
        agent_reply_reason="No reply is needed.",
        is_action_required=judged.task is not None,
        agent_confidence_reason="It was said in so many words.",
        created_at=ring.end,
        modified_at=ring.end,
        tasks=[task(errand_of_call(judged.task, ring, owner))] if judged.task else [],
    )
    return thinned(fields, f"{ring.id}.classification")


def email(post: Email) -> str:
    """Write an email as JSON text; it names neither invoice nor customer."""
    outbound = post.direction == "outbound"
    author_id = post.author.id if post.author else None
    remote_id = f"msg_{post.id[4:]}" if post.sent else None
    link = _REMOTE_LINK(post, remote_id=remote_id, remote_thread_id=f"rth_{post.thread_id[4:]}")
    bulk = f"blk_{post.thread_id[4:]}" if post.reason == "account_statement" else None
    fields = _EMAIL(
        post,
        author=user(post.author),
        bulk_email_request_id=bulk,
        email_sender=_SENDER if outbound else None,
        email_sender_id="sndr_0001" if outbound else None,
        is_originated_in_stuut=outbound,
        is_unread=not outbound,
        participants=list(dict.fromkeys([post.sender, *post.to, *post.cc])),
        reply_to=["collections@example.com"] if outbound else [],
        sent_by_id=author_id if post.sent else None,
        attachments=[_attachment(one, post.created, author_id) for one in post.attachments],
        generated_body=post.body if post.generated else None,
        remote_id=remote_id,
        remote_links=[link] if remote_id else [],
        snippet=post.plain[:_SNIPPET],
    )
    return dumps(thinned(fields, post.id))


def _attachment(file: Attachment, created: datetime, user_id: str | None) -> dict[str, Any]:
    """Show a file's facts, with the short-lived link that a reader must not keep."""
    times = dict.fromkeys(("created_at", "modified_at", "presigned_url_expires_at"), stamp(created))
    return thinned(_ATTACHMENT(file, **times, user_id=user_id), file.id)


# Tasks


def task(errand: Errand) -> dict[str, Any]:
    """Show a task; a list and a call's classification show the same."""
    name = errand.task.id[4:]
    closed = errand.task.status == "closed"
    data = _TASK_DATA(errand, id=f"tdt_{name}", data={f"{errand.source}_id": errand.cause})
    word = {"call": "call.classified", "email": "email.received"}[errand.source]
    fields = _TASK(
        errand,
        action_taken="complete" if closed else None,
        assignee=user(errand.assignee),
        close_reason="Done" if closed else None,
        data=[data],
        trigger_event=_EVENT(errand, name=word, id=f"evt_{name}"),
        trigger_event_id=f"evt_{name}",
    )
    return thinned(fields, errand.task.id)
