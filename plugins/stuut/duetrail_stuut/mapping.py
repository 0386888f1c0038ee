"""Stuut's objects as canonical records. Source: Stuut API reference, List Invoices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs
import msgspec

from duetrail import hookimpl
from duetrail.model import (
    Address,
    AgentKind,
    Attachment,
    Call,
    Callout,
    CallOutcome,
    CalloutKind,
    CalloutStatus,
    CallStatus,
    Channel,
    Contact,
    Direction,
    Email,
    EmailStatus,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceStatus,
    Money,
    Party,
    PaymentAllocation,
    PaymentMethod,
    PaymentStatus,
    Record,
    Sentiment,
    canonical,
    day_of,
)
from duetrail.source import Connection, Item
from duetrail_stuut import wire

Amount = Callable[[Decimal | None, str | None, str], Money | None]

_INVOICE_STATUS = {
    "overdue": InvoiceStatus.OPEN,
    "processing": InvoiceStatus.PAYMENT_PENDING,
    "uncollectible": InvoiceStatus.WRITTEN_OFF,
}
_CALL_STATUS = {"pending_approval": CallStatus.PLANNED}
_EMAIL_STATUS = {"pending": EmailStatus.QUEUED, "error": EmailStatus.FAILED}
_PAYMENT_STATUS = {"pending_match": PaymentStatus.PENDING}
_CALLOUT_STATUS = {"pending": CalloutStatus.SCHEDULED}

# Calls and emails in these states are outreach that is planned, not made.
_PLANNED_CALL = "pending_approval"
_PLANNED_EMAILS = {"draft", "pending"}


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record]:
    """An invoice, or what stands inside one."""
    match item.wire:
        case wire.Invoice() as invoice:
            yield _invoice(invoice, connection)
        case wire.Partner() as partner:
            yield _party(partner, connection)
        case wire.Call() as call:
            yield _call(call, connection)
            if _same(call.status, _PLANNED_CALL):
                yield _planned_call(call, connection)
        case wire.Email() as email:
            yield _email(email, connection)
            if _same(email.direction, "outbound") and _same(email.status, *_PLANNED_EMAILS):
                yield _planned_email(email, connection)


# --- invoices ------------------------------------------------------------------------------------


def _invoice(invoice: wire.Invoice, connection: Connection) -> Invoice:
    money: Amount = Money.major if connection.options.amounts == "major" else Money.from_minor
    currency = invoice.currency
    return Invoice(
        connection=connection.name,
        id=invoice.id,
        remote_id=_id(invoice.remote_id),
        number=invoice.number,
        purchase_order=invoice.purchase_order_number,
        order_number=invoice.order_number,
        kind=canonical(InvoiceKind, invoice.type),
        kind_raw=invoice.type,
        status=canonical(InvoiceStatus, _name(invoice.status), _INVOICE_STATUS),
        status_raw=_text(invoice.status),
        overdue=True if _same(_name(invoice.status), "overdue") else None,
        in_dispute=invoice.in_dispute,
        currency=currency,
        total=money(invoice.total_amount, currency, "$.total_amount"),
        subtotal=money(invoice.subtotal, currency, "$.subtotal"),
        tax=money(invoice.total_tax, currency, "$.total_tax"),
        discount=money(invoice.total_discount, currency, "$.total_discount"),
        amount_paid=money(invoice.amount_paid, currency, "$.amount_paid"),
        amount_due=money(invoice.amount_due, currency, "$.amount_due"),
        amount_remaining=money(remaining(invoice), currency, "$.amount_due"),
        issued_at=invoice.issued_at,
        issued_on=day_of(invoice.issued_at),
        due_at=invoice.due_date,
        due_on=day_of(invoice.due_date),
        paid_at=invoice.paid_at,
        voided_at=invoice.voided_at,
        written_off_at=invoice.marked_uncollectible_at,
        promised_to_pay_on=invoice.promised_to_pay_date,
        period_start_at=invoice.period_start_date,
        period_end_at=invoice.period_end_date,
        customer_id=_id(invoice.partner_id),
        customer_remote_id=_id(invoice.remote_partner_id),
        billing_email=invoice.billing_email,
        billing_address=_address(invoice.billing_address),
        shipping_address=_address(invoice.shipping_address),
        last_outreach_at=invoice.last_outreach_at,
        last_outreach_channel=canonical(Channel, invoice.last_outreach_channel),
        last_outreach_channel_raw=invoice.last_outreach_channel,
        last_outreach_to=invoice.last_outreach_to,
        document_url=invoice.remote_invoice_pdf,
        payment_url=invoice.remote_payment_portal_url,
        lines_complete=_not(invoice.requires_line_item_sync),
        created_at=invoice.created_at,
        updated_at=invoice.modified_at,
        lines=tuple(
            _line(line, money, f"$.line_items[{at}]")
            for at, line in enumerate(invoice.line_items or ())
        ),
        allocations=tuple(
            _allocation(part, currency, money, f"$.payments[{at}]")
            for at, part in enumerate(invoice.payments or ())
        ),
    )


def remaining(invoice: wire.Invoice) -> Decimal | None:
    """What is still to pay, where the documented fields leave no doubt; None elsewhere.

    Stuut does not say whether `amount_due` is before or after payments. It is certain where
    nothing was paid, and where due and total differ by nothing or by exactly what was paid.
    """
    due, paid, total = invoice.amount_due, invoice.amount_paid, invoice.total_amount
    if due is None or paid is None:
        return None
    if paid == 0:
        return due
    if paid > 0 and due == total:
        return due - paid
    if paid > 0 and total is not None and due + paid == total:
        return due
    return None


def _line(line: wire.LineItem, money: Amount, path: str) -> InvoiceLine:
    return InvoiceLine(
        remote_id=line.remote_id,
        line_number=line.line_number,
        name=line.name,
        description=line.description,
        product_type=line.product_type,
        quantity=line.quantity,
        currency=line.currency,
        unit_price=money(line.unit_amount, line.currency, f"{path}.unit_amount"),
        total=money(line.total_amount, line.currency, f"{path}.total_amount"),
        discount=money(line.total_discount, line.currency, f"{path}.total_discount"),
        tax=money(line.total_tax, line.currency, f"{path}.total_tax"),
        period_start_at=line.period_start_date,
        period_end_at=line.period_end_date,
        created_at=line.created_at,
        updated_at=line.modified_at,
    )


def _allocation(
    part: wire.Allocation, currency: str | None, money: Amount, path: str
) -> PaymentAllocation:
    payment = part.payment or wire.Payment()
    return PaymentAllocation(
        id=part.id,
        payment_id=part.payment_id,
        remote_id=part.remote_id,
        currency=currency,
        amount=money(part.amount, currency, f"{path}.amount"),
        approved=part.approved,
        approved_at=part.approved_at,
        strategy=part.strategy,
        payment_currency=payment.currency,
        payment_amount=money(payment.amount, payment.currency, f"{path}.payment.amount"),
        payment_refunded=money(
            payment.amount_refunded, payment.currency, f"{path}.payment.amount_refunded"
        ),
        payment_status=canonical(PaymentStatus, payment.status, _PAYMENT_STATUS),
        payment_status_raw=payment.status,
        payment_method=canonical(PaymentMethod, payment.payment_method),
        payment_method_raw=payment.payment_method,
        payment_reference=payment.reference_number,
        paid_at=payment.timestamp,
        created_at=part.created_at,
        updated_at=part.modified_at,
    )


# --- customers -----------------------------------------------------------------------------------


def _party(partner: wire.Partner, connection: Connection) -> Party:
    return Party(
        connection=connection.name,
        id=partner.id,
        remote_id=_id(partner.remote_id),
        name=partner.name,
        legal_name=partner.legal_name,
        is_company=partner.is_company,
        is_active=partner.is_active,
        parent_id=_id(partner.parent_id),
        account_number=partner.account_number,
        tax_number=partner.tax_number,
        email=partner.email,
        phone=partner.phone,
        timezone=partner.timezone,
        currency=partner.currency,
        email_disabled=partner.is_email_disabled,
        phone_disabled=partner.is_phone_disabled,
        email_paused=partner.is_email_outreach_manually_paused,
        call_paused=partner.is_call_outreach_manually_paused,
        billing_address=_address(partner.billing_address),
        shipping_address=_address(partner.shipping_address),
        created_at=partner.created_at,
        updated_at=partner.modified_at,
        contacts=tuple(_contact(contact) for contact in partner.contacts or ()),
    )


def _contact(contact: wire.Contact) -> Contact:
    return Contact(
        id=contact.id,
        remote_id=contact.remote_id,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        job_title=contact.job_title,
        role=contact.external_role,
        is_primary=contact.is_primary,
        email_disabled=contact.is_email_disabled,
        phone_disabled=contact.is_phone_disabled,
        created_at=contact.created_at,
        updated_at=contact.modified_at,
    )


# --- calls and emails ----------------------------------------------------------------------------


def _call(call: wire.Call, connection: Connection) -> Call:
    return Call(
        connection=connection.name,
        id=call.id,
        provider_id=call.retell_id,
        customer_id=_id(call.partner_id),
        direction=canonical(Direction, call.direction),
        direction_raw=call.direction,
        status=canonical(CallStatus, call.status, _CALL_STATUS),
        status_raw=call.status,
        outcome=CallOutcome.VOICEMAIL
        if call.in_voicemail
        else canonical(CallOutcome, call.disconnection_reason),
        outcome_raw=call.disconnection_reason,
        voicemail=call.in_voicemail,
        from_number=call.from_number,
        to_number=call.to_number,
        started_at=call.start_time,
        ended_at=call.end_time,
        duration_seconds=_seconds(call.start_time, call.end_time),
        reason=call.call_reason,
        agent_kind=_agent(call.is_automated),
        agent_id=call.agent_id,
        recording_url=_text(call.recording_url, "url"),
        transcript=call.transcript_str,
        transcript_parts=call.transcript,
        summary=call.summary,
        sentiment=canonical(Sentiment, call.sentiment),
        sentiment_raw=call.sentiment,
        created_at=call.created_at,
        updated_at=call.modified_at,
    )


def _email(email: wire.Email, connection: Connection) -> Email:
    bounced = email.bounced_addresses
    return Email(
        connection=connection.name,
        id=email.id,
        remote_id=_id(email.remote_id),
        thread_id=_id(email.thread_id),
        parent_id=_id(email.parent_email_id),
        direction=canonical(Direction, email.direction),
        direction_raw=email.direction,
        status=canonical(EmailStatus, email.status, _EMAIL_STATUS),
        status_raw=email.status,
        bounced=None if bounced is None else bool(bounced),
        bounced_addresses=bounced or (),
        from_address=email.from_email,
        to_addresses=email.to or (),
        cc_addresses=email.cc or (),
        bcc_addresses=email.bcc or (),
        reply_to_addresses=email.reply_to or (),
        subject=email.subject,
        html=email.body,
        preview=email.snippet,
        sent_at=email.sent_at,
        is_automated=email.is_automated,
        is_generated=email.is_generated,
        reason=email.email_reason,
        error=email.error_message,
        created_at=email.created_at,
        updated_at=email.modified_at,
        attachments=tuple(_attachment(part) for part in email.attachments or ()),
    )


def _attachment(part: wire.Attachment) -> Attachment:
    return Attachment(
        id=part.id,
        name=part.name,
        media_type=part.mime_type,
        size_bytes=part.size,
        created_at=part.created_at,
    )


# --- planned outreach: Stuut has no callouts of its own ------------------------------------------


def _planned_call(call: wire.Call, connection: Connection) -> Callout:
    return Callout(
        connection=connection.name,
        id=f"call:{call.id}",
        derived=True,
        customer_id=_id(call.partner_id),
        kind=canonical(CalloutKind, call.call_reason),
        kind_raw=call.call_reason,
        status=canonical(CalloutStatus, call.status, _CALLOUT_STATUS),
        status_raw=call.status,
        channels=(Channel.CALL,),
        contact_phone=call.to_number,
        agent_id=call.agent_id,
        created_at=call.created_at,
        updated_at=call.modified_at,
    )


def _planned_email(email: wire.Email, connection: Connection) -> Callout:
    return Callout(
        connection=connection.name,
        id=f"email:{email.id}",
        derived=True,
        kind=canonical(CalloutKind, email.email_reason),
        kind_raw=email.email_reason,
        status=canonical(CalloutStatus, email.status, _CALLOUT_STATUS),
        status_raw=email.status,
        channels=(Channel.EMAIL,),
        contact_email=email.to[0] if email.to else None,
        created_at=email.created_at,
        updated_at=email.modified_at,
    )


# --- values --------------------------------------------------------------------------------------


def _name(value: Any) -> str | None:
    """The word of an untyped status: text, or an object with a name."""
    name = value.get("name") if isinstance(value, dict) else value
    return name if isinstance(name, str) else _text(value)


def _text(value: Any, key: str = "name") -> str | None:
    """An untyped value as text: as it is, an object of this one key, or else as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict) and list(value) == [key] and isinstance(value[key], str):
        return str(value[key])
    return msgspec.json.encode(value, order="deterministic").decode()


def _same(word: str | None, *words: str) -> bool:
    """Whether a vendor's word is one of these, in whatever case."""
    return word is not None and word.casefold() in words


def _id(id: str | None) -> str | None:
    """An id; an empty one is none."""
    return id or None


def _seconds(start: datetime | None, end: datetime | None) -> int | None:
    if start is None or end is None or end < start:
        return None
    return int((end - start).total_seconds())


def _agent(is_automated: bool | None) -> AgentKind | None:
    if is_automated is None:
        return None
    return AgentKind.AI if is_automated else AgentKind.HUMAN


def _not(flag: bool | None) -> bool | None:
    return None if flag is None else not flag


def _address(address: wire.Address | None) -> Address | None:
    return None if address is None else Address(**attrs.asdict(address))
