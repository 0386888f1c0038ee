"""Yeti's objects as canonical records.

Source: Yeti's customer API. It shows approved invoices only, and neither an issue date nor a due
date nor what settles an invoice: none of them is inferred. Calls are those of machines that
telephone, routed by a switch: they have neither an agent nor a transcript nor a reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import attrs

from duetrail import hookimpl
from duetrail.errors import BadItem
from duetrail.model import (
    Call,
    CallOutcome,
    CallStatus,
    Direction,
    Invoice,
    InvoiceKind,
    Money,
    Party,
    Payment,
    PaymentMethod,
    PaymentStatus,
    Record,
    canonical,
    from_digits,
)
from duetrail.source import Connection, Item, Page
from duetrail.wire import decode, json_key
from duetrail_yeti import wire
from duetrail_yeti.reverse_billing import is_paid_by_customer

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")

_PAYMENT_STATUS = {"completed": PaymentStatus.SETTLED, "canceled": PaymentStatus.CANCELLED}

# What a SIP code says of a call that nobody answered; see RFC 3261, section 21.
_OUTCOMES = {
    404: CallOutcome.BAD_NUMBER,
    408: CallOutcome.NO_ANSWER,
    480: CallOutcome.NO_ANSWER,
    484: CallOutcome.BAD_NUMBER,
    486: CallOutcome.BUSY,
    487: CallOutcome.CANCELLED,
    600: CallOutcome.BUSY,
    603: CallOutcome.REJECTED,
    604: CallOutcome.BAD_NUMBER,
}
_SERVER_FAILURES = range(500, 600)

_CallFacts = wire.CdrAttributes | wire.IncomingCdrAttributes


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record]:
    """One row as one record."""
    match item.wire:
        case wire.Account() as account:
            yield _party(account, connection)
        case wire.Invoice() as invoice:
            yield _invoice(invoice, item.page, connection)
        case wire.Cdr() as cdr:
            facts = cdr.attributes or wire.CdrAttributes()
            yield _call(cdr, facts, "cdrs", Direction.OUTBOUND, item.page, connection)
        case wire.IncomingCdr() as incoming:
            side = incoming.attributes or wire.IncomingCdrAttributes()
            yield _call(incoming, side, "incoming-cdrs", Direction.INBOUND, item.page, connection)
        case wire.Payment() as payment:
            yield _payment(payment, item.page, connection)


def _party(account: wire.Account, connection: Connection) -> Party:
    return Party(
        connection=connection.name,
        id=account.id,
        name=_attributes(account).name,
        currency=_currency(account, connection),
    )


def _invoice(invoice: wire.Invoice, page: Page, connection: Connection) -> Invoice:
    facts = invoice.attributes or wire.InvoiceAttributes()
    account = _account(invoice.relationships, page)
    currency = _currency(account, connection)
    has_pdf = facts.has_pdf
    return Invoice(
        connection=connection.name,
        id=invoice.id,
        number=facts.reference,
        kind=InvoiceKind.USAGE_BILL,
        currency=currency,
        total=Money.major(_amount(facts, "amount_spent"), currency),
        period_start_at=facts.start_date,
        period_end_at=facts.end_date,
        customer_id=account.id if account else None,
        customer_name=_attributes(account).name,
        document_url=_address(connection, "invoices", invoice.id, "download") if has_pdf else None,
        outbound_calls=facts.originated_calls_count,
        inbound_calls=facts.terminated_calls_count,
    )


def _payment(payment: wire.Payment, page: Page, connection: Connection) -> Payment:
    facts = payment.attributes or wire.PaymentAttributes()
    account = _account(payment.relationships, page)
    currency = facts.currency or _currency(account, connection)
    return Payment(
        connection=connection.name,
        id=payment.id,
        customer_id=account.id if account else None,
        currency=currency,
        amount=Money.major(_amount(facts, "amount"), currency),
        status=canonical(PaymentStatus, facts.status, _PAYMENT_STATUS),
        status_raw=facts.status,
        method=canonical(PaymentMethod, facts.type_name),
        method_raw=facts.type_name,
        description=facts.notes,
        created_at=facts.created_at,
    )


# --- calls ---------------------------------------------------------------------------------------


def _call(
    cdr: wire.Cdr | wire.IncomingCdr,
    facts: _CallFacts,
    list: str,
    direction: Direction,
    page: Page,
    connection: Connection,
) -> Call:
    """A call; one that stands in both lists is two records."""
    account = _account(cdr.relationships, page)
    currency = _currency(account, connection)
    cost = _cost(facts, page)
    return Call(
        connection=connection.name,
        id=f"{list}:{cdr.id}",
        customer_id=account.id if account else None,
        provider_id=facts.call_id,
        direction=direction,
        direction_raw=list,
        status=_status(facts.success),
        status_raw=_word(facts.success),
        outcome=_outcome(facts),
        outcome_raw=_ending(facts) or _word(facts.success),
        from_number=facts.src_prefix_routing or facts.src_prefix,
        to_number=facts.dst_prefix_routing or facts.dst_prefix,
        started_at=facts.time_start,
        answered_at=facts.time_connect,
        ended_at=facts.time_end,
        duration_seconds=facts.duration,
        billed_seconds=facts.billed_duration,
        recording_url=_address(connection, list, cdr.id, "rec") if facts.rec else None,
        currency=currency,
        cost=Money.major(cost, currency),
        extra=_not_used(facts, cost),
    )


def _status(success: bool | None) -> CallStatus | None:
    if success is None:
        return None
    return CallStatus.COMPLETED if success else CallStatus.FAILED


def _word(success: bool | None) -> str | None:
    """As JSON spells it."""
    return None if success is None else str(success).lower()


def _outcome(facts: _CallFacts) -> CallOutcome | None:
    """Whether somebody answered, which is not the SIP code; and if nobody did, why by the code."""
    code, answered = facts.disconnect_code, facts.success
    if answered is None:
        answered = facts.time_connect is not None or None
    if answered:
        return CallOutcome.ANSWERED
    if code in _OUTCOMES:
        return _OUTCOMES[code]
    if answered is False or code in _SERVER_FAILURES:
        return CallOutcome.FAILED
    return None if _ending(facts) is None else CallOutcome.UNKNOWN


def _ending(facts: _CallFacts) -> str | None:
    """Code and text with which a call was ended, such as `486 Busy Here`."""
    parts = (facts.disconnect_code, facts.disconnect_reason)
    return " ".join(str(part) for part in parts if part not in (None, "")) or None


def _cost(facts: _CallFacts, page: Page) -> Decimal | None:
    """What the customer paid; None where it is not proven that it paid and was not paid."""
    if not isinstance(facts, wire.CdrAttributes):
        return None
    price = _amount(facts, "price")
    return price if is_paid_by_customer(page) else None


def _not_used(facts: _CallFacts, cost: Decimal | None) -> dict[str, Any]:
    """The numbers before normalization where those after it are shown; a price that is no cost."""
    kept = {
        _key(facts, name): before
        for name, before, after in (
            ("src_prefix", facts.src_prefix, facts.src_prefix_routing),
            ("dst_prefix", facts.dst_prefix, facts.dst_prefix_routing),
        )
        if after and before is not None
    }
    if cost is None and isinstance(facts, wire.CdrAttributes) and facts.price is not None:
        kept[_key(facts, "price")] = facts.price
    return {"attributes": kept} if kept else {}


# --- accounts ------------------------------------------------------------------------------------


def _account(relationships: wire.Relationships | None, page: Page) -> wire.Account | None:
    """The account a row names, with what stands of it in `included`; None where it is gone."""
    account = relationships.account if relationships else None
    if account is None or account.data is None:
        return None
    for other in _included(page):
        if (other.get("type"), other.get("id")) == ("accounts", account.data.id):
            return _decoded(other)
    return wire.Account(account.data.id)


def _decoded(account: dict[str, Any]) -> wire.Account:
    try:
        return decode(wire.Account, account)
    except BadItem as error:
        raise BadItem(f"its account: {error}", path="$.relationships.account.data") from None


def _included(page: Page) -> Iterator[dict[str, Any]]:
    included = page.data.get("included")
    for other in included if isinstance(included, list) else ():
        if isinstance(other, dict):
            yield other


def _attributes(account: wire.Account | None) -> wire.AccountAttributes:
    return (account.attributes if account else None) or wire.AccountAttributes()


def _currency(account: wire.Account | None, connection: Connection) -> str | None:
    """The account's own, else the configured one; never a guess.

    A deleted account shows none whatever it had, so nobody knows what it was in.
    """
    if account is None:
        return None
    currency: str | None = connection.options.currency
    return _attributes(account).currency or currency


# --- values --------------------------------------------------------------------------------------


def _amount(facts: Any, name: str) -> Decimal | None:
    text: str | None = getattr(facts, name)
    if text is None:
        return None
    path = f"$.attributes.{_key(facts, name)}"
    if not _DECIMAL.fullmatch(text):
        raise BadItem("expected a number as text", path=path)
    return from_digits(text, path)


def _key(facts: Any, name: str) -> str:
    return json_key(getattr(attrs.fields(type(facts)), name))


def _address(connection: Connection, list: str, id: str, file: str) -> str:
    """Where a file can be fetched with the connection's credentials."""
    return f"{connection.base_url}/{list}/{quote(id, safe='')}/{file}"
