"""How Stuut shows invoices, payments, calls, emails, tasks, remittances and customers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta

from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.people import Customer
from duetrail_sandbox.company.records import Record
from duetrail_sandbox.company.touches import Call, Email
from duetrail_sandbox.data import read_text
from duetrail_sandbox.forms import Forms, dumps, listed, spliced
from duetrail_sandbox.stuut.gathered import Shares

# The integration record that Stuut repeats on invoices and customers: what a reader must never
# keep. Every free text in it, apart from the three fields a reader may keep (``id``,
# ``integration_name``, ``health.status``), contains the words ``sandbox-secret-``, and so do
# short-lived links and portal keys: whoever finds these words in a store, log or export has found
# a leak.
_INTEGRATION = dumps(json.loads(read_text("integration.json")))
_F = Forms("stuut")
# Gives a text by its key, or makes it: :meth:`Company.text`.
Show = Callable[..., str]


def partner(owner: Customer, *, on_call: bool = False, standing: Record | None = None) -> str:
    """Write a customer as JSON text, as an invoice shows it, or a call, or their list.

    A call's copy lacks the two flags that say outreach was paused by hand. The list tells where
    a customer stands.
    """
    modified = owner.modified or owner.created + timedelta(days=30)
    fields = _F.partner(
        owner,
        modified_at=modified,
        remote_metadata={"segment": owner.index % 4},
        remote_modified_at=modified,
    )
    for channel in ("call", "email") if on_call else ():
        del fields[f"is_{channel}_outreach_manually_paused"]
    if standing is not None:
        fields |= _F.standing(standing, is_contact_enrichment_enabled=owner.index % 3 == 0)
    return spliced(fields, linked_integration=_INTEGRATION)


def invoice(bill: Invoice, show: Show) -> str:
    """Write a full invoice as JSON text."""
    owner = bill.customer
    calls = (show(f"call/{one.id}", call, one, owner, show) for one in bill.calls)
    emails = (show(f"email/{one.id}", email, one) for one in bill.emails)
    parts = {
        "partner": show(f"partner/{owner.id}", partner, owner),
        "calls": listed(calls),
        "emails": listed(emails),
    }
    if bill.index % 23:
        parts["linked_integration"] = _INTEGRATION
    fields = _F.invoice(
        bill,
        requires_line_item_sync=not bill.lines_complete,
        is_issued_email_sent=bill.issued is not None,
        remote_status=bill.status.upper() if bill.index % 5 else None,
        custom_fields={"cost_center": 100 + bill.index % 7} if bill.index % 3 else None,
        remote_metadata={"batch": bill.index // 10, "source": "erp"},
    )
    return spliced(fields, **parts)


def payment(paid: Record, shares: Shares, remittance: Record | None, show: Show) -> str:
    """Write a payment as JSON text, with its shares and the bank's side of it."""
    owner = shares[0][1].customer
    bank = _F.bank_transaction(
        paid,
        posted=paid.status == "matched",
        check_number=paid.reference[3:] if paid.method == "check" else None,
        counterparty_name=owner.legal_name,
        invoice_numbers=[bill.shown_number for _, bill in shares],
    )
    shown = show(f"partner/{owner.id}", partner, owner)
    parts = {
        "allocations": dumps([_F.lone_allocation(one.but(up=bill)) for one, bill in shares]),
        "bank_transaction": spliced(bank, partner=shown),
    }
    fields = _F.payment(paid, remittance_id=remittance.id if remittance else None)
    return spliced(fields, **parts)


def remittance(told: Record, show: Show) -> str:
    """Write a remittance as JSON text; its email is the same text as in an invoice."""
    post, doubtful = told.email, any(advice.invoice is None for advice in told.advices)
    fields = _F.remittance(
        told,
        agent_confidence_reason="Some numbers match no invoice." if doubtful else None,
        agent_confidence_score=0.5 if doubtful else 0.98,
        agent_uncertainties=["A number is not ours."] if doubtful else [],
        **({} if post else {"email": None}),
    )
    parts = {"email": show(f"email/{post.id}", email, post)} if post else {}
    return spliced(fields, **parts)


# Calls and emails. Each is rendered once: the same email in three invoices is the same text.


def call(ring: Call, owner: Customer, show: Show, invoices: Sequence[Invoice] = ()) -> str:
    """Write a call as JSON text; inside an invoice its own ``invoices`` is cut to ``[]``."""
    turns = ring.transcript
    # The field of a recording is untyped: mostly an address, sometimes an object that holds one.
    url = f"https://recordings.example.com/{ring.id}.wav" if turns else None
    fields = _F.call(
        ring,
        partner_id=owner.id,
        invoices=[_F.short_invoice(one) for one in invoices],
        custom_classifications=["asked for a copy"] if ring.direction == "inbound" else [],
        recording_url={"url": url} if ring.voicemail and url else url,
        transcript_str="\n".join(f"{one.who}: {one.said}" for one in turns) or None,
    )
    shown = show(f"caller/{owner.id}", lambda: partner(owner, on_call=True))
    return spliced(fields, partner=shown)


def task(raised: Record) -> str:
    """Write a task as JSON text."""
    return dumps(_F.task(raised))


def email(post: Email) -> str:
    """Write an email as JSON text."""
    outbound = post.direction == "outbound"
    fields = _F.email(
        post,
        bulk_email_request_id=f"blk_{post.thread}" if post.reason == "account_statement" else None,
        is_originated_in_stuut=outbound,
        is_unread=not outbound,
        participants=list(dict.fromkeys([post.sender, *post.to, *post.cc])),
        reply_to=["collections@example.com"] if outbound else [],
    )
    return dumps(fields)
